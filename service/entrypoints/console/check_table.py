"""Look through a whole table: what is in it and what would come of it, on one page. Nothing is recorded."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from tempfile import NamedTemporaryFile
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from service.crm.dialect import DayOrder, Dialect, Thousands
from service.crm.mapping import FieldMapping
from service.domain.errors import NoPolicyInForceError
from service.domain.keys import Scope
from service.domain.rows import Summary
from service.domain.terms import Team
from service.entrypoints.common.apart import made_apart
from service.entrypoints.common.context import context_of
from service.entrypoints.common.problems import FieldError, invalid_request
from service.entrypoints.common.tables.reading import Reading
from service.entrypoints.common.tables.sources import UnusableInputError
from service.entrypoints.common.tables.table_in import TableIn
from service.entrypoints.common.tables.tables_in import open_table
from service.entrypoints.console.pages import PageRoute, page
from service.entrypoints.console.uploads import Uploads
from service.entrypoints.console.visitors import Visitor
from service.entrypoints.console.words import fact_words, team_words
from service.entrypoints.views.tables import check_document
from service.store.database import Readable
from service.store.policies import current_policies

router = APIRouter(route_class=PageRoute, include_in_schema=False)
MOST_ROWS = 10_000
_ENCODINGS = ("utf-8", "windows-1252", "utf-16")
_MOST_LISTED = 50


class _TooManyRowsError(ValueError):
    """More rows than are looked through here."""


@router.post("/console/try/table")
async def check_table(request: Request, visitor: Annotated[Visitor, Depends(Uploads(Scope.CLASSIFY))]) -> Response:
    """What is in a CSV file that was sent, and what would come of each account in it."""
    context = context_of(request)
    reading = _reading(visitor.form)
    if not visitor.file:
        raise invalid_request([FieldError("file", "Choose a CSV file; an empty one has nothing to look through")])
    told = await made_apart(context.database, _check, visitor.file, reading, context.inbound.mapping, context.today())
    if isinstance(told, str):
        raise invalid_request([FieldError("file", told)])
    return page(request, "check.html", "What a table would come to", _view(told))


def _reading(form: Mapping[str, str]) -> Reading:
    days, thousands, encoding = form.get("days", ""), form.get("thousands", ""), form.get("encoding", "")
    if days and days not in set(DayOrder):
        raise invalid_request([FieldError("days", "Choose one of the orders")])
    if thousands and thousands not in set(Thousands):
        raise invalid_request([FieldError("thousands", "Choose a comma or a point")])
    if encoding and encoding not in _ENCODINGS:
        raise invalid_request([FieldError("encoding", "Choose one of the encodings")])
    dialect = Dialect(days=DayOrder(days) if days else None, thousands=Thousands(thousands) if thousands else None)
    return Reading(dialect=dialect, encoding=None if encoding in {"", "utf-8"} else encoding)


def _check(
    database: Readable, file: bytes, reading: Reading, mapping: FieldMapping, today: date
) -> dict[str, Any] | str:
    """What ``chalkline bulk check`` tells of a file, or why it cannot be used. In a process of its own."""
    policies = current_policies(database.engine)
    with NamedTemporaryFile(prefix="chalkline-table-", suffix=".csv") as kept:
        kept.write(file)
        kept.flush()
        try:
            with open_table(kept.name, today, policies, mapping, reading, may_begin_anew=True) as table:
                return check_document(*_decide(table, today, database))
        except (UnusableInputError, NoPolicyInForceError, _TooManyRowsError) as error:
            return str(error)


def _decide(table: TableIn, today: date, database: Readable) -> tuple[Summary, TableIn]:
    # What decides tables takes long to load, and most services never need it.
    from service.bulk.outputs import Outputs  # noqa: PLC0415 - as said
    from service.bulk.reviews import ReviewingEngine  # noqa: PLC0415 - as said
    from service.usecases.classify_table import classify_table  # noqa: PLC0415 - as said

    policies, rows = current_policies(database.engine), table.in_blocks()
    with Outputs(None, policies.on(today), rows) as outputs:

        def look() -> None:
            _refuse_more(outputs.summary)

        summary = classify_table(rows, today, policies, ReviewingEngine(), outputs, look)
    _refuse_more(summary)
    anew = table.anew()
    return (summary, table) if anew is None else _decide(anew, today, database)


def _refuse_more(summary: Summary) -> None:
    if summary.decided + summary.rejected > MOST_ROWS:
        raise _TooManyRowsError(f"It has more than {MOST_ROWS:,} rows; chalkline bulk check looks through any number")


def _view(told: Mapping[str, Any]) -> dict[str, object]:
    """The same, in words."""
    matrix = Counter({(each["current_team"], each["team"]): each["rows"] for each in told["matrix"]})
    to = [team for team in (*Team, None) if any(after == team for _, after in matrix)]
    came = [team for team in (*Team, None) if any(before == team for before, _ in matrix)]
    statuses = Counter[str]()
    for each in told["accounts"]:
        statuses[each["status"]] += each["rows"]
    return {
        "rows": told["rows"],
        "decided": told["decided"],
        "rejected": told["rejected"],
        "headings": [team_words(team) for team in to],
        "matrix": [
            ("Not known" if before is None else team_words(before), [matrix[before, after] for after in to])
            for before in came
        ],
        "moves": sum(
            rows for (before, after), rows in matrix.items() if None not in {before, after} and before != after
        ),
        "provisional": [(fact_words(name), rows) for name, rows in told["provisional_by_missing_fact"].items()],
        "waiting": statuses["pending_review"],
        "reviews": [(each["words"], each["reviews"], each["blocking"]) for each in told["reviews"]],
        "understood": [(name, fact_words(fact)) for name, fact in told["columns_understood"].items()],
        "unknown": [(name, told["did_you_mean"].get(name, "")) for name in told["unknown_columns"]],
        "not_used": told["columns_not_used"],
        "refusals": told["rejected_for"][:_MOST_LISTED],
        "values": told["unknown_values"][:_MOST_LISTED],
        "options": [(each["option"].removeprefix("--"), each["column"], each["cells"]) for each in told["options"]],
    }
