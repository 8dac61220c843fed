"""The duties of an opportunity: a case in the address, found and maybe recorded, and the timeline of what was."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field, create_model
from starlette.concurrency import run_in_threadpool

from service.domain.duties.opportunity import ITEMS, OpportunityFacts
from service.domain.duties.terms import DUTY_NAMES
from service.domain.duties.values import is_filled
from service.domain.errors import DomainError
from service.domain.fields import CrmId, Day
from service.domain.found_duties import FoundDuty
from service.domain.keys import Scope
from service.domain.wording import ANSWERS, value_words
from service.entrypoints.common.context import context_of
from service.entrypoints.common.paging import Cursor, next_cursor, position
from service.entrypoints.common.problems import ProblemError, known
from service.entrypoints.console.acting import act, leading_to, once_key, once_of
from service.entrypoints.console.clauses import plain_clause
from service.entrypoints.console.fields import Typed, elsewhere, fields_of, read
from service.entrypoints.console.pages import PageRoute, page, problem_for, query, segment
from service.entrypoints.console.times import at_instant, on_day
from service.entrypoints.console.visitors import Acts, Needs, Visitor
from service.entrypoints.console.words import fact_words
from service.usecases.find_duties import Duties, duties_of, page_of_duties, record_duties

router = APIRouter(route_class=PageRoute, include_in_schema=False)
PATH = "/console/opportunities/duties"
_OF_A_PAGE = 25
_EVIDENCE = "evidence."
_YES_OR_NO = {"true": True, "false": False, "": None}


class DutiesForm(OpportunityFacts):
    """An opportunity, and the day that its duties are asked for."""

    on: Day | None = Field(None, description="Left empty, today.")


_NAMES = (
    *(name for name in DutiesForm.model_fields if name != "evidence"),
    *(f"{_EVIDENCE}{duty}.{item}" for duty, items in ITEMS.items() for item in items),
)
_FIELDS: dict[str, Any] = {f"field_{place}": (str, Field("", alias=name)) for place, name in enumerate(_NAMES)}
Case: type[BaseModel] = create_model("Case", __doc__="What the address says of an opportunity.", **_FIELDS)


class Listed(BaseModel):
    """From where on a timeline is shown."""

    cursor: Cursor = None


def duties_path(opportunity_id: str) -> str:
    """The page of an opportunity's duties."""
    return f"/console/opportunities/{segment(opportunity_id)}/duties"


@router.get(PATH)
def find_duties(
    request: Request, visitor: Annotated[Visitor, Depends(Needs(Scope.READ))], asked: Annotated[Case, Query()]
) -> Response:
    """The form of an opportunity, and its duties by what the address says of it. Nothing is recorded."""
    return _show(request, visitor, asked.model_dump(by_alias=True), None)


def _show(request: Request, visitor: Visitor, typed: Typed, problem: ProblemError | None) -> Response:
    found: Duties | None = None
    if problem is None and any(typed.values()):
        try:
            context = context_of(request)
            asked = _read(typed)
            today = context.today()
            found = duties_of(context.database, _facts(asked), asked.on or today, today)
        except (ProblemError, DomainError) as error:
            problem = error if isinstance(error, ProblemError) else problem_for(error)
    fields = fields_of(DutiesForm, typed, problem, without=("evidence",))
    view = {
        "path": PATH,
        "fields": fields,
        "wrong": elsewhere(problem, fields),
        "told": None if found is None else duties_view(found),
        "evidence": [] if found is None else _evidence(found, typed),
        "kept": [(name, text) for name, text in typed.items() if text and name not in {"once", "form_token"}],
        "may_record": found is not None
        and Scope.CLASSIFY in visitor.scopes
        and bool(typed.get("opportunity_id") and typed.get("account_id")),
        "once": once_of(request, typed),
    }
    return page(request, "duties.html", "Duties of an opportunity", view, 422 if problem else 200)


def _read(typed: Typed) -> DutiesForm:
    evidence: dict[str, dict[str, bool | None]] = {}
    for name, text in typed.items():
        duty, _, item = name.removeprefix(_EVIDENCE).partition(".")
        if name.startswith(_EVIDENCE) and item:
            evidence.setdefault(duty, {})[item] = _YES_OR_NO.get(text)
    return read(DutiesForm, typed, evidence=evidence)


def _facts(asked: DutiesForm) -> OpportunityFacts:
    return OpportunityFacts.model_validate(asked.model_dump(exclude={"on"}))


