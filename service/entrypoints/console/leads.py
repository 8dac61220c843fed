"""Leads as they stand, and one of them with its touches; an assignment and a touch are recorded there."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from service.domain.fields import CrmId
from service.domain.keys import Scope
from service.domain.wording import minutes_words, quantity
from service.entrypoints.common.context import ApiContext, context_of
from service.entrypoints.common.occasions import occasion_of
from service.entrypoints.common.paging import Cursor, next_cursor, position
from service.entrypoints.common.problems import ProblemError, known
from service.entrypoints.common.queues import names_asked
from service.entrypoints.common.sales_work import LeadRequest, TouchRequest
from service.entrypoints.common.wanted import PersonNamed
from service.entrypoints.console.acting import act, leading_to, once_key, once_of
from service.entrypoints.console.fields import Typed, elsewhere, fields_of, read, with_instants
from service.entrypoints.console.pages import PageRoute, page, query, segment
from service.entrypoints.console.times import at_instant, how_long, on_day
from service.entrypoints.console.visitors import Acts, Needs, Visitor
from service.entrypoints.console.words import Pill
from service.store.policies import current_policies
from service.usecases.leads import Lead, assign_lead, lead_of, leads_asked, touch_lead, touches_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)
LEADS = "/console/leads"
_LEAD = LEADS + "/{lead_id}"
_ON_A_PAGE = 50
_OVERDUE, _IN_TIME, _LATE, _OPEN = (
    Pill("provisional", "Overdue"),
    Pill("final", "Reached in time"),
    Pill("provisional", "Reached late"),
    Pill("final", "To be reached"),
)
_SEQUENCES = {
    "trial_and_contact_requests": "the sequence for trial and contact requests",
    "other_mqls": "the sequence for all other MQLs",
}


class LeadsAsked(BaseModel):
    """Which leads to list."""

    overdue: bool | None = None
    sdr: PersonNamed | None = None
    cursor: Cursor = None


@router.get(LEADS)
def list_leads(
    request: Request, visitor: Annotated[Visitor, Depends(Needs(Scope.READ))], asked: Annotated[LeadsAsked, Query()]
) -> Response:
    """Leads, those recorded last first, and the form that assigns one."""
    now = f"{context_of(request).now().astimezone(context_of(request).zone):%Y-%m-%dT%H:%M}"
    return _show_list(request, visitor, asked, {"assigned_at": now, "sdr": asked.sdr or ""}, None)


@router.post(LEADS)
async def assign(request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.CLASSIFY))]) -> Response:
    """Assign a lead to an SDR."""

    async def do() -> str:
        context = context_of(request)
        stated = read(LeadRequest, with_instants(LeadRequest, visitor.form, context.zone))
        occasion, path = occasion_of(context, visitor.asked, once_key(request, visitor)), lead_path(stated.id)
        keep = partial(assign_lead, context.database, stated.lead(), occasion, lambda _: leading_to(path))
        return (await run_in_threadpool(keep)).answer.reference

    return await act(visitor, partial(_show_list, request, visitor, LeadsAsked()), do)


@router.get(_LEAD)
def get_lead(request: Request, visitor: Annotated[Visitor, Depends(Needs(Scope.READ))], lead_id: CrmId) -> Response:
    """A lead as it stands, with its touches, and the form that records another."""
    return _show_lead(request, visitor, lead_id, {}, None)


@router.post(_LEAD)
async def touch(
    request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.CLASSIFY))], lead_id: CrmId
) -> Response:
    """Record that the SDR of a lead reached out."""

    async def do() -> str:
        context = context_of(request)
        stated = read(TouchRequest, with_instants(TouchRequest, visitor.form, context.zone))
        occasion, path = occasion_of(context, visitor.asked, once_key(request, visitor)), lead_path(lead_id)
        at = stated.at or occasion.at
        keep = partial(touch_lead, context.database, lead_id, stated.channel, at, occasion, lambda _: leading_to(path))
        return (await run_in_threadpool(keep)).answer.reference

    return await act(visitor, partial(_show_lead, request, visitor, lead_id), do)


def _show_list(
    request: Request, visitor: Visitor, asked: LeadsAsked, typed: Typed, problem: ProblemError | None
) -> Response:
    context = context_of(request)
    kept = asked.model_dump(mode="json", exclude_none=True, exclude={"cursor"})
    kept |= {} if asked.overdue is None else {"overdue": str(asked.overdue).lower()}
    found = leads_asked(
        context.database,
        context.now(),
        context.zone,
        overdue=asked.overdue,
        names=names_asked(context, asked.sdr, "sdr", context.today()),
        limit=_ON_A_PAGE + 1,
        before=position(asked.cursor),
    )
    shown, fields = found[:_ON_A_PAGE], fields_of(LeadRequest, typed, problem)
    bounds = current_policies(context.database.engine).bounds_on(context.today())
    view = {
        "path": LEADS,
        "within": minutes_words(bounds.lead_minutes),
        "alone": quantity(bounds.lead_days_alone, "day"),
        "leads": [lead_view(context, each) for each in shown],
        "asked": kept,
        "next": query(LEADS, **kept, cursor=next_cursor(shown[-1].record.id)) if len(found) > _ON_A_PAGE else "",
        "first": query(LEADS, **kept) if asked.cursor else "",
        "may_act": Scope.CLASSIFY in visitor.scopes,
        "fields": fields,
        "wrong": elsewhere(problem, fields),
        "once": once_of(request, typed),
    }
    return page(request, "leads.html", "Leads", view)


def _show_lead(
    request: Request, visitor: Visitor, lead_id: str, typed: Typed, problem: ProblemError | None
) -> Response:
    context = context_of(request)
    found = known(lead_of(context.database, lead_id, context.now(), context.zone), "lead", lead_id)
    fields = fields_of(TouchRequest, typed, problem)
    view = {
        "path": lead_path(lead_id),
        "list": LEADS,
        "lead": lead_view(context, found),
        "touches": [
            (each.channel.value.capitalize(), at_instant(each.at, context.zone), each.recorded_by)
            for each in touches_of(context.database, lead_id, _ON_A_PAGE)
        ],
        "may_act": Scope.CLASSIFY in visitor.scopes,
        "fields": fields,
        "wrong": elsewhere(problem, fields),
        "once": once_of(request, typed),
    }
    return page(request, "lead.html", "Lead", view)


def lead_path(lead_id: str) -> str:
    """The page of a lead."""
    return f"{LEADS}/{segment(lead_id)}"


def lead_view(context: ApiContext, found: Lead) -> dict[str, object]:
    """A lead, as pages print it."""
    lead, response, zone = found.lead, found.response, context.zone
    status = _OVERDUE if response.overdue else {True: _IN_TIME, False: _LATE, None: _OPEN}[response.in_time]
    return {
        "id": lead.id,
        "kind": lead.kind.value.replace("_", " "),
        "sdr": lead.sdr,
        "page": lead_path(lead.id),
        "path": query(LEADS, sdr=lead.sdr),
        "account": lead.account_id and (lead.account_id, f"/console/accounts/{segment(lead.account_id)}"),
        "status": status,
        "assigned": at_instant(lead.assigned_at, zone),
        "due": None if response.due_at is None else at_instant(response.due_at, zone),
        "late": how_long(context.now() - response.due_at) if response.overdue and response.due_at else "",
        "touched": None if found.touched_at is None else at_instant(found.touched_at, zone),
        "first": "unknown" if response.first_channel is None else response.first_channel.value,
        "sequence": "" if response.sequence is None else _SEQUENCES[response.sequence],
        "ae_on": None if response.ae_on is None else on_day(response.ae_on),
        "ae_may": response.ae_may_step_in,
    }
