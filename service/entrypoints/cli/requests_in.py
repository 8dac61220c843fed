"""Requests to classify from a file: checked one by one, in the file's order, each with its row."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import orjson
from pydantic import ValidationError

from service.crm.columns import Columns
from service.crm.csv_table import CsvTable
from service.crm.facts_by_name import Place
from service.crm.payloads import printable
from service.crm.rows import Fault, FaultyRow, Remark, StatedRow, place_of
from service.entrypoints.common.reasons import reason
from service.entrypoints.common.requests import ClassificationRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedRequest:
    """A request that can be decided, and its row in the file."""

    row: int
    request: ClassificationRequest
    remarks: tuple[Remark, ...] = ()


Entry: TypeAlias = StatedRequest | FaultyRow


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestsIn:
    """What a file holds. ``column_at`` names the column, or for JSON the pointer, of a fact in a request."""

    row_noun: str
    entries: Iterator[Entry]
    column_at: Callable[[Place], str]
    unknown_columns: tuple[str, ...] = ()
    columns_not_used: tuple[str, ...] = ()


def from_table(table: CsvTable) -> RequestsIn:
    """The requests that the rows of a table state."""
    return RequestsIn(
        row_noun="line",
        entries=(checked(row, table.columns) for row in table.rows),
        column_at=table.columns.name_at,
        unknown_columns=table.columns.unknown,
        columns_not_used=table.columns.not_used,
    )


def from_items(items: Iterable[object]) -> RequestsIn:
    """The requests of a list, each of the API's shape. A row is the item's position from 1."""
    entries = (_parsed(row, item, orjson.dumps(item)) for row, item in enumerate(items, start=1))
    return RequestsIn(row_noun="item", entries=entries, column_at=_pointer)


def from_lines(lines: Iterable[bytes]) -> RequestsIn:
    """The requests of newline-delimited JSON, one a line. Empty lines are passed over."""
    entries = (from_line(row, line) for row, line in enumerate(lines, start=1) if line.strip())
    return RequestsIn(row_noun="line", entries=entries, column_at=_pointer)


def checked(row: StatedRow | FaultyRow, columns: Columns) -> Entry:
    """The request that a row states, or what is wrong with it."""
    if isinstance(row, FaultyRow):
        return row
    try:
        request = ClassificationRequest.model_validate(row.request)
    except ValidationError as error:
        faults = [
            Fault(row.row, columns.name_at(place_of(fault["loc"], row.request)), reason(fault))
            for fault in error.errors(include_url=False)
        ]
        account = row.request["account"]
        return FaultyRow(row=row.row, account_id=account["id"], name=account.get("name"), faults=tuple(faults))
    return StatedRequest(row=row.row, request=request, remarks=row.remarks)


def from_line(row: int, line: bytes) -> Entry:
    """The request of one line of JSON, or what is wrong with it."""
    try:
        item = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return FaultyRow(row=row, account_id=None, name=None, faults=(Fault(row, None, f"is not JSON: {error}"),))
    return _parsed(row, item, line)


def _parsed(row: int, item: object, text: bytes) -> Entry:
    try:
        return StatedRequest(row=row, request=ClassificationRequest.model_validate_json(text))
    except ValidationError as error:
        faults = tuple(
            Fault(row, _pointer(tuple(map(str, fault["loc"]))) or None, reason(fault))
            for fault in error.errors(include_url=False)
        )
        return FaultyRow(row=row, account_id=_text_in(item, "id"), name=_text_in(item, "name"), faults=faults)


def _text_in(item: object, field: str) -> str | None:
    account = item.get("account") if isinstance(item, dict) else None
    text = account.get(field) if isinstance(account, dict) else None
    return text if isinstance(text, str) else None


def _pointer(place: Place) -> str:
    return "".join(f"/{printable(step)}" for step in place)