@router.post(PATH)
async def record_found(request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.CLASSIFY))]) -> Response:
    """Keep the opportunity, and its duties, in its timeline."""

    async def do() -> str:
        context, asked = context_of(request), _read(visitor.form)
        today, once = context.today(), once_key(request, visitor)

        def keep() -> str:
            return record_duties(
                context.database,
                _facts(asked),
                asked.on or today,
                today,
                record_id=context.new_id(),
                asked=visitor.asked,
                at=context.now(),
                key=once,
                told=lambda made: leading_to(duties_path(made.stated.opportunity.opportunity_id or "")),
            ).answer.reference

        return await run_in_threadpool(keep)

    return await act(visitor, lambda typed, problem: _show(request, visitor, typed, problem), do)


@router.get("/console/opportunities/{opportunity_id}/duties")
def get_timeline(
    request: Request,
    _: Annotated[Visitor, Depends(Needs(Scope.READ))],
    opportunity_id: CrmId,
    asked: Annotated[Listed, Query()],
) -> Response:
    """What was recorded of an opportunity, the newest first and whole."""
    context = context_of(request)
    before = position(asked.cursor)
    found = page_of_duties(context.database, opportunity_id, limit=_OF_A_PAGE + 1, before=before)
    newest, shown = known(found[0] if found else None, "opportunity on record", opportunity_id), found[:_OF_A_PAGE]
    identifiers = [each.record.id for each in shown if each.record is not None]
    more = len(found) > _OF_A_PAGE
    stated = newest.stated.opportunity
    case = {name: value for name, value in stated.model_dump(mode="json").items() if value is not None}
    evidence = {
        f"{_EVIDENCE}{duty}.{item}": "true" if is_filled(value) else "false"
        for duty, items in (stated.evidence or {}).items()
        for item, value in items.items()
        if value is not None
    }
    case = {name: _text(value) for name, value in case.items() if name != "evidence"} | evidence
    account_id = stated.account_id or ""
    view = {
        "opportunity_id": opportunity_id,
        "title": newest.stated.opportunity.title or opportunity_id,
        "account_id": account_id,
        "account_path": f"/console/accounts/{segment(account_id)}",
        "again": query(PATH, **case),
        "told": duties_view(newest),
        "entries": [
            (
                on_day(each.stated.on),
                at_instant(each.record.recorded_at, context.zone),
                each.record.recorded_by,
                open_words(each),
            )
            for each in shown
            if each.record is not None
        ],
        "next": query(duties_path(opportunity_id), cursor=next_cursor(identifiers[-1])) if more else "",
    }
    return page(request, "opportunity.html", f"Duties of {opportunity_id}", view)


def _text(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def open_words(duties: Duties) -> str:
    """Which duties are open, in a few words."""
    if duties.found is None:
        return "found by another release"
    wanted = [DUTY_NAMES[each.code] for each in duties.found if each.is_open]
    unknown = sum(each.applies is None for each in duties.found)
    said = ", ".join(wanted) or "No duty is open"
    return f"{said}; {unknown} not known" if unknown else said


def duties_view(duties: Duties) -> dict[str, object]:
    """The duties as a page shows them."""
    return {
        "on": on_day(duties.stated.on),
        "policy": f"{duties.stated.policy_id} revision {duties.stated.policy_version}",
        "policy_path": query(f"/console/policies/{duties.stated.policy_id}", version=duties.stated.policy_version),
        "words": open_words(duties),
        "duties": [_duty_view(found) for found in duties.found or ()],
    }


def _duty_view(found: FoundDuty) -> Mapping[str, object]:
    items = {item.code for item in found.items}
    return {
        "name": DUTY_NAMES[found.code],
        "rule": found.duty.applies.rule,
        "applies": ANSWERS[found.applies],
        "met": "" if found.applies is False else ANSWERS[found.met],
        "missing": [fact_words(fact) for fact in found.missing_facts if _told(fact) not in items],
        "items": [(item.title, ANSWERS[item.met]) for item in found.items],
        "reminders": [reminder.text for reminder in found.reminders],
        "clauses": [plain_clause(clause, fact_words, _value) for clause in found.explanation],
    }


def _told(fact: str) -> str:
    """The item that a fact is, where it is one."""
    return fact.rpartition(".")[2]


def _value(_: str, value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "not known" if value is None else value_words(value)


def _evidence(duties: Duties, typed: Typed) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Of each duty that may apply, what there is evidence of: the field's name, what is wanted, what was chosen."""
    asked = []
    for found in duties.found or ():
        titles = {item.code: item.title for item in found.items}
        items = [
            (name, titles[item], typed.get(name, ""))
            for item in ITEMS[found.code]
            if item in titles and (name := f"{_EVIDENCE}{found.code}.{item}")
        ]
        if items:
            asked.append((DUTY_NAMES[found.code], items))
    return asked
