"""Try a case: state facts, and see who would own the account, and why. Nothing is recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field, create_model

from service.crm import readings
from service.crm.columns import understand_header
from service.crm.facts_by_name import FACTS_BY_NAME
from service.crm.rows import read_row
from service.domain.decision import Decision
from service.domain.errors import DomainError
from service.domain.keys import Scope
from service.domain.rows import RejectedRow, StatedRow
from service.domain.terms import FAMILIAR_REGIONS, Segment, Team
from service.entrypoints.common.context import ApiContext, context_of
from service.entrypoints.common.tables.rows_in import check_row
from service.entrypoints.console.pages import PageRoute, page
from service.entrypoints.console.reasons import reasons_for
from service.entrypoints.console.times import on_day
from service.entrypoints.console.visitors import Needs, Visitor
from service.entrypoints.console.words import MOTIONS, fact_words, segment_words, team_words
from service.usecases.classify import try_classification

router = APIRouter(route_class=PageRoute, include_in_schema=False)
PATH = "/console/try"
_ID = "a-case"
_GROUPS = (
    (
        "Employees, by whom",
        ("datafox_employees", "zoominfo_employees", "linkedin_employees", "third_party_employees", "third_party_name"),
    ),
    ("What is wrong with a number", ("datafox_gap", "zoominfo_gap", "linkedin_gap", "third_party_gap")),
    (
        "The account",
        ("region", "motion", "customer", "first_order_available", "key_account", "crm_segment", "current_team"),
    ),
    ("Its size in the CRM", ("max_family_employees", "lam_dev_count", "linkedin_engineering_it")),
    (
        "Days and the past",
        ("crm_created_on", "last_activity_on", "effective_on", "size_cleanup_feb_2019", "size_cleanup_nov_2019"),
    ),
    ("On record", ("id",)),
)
_FOLDED = {"What is wrong with a number", "Days and the past", "On record"}
_NAMES = tuple(name for _, names in _GROUPS for name in names)
_HINTS = {
    "id": "Where one is named, its reviews, moves and handoffs count",
    "effective_on": "Today, unless another day is named",
}
_LONGEST = 1_000
_YES_NO = (("true", "Yes"), ("false", "No"))
_CHOICES: Mapping[object, Sequence[tuple[str, str]]] = {
    readings.truth: _YES_NO,
    readings.segment: [(each.value, segment_words(each)) for each in Segment],
    readings.team: [(each.value, team_words(each)) for each in Team],
    readings.motion: [(each.value, said[0].upper() + said[1:]) for each, said in MOTIONS.items()],
}
# What is stated is a cell of a table, and read as one.
_Cell = Annotated[str | None, Field(max_length=_LONGEST)]
Case: type[BaseModel] = create_model("Case", **dict.fromkeys(_NAMES, (_Cell, None)))  # type: ignore[call-overload]


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field of the form. ``kind`` is how it is filled: a choice, a day, a number or words."""

    name: str
    label: str
    kind: str
    value: str
    fault: str
    hint: str
    choices: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class GroupView:
    """Fields that belong together; folded, unless something is stated there."""

    title: str
    is_open: bool
    fields: Sequence[FieldView]


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a case: a decision, or what is wrong with it by field; and what was not understood of it."""

    decision: Decision | None
    faults: Mapping[str, str]
    remarks: Sequence[str] = ()


@router.get(PATH)
def try_case(
    request: Request, _: Annotated[Visitor, Depends(Needs(Scope.CLASSIFY))], asked: Annotated[Case, Query()]
) -> Response:
    """The form, and what is decided of what it states. The address holds the case."""
    context = context_of(request)
    stated = {name: text.strip() for name, text in asked.model_dump(exclude_none=True).items() if text.strip()}
    found = decide_case(context, stated) if stated else Tried(None, {})
    decision = found.decision
    view = {
        "path": PATH,
        "groups": [_group(title, names, stated, found.faults) for title, names in _GROUPS],
        "regions": sorted(FAMILIAR_REGIONS),
        "is_stated": bool(stated),
        "remarks": found.remarks,
        "faults": [(_label(name), reason) for name, reason in found.faults.items()],
        "reasons": None if decision is None else reasons_for(decision),
        "rule": "" if decision is None else decision.rule,
        "policy": "" if decision is None else f"{decision.policy_id} revision {decision.policy_version}",
        "effective": None if decision is None else on_day(decision.effective_on),
    }
    return page(request, "try.html", "Try a case", view, 422 if found.faults else 200)


def decide_case(context: ApiContext, stated: Mapping[str, str]) -> Tried:
    """What is decided of facts that are stated as cells of a table, each by the name of its fact."""
    cells = {"id": _ID, **stated}
    columns = understand_header(list(cells), context.inbound.mapping.account)
    row = check_row(read_row(columns, 1, list(cells.values())), columns)
    if isinstance(row, RejectedRow):
        return Tried(None, {fault.field or "": fault.reason for fault in row.faults})
    remarks = [f"{_label(each.field)}: {each.value} {each.reason}" for each in row.remarks]
    try:
        return Tried(_decided(context, row), {}, remarks)
    except DomainError as error:
        return Tried(None, {"" if error.pointer is None else columns.name_at_pointer(error.pointer): str(error)})


def _decided(context: ApiContext, row: StatedRow) -> Decision:
    today = context.today()
    return try_classification(context.database, row.facts, row.effective_on or today, today)[0]


def case_of(facts: Mapping[str, Any]) -> dict[str, str] | None:
    """A case as the form states it, of facts as they are answered in JSON; None where it cannot state all of them."""
    if facts.keys() - {"account", "employee_counts", "motion"}:
        return None
    stated = dict(facts["account"]) | {"motion": facts["motion"]}
    stated |= {f"size_cleanup_{when}": segment for when, segment in stated.pop("size_cleanup", {}).items()}
    for count in facts["employee_counts"]:
        of = {f"{count['source']}_{field}": count.get(field) for field in ("employees", "gap", "name")}
        if stated.keys() & {name for name, value in of.items() if value is not None}:
            return None
        stated |= of
    del stated["id"]
    return {name: _text(value) for name, value in stated.items() if value is not None and name in _NAMES}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _label(name: str) -> str:
    words = fact_words(name) if name else "The case"
    return words[0].upper() + words[1:]


def _group(title: str, names: Sequence[str], stated: Mapping[str, str], faults: Mapping[str, str]) -> GroupView:
    is_open = title not in _FOLDED or any(name in stated or name in faults for name in names)
    return GroupView(title, is_open, [_field(name, stated.get(name, ""), faults.get(name, "")) for name in names])


def _field(name: str, value: str, fault: str) -> FieldView:
    read = FACTS_BY_NAME[name].read
    choices = _CHOICES.get(read, ())
    if choices and value and value not in {code for code, _ in choices}:
        choices = (*choices, (value, value))
    kind = "choice" if choices else {readings.day: "day", readings.count: "number"}.get(read, "words")
    return FieldView(name, _label(name), kind, value, fault, _HINTS.get(name, ""), choices)
