"""Web direct purchases (OPP-7): a case in the address, checked and maybe recorded, and what was recorded before."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field, create_model
from starlette.concurrency import run_in_threadpool

from service.domain.errors import DomainError
from service.domain.fields import AccountId, Frozen
from service.domain.keys import Scope
from service.domain.web_direct import WebDirectStep
from service.entrypoints.common.context import ApiContext, context_of
from service.entrypoints.common.occasions import occasion_of
from service.entrypoints.common.problems import ProblemError
from service.entrypoints.common.sales_work import WebDirectRequest
from service.entrypoints.console.acting import act, leading_to, once_key, once_of
from service.entrypoints.console.clauses import plain_clause
from service.entrypoints.console.fields import Typed, elsewhere, fields_of, read, read_form
from service.entrypoints.console.pages import PageRoute, page, problem_for, query, segment
from service.entrypoints.console.times import at_instant, on_day
from service.entrypoints.console.visitors import Acts, Needs, Visitor
from service.entrypoints.console.words import value_of_fact
from service.usecases.check_web_direct import CheckedPurchase, check_purchase, page_of_purchases, record_purchase

router = APIRouter(route_class=PageRoute, include_in_schema=False)
PATH = "/console/web-directs"
_MOST = 25
_LISTED = "open_opportunities"
_NEXT = {
    WebDirectStep.LOOK_AT_OPPORTUNITIES: "Look at the account's open opportunities",
    WebDirectStep.SAY_IF_DUPLICATE: "Say whether it is a duplicate",
    WebDirectStep.REACH_OUT: "Reach out to the main contact",
}
_FACTS = {
    _LISTED: "the open opportunities",
    "duplicate": "it is a duplicate",
    "on_sequence": "the main contact is on the outreach sequence",
    "outreach_logged": "personal outreach is logged",
    "next_step_on": "the day of its next step",
}


class WebDirectForm(Frozen):
    """A web direct purchase, as a form asks for it."""

    account_id: AccountId = Field(description="The account's id.")
    purchased_on: Annotated[str, Field(json_schema_extra={"format": "date"})] = Field(
        description="The day of the purchase."
    )
    looked: bool | None = Field(None, description="Somebody looked at the account's open opportunities in the CRM.")
    open_opportunities: list[str] = Field(
        [], description="Those that there are: the id of each, and behind a blank its title."
    )
    duplicate: bool | None = Field(None, description="Whether it is a duplicate, as a person says.")
    on_sequence: bool | None = Field(None, description="The main contact is on the outreach sequence.")
    outreach_logged: bool | None = Field(None, description="Personal outreach is logged.")
    next_step_on: Annotated[str, Field(json_schema_extra={"format": "date"})] | None = Field(
        None, description="The day of its next step."
    )


class Listed(BaseModel):
    """Whose purchases are listed."""

    account_id: AccountId | None = None


_FIELDS: dict[str, Any] = dict.fromkeys(WebDirectForm.model_fields, (str, ""))
Case: type[BaseModel] = create_model("Case", __doc__="What the address says of a purchase.", **_FIELDS)


@router.get(PATH)
def check_web_direct(
    request: Request, visitor: Annotated[Visitor, Depends(Needs(Scope.READ))], asked: Annotated[Case, Query()]
) -> Response:
    """The form of a purchase with what is to be done about it, and what was recorded of its account's purchases."""
    return _show(request, visitor, asked.model_dump(), None)


@router.post(PATH)
async def record_web_direct(request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.CLASSIFY))]) -> Response:
    """Keep what is said of a purchase, with what was known then."""

    async def do() -> str:
        context, asked = context_of(request), _read(visitor.form)
        occasion = occasion_of(context, visitor.asked, once_key(request, visitor))
        to = query(PATH, account_id=asked.account_id)
        keep = partial(record_purchase, context.database, asked.purchase(), occasion, lambda _: leading_to(to))
        return (await run_in_threadpool(keep)).answer.reference

    return await act(visitor, partial(_show, request, visitor), do)


def _show(request: Request, visitor: Visitor, typed: Typed, problem: ProblemError | None) -> Response:
    context, may_act = context_of(request), Scope.CLASSIFY in visitor.scopes
    case = {name: typed.get(name, "") for name in WebDirectForm.model_fields}
    account_id, found = "", None
    try:
        account_id = read_form(Listed, {"account_id": case["account_id"]}).account_id or ""
    except ProblemError as error:
        problem = problem or error
    if problem is None and may_act and any(text for name, text in case.items() if name != "account_id"):
        try:
            found = check_purchase(context.database, _read(case).purchase())
        except (ProblemError, DomainError) as error:
            problem = error if isinstance(error, ProblemError) else problem_for(error)
    fields = fields_of(WebDirectForm, case, problem)
    recorded = page_of_purchases(context.database, account_id, limit=_MOST) if account_id else []
    view = {
        "path": PATH,
        "account_id": account_id,
        "whose": case["account_id"],
        "account_path": f"/console/accounts/{segment(account_id)}",
        "told": None if found is None else _told(found, context),
        "recorded": [_told(each, context) for each in recorded],
        "may_act": may_act,
        "kept": [(name, text) for name, text in case.items() if text],
        "fields": fields,
        "wrong": elsewhere(problem, fields),
        "once": once_of(request, typed),
    }
    return page(request, "web_directs.html", "Web direct purchases", view, 422 if problem else 200)


def _read(typed: Typed) -> WebDirectRequest:
    """The purchase as the API has it; where its opportunities are written, somebody has looked."""
    lines = [line.split(maxsplit=1) for line in typed.get(_LISTED, "").splitlines() if line.strip()]
    known: dict[str, object] = {}
    if lines or typed.get("looked") == "yes":
        known[_LISTED] = [dict(zip(("opportunity_id", "title"), line, strict=False)) for line in lines]
    said = {name: text for name, text in typed.items() if name not in {_LISTED, "looked"}}
    return read(WebDirectRequest, said, **known)


def _told(checked: CheckedPurchase, context: ApiContext) -> Mapping[str, object]:
    found, record = checked.check, checked.record
    return {
        "on": on_day(checked.purchase.purchased_on),
        "next": "Nothing is left to be done" if found.next is None else _NEXT[found.next],
        "duplicate": checked.purchase.stated.duplicate,
        "candidates": [
            (each.title or each.opportunity_id, each.opportunity_id, each.is_recorded) for each in found.candidates
        ],
        "missing": [_FACTS[name] for name in found.missing_facts],
        "clauses": [plain_clause(each, _FACTS.__getitem__, value_of_fact) for each in found.explanation],
        "by": "" if record is None else record.recorded_by,
        "at": None if record is None else at_instant(record.recorded_at, context.zone),
    }
