"""Leads as they stand, those past due first of all; and the co-selling calls of an ASM on the days up to one."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from service.domain.fields import Day
from service.domain.keys import Scope
from service.domain.wording import minutes_words, quantity
from service.entrypoints.common.context import ApiContext, context_of
from service.entrypoints.common.paging import Cursor, next_cursor, position
from service.entrypoints.common.queues import names_asked
from service.entrypoints.common.wanted import PersonNamed
from service.entrypoints.console.pages import PageRoute, page, query, segment
from service.entrypoints.console.times import at_instant, how_long, on_day
from service.entrypoints.console.visitors import Needs, Visitor
from service.entrypoints.console.words import Pill
from service.store.policies import current_policies
from service.usecases.co_selling import co_selling_of
from service.usecases.leads import Lead, leads_asked

router = APIRouter(route_class=PageRoute, include_in_schema=False)
LEADS = "/console/leads"
_CO_SELLING = "/console/co-selling"
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


class CoSellingAsked(BaseModel):
    """Whose calls, and up to which day."""

    asm: PersonNamed | None = None
    on: Day | None = None


@router.get(LEADS)
def list_leads(
    request: Request, _: Annotated[Visitor, Depends(Needs(Scope.READ))], asked: Annotated[LeadsAsked, Query()]
) -> Response:
    """Leads, those recorded last first."""
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
    shown, bounds = found[:_ON_A_PAGE], current_policies(context.database.engine).bounds_on(context.today())
    view = {
        "path": LEADS,
        "within": minutes_words(bounds.lead_minutes),
        "alone": quantity(bounds.lead_days_alone, "day"),
        "leads": [lead_view(context, each) for each in shown],
        "asked": kept,
        "next": query(LEADS, **kept, cursor=next_cursor(shown[-1].record.id)) if len(found) > _ON_A_PAGE else "",
        "first": query(LEADS, **kept) if asked.cursor else "",
    }
    return page(request, "leads.html", "Leads", view)


@router.get(_CO_SELLING)
def count_calls(
    request: Request, _: Annotated[Visitor, Depends(Needs(Scope.READ))], asked: Annotated[CoSellingAsked, Query()]
) -> Response:
    """The calls of an ASM on the days up to one."""
    context = context_of(request)
    today = context.today()
    names = names_asked(context, asked.asm, "asm", today)
    bounds = current_policies(context.database.engine).bounds_on(asked.on or today)
    found = (
        None
        if names is None
        else co_selling_of(context.database, names, asked.on or today, today, context.zone, _ON_A_PAGE)
    )
    view = {
        "path": _CO_SELLING,
        "asm": asked.asm or "",
        "on": str(asked.on or today),
        "week": None if found is None else found.week,
        "days": () if found is None else (on_day(found.week.first), on_day(found.week.until)),
        "calls": []
        if found is None
        else [
            (at_instant(each.happened_at or each.recorded_at, context.zone), each.subject, _account(each.subject))
            for each in found.calls
        ],
        "bounds": bounds,
    }
    return page(request, "co_selling.html", "Co-selling", view)


def lead_view(context: ApiContext, found: Lead) -> dict[str, object]:
    """A lead, as pages print it."""
    lead, response, zone = found.lead, found.response, context.zone
    status = _OVERDUE if response.overdue else {True: _IN_TIME, False: _LATE, None: _OPEN}[response.in_time]
    return {
        "id": lead.id,
        "kind": lead.kind.value.replace("_", " "),
        "sdr": lead.sdr,
        "path": query(LEADS, sdr=lead.sdr),
        "account": None if lead.account_id is None else (lead.account_id, _account(lead.account_id)),
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


def _account(account_id: str) -> str:
    return f"/console/accounts/{segment(account_id)}"
