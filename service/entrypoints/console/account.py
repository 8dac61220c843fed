"""The page of an account: who owns it and why, what is open, and how it got there."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from service.domain.fields import AccountId, Day
from service.domain.keys import Scope
from service.domain.sales_records import SalesRecord
from service.entrypoints.common.context import ApiContext, context_of
from service.entrypoints.common.moments import Moment
from service.entrypoints.common.paging import Cursor, next_cursor, position
from service.entrypoints.common.problems import FieldError, ProblemError, invalid_request
from service.entrypoints.console.co_selling import CO_SELLING
from service.entrypoints.console.doings import doings_of
from service.entrypoints.console.duties import PATH as DUTIES
from service.entrypoints.console.duties import duties_path, open_words
from service.entrypoints.console.leads import lead_view
from service.entrypoints.console.near import NearError, near_names
from service.entrypoints.console.pages import PageRoute, page, query, segment
from service.entrypoints.console.ranks import rank_view
from service.entrypoints.console.reasons import reasons_of
from service.entrypoints.console.story import tell
from service.entrypoints.console.times import at_instant, on_day
from service.entrypoints.console.visitors import Needs, Visitor
from service.entrypoints.console.words import fact_words
from service.entrypoints.views.accounts import render_advice
from service.entrypoints.views.standing_words import standing_words
from service.store.decisions import standing_state
from service.store.filters import DecisionFilter
from service.usecases.changes import changed_since
from service.usecases.co_selling import asm_of, calls_on
from service.usecases.find_duties import Duties, duties_of_account
from service.usecases.history import page_of_history
from service.usecases.leads import leads_of_account
from service.usecases.ranks import find_rank
from service.usecases.standings import AccountStanding, Times, TimeToComeError, find_standing, instant_meant

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_ENTRIES, _ENTRIES_OF_A_PAGE, _FEW = 5, 25, 5


class AccountAt(BaseModel):
    """At which times an account is looked at."""

    as_of: Moment | None = Field(None, description="By what was on record then: an instant, or a day.")
    on: Day | None = Field(None, description="What held for this day.")


@router.get("/console/accounts/{account_id}")
def get_account(
    request: Request,
    visitor: Annotated[Visitor, Depends(Needs(Scope.READ))],
    account_id: AccountId,
    asked: Annotated[AccountAt, Query()],
) -> Response:
    """Where an account stands, or stood, and why."""
    context = context_of(request)
    found = _standing(context, account_id, asked)
    recorded = found.recorded
    name = recorded.decision.facts.account.name or account_id
    wanted = DecisionFilter(account_id=account_id)
    entries = page_of_history(context.database, account_id, wanted, limit=_ENTRIES + 1)
    path = f"/console/accounts/{segment(account_id)}"
    crm, rank = found.crm, find_rank(context.database, account_id, context.today())
    opportunities = duties_of_account(context.database, account_id)
    view = {
        "account_id": account_id,
        "name": name,
        "path": path,
        "doings": doings_of(context, account_id, path, visitor),
        "reasons": reasons_of(recorded),
        "decision_path": f"/console/decisions/{segment(recorded.id)}",
        "decided": at_instant(recorded.recorded_at, context.zone),
        "effective": on_day(recorded.decision.effective_on),
        "policy": f"{recorded.decision.policy_id} revision {recorded.decision.policy_version}",
        "actor": recorded.actor,
        "on": "" if asked.on is None else asked.on.isoformat(),
        "as_of": "" if asked.as_of is None else asked.as_of.isoformat().replace("+00:00", "Z"),
        "is_now": asked.on is None and asked.as_of is None,
        "remarks": [each["text"] for each in render_advice(found)],
        "stale": None if crm is None or crm.stale_since is None else at_instant(crm.stale_since, context.zone),
        "unread": [(fact_words(each.fact), each.field, each.reason) for each in found.unread],
        "opportunities": [
            (each.stated.opportunity.title or each.stated.opportunity.opportunity_id, open_words(each), _duties(each))
            for each in opportunities
        ],
        "duties_path": query(DUTIES, account_id=account_id),
        "rank": None if rank is None else rank_view(rank),
        "rank_path": f"{path}/rank",
        "leads": [
            lead_view(context, each)
            for each in leads_of_account(context.database, account_id, context.now(), context.zone, _FEW)
        ],
        "calls": [
            (at_instant(each.happened_at or each.recorded_at, context.zone), asm_of(each), _calls(each))
            for each in calls_on(context.database, account_id, _FEW)
        ],
        "few": _FEW,
        "entries": tell(entries[:_ENTRIES], context.zone),
        "has_more": len(entries) > _ENTRIES,
        "history_path": f"{path}/history",
        "text": standing_words(found, changed_since(context.database, recorded)),
    }
    return page(request, "account.html", name, view)


def _calls(call: SalesRecord) -> str:
    return query(CO_SELLING, asm=asm_of(call))


def _duties(duties: Duties) -> str:
    return duties_path(duties.stated.opportunity.opportunity_id or "")


class HistoryAsked(BaseModel):
    """From where on a history is shown."""

    cursor: Cursor = None


@router.get("/console/accounts/{account_id}/history")
def get_history(
    request: Request,
    _: Annotated[Visitor, Depends(Needs(Scope.READ))],
    account_id: AccountId,
    asked: Annotated[HistoryAsked, Query()],
) -> Response:
    """Everything that was decided about an account, newest first."""
    context = context_of(request)
    if standing_state(context.database.engine, account_id) is None:
        raise _not_found(context, account_id)
    found = page_of_history(
        context.database,
        account_id,
        DecisionFilter(account_id=account_id),
        limit=_ENTRIES_OF_A_PAGE + 1,
        before=position(asked.cursor),
    )
    path = f"/console/accounts/{segment(account_id)}"
    shown = found[:_ENTRIES_OF_A_PAGE]
    name = (shown[0][0].decision.facts.account.name if shown else None) or account_id
    more = len(found) > _ENTRIES_OF_A_PAGE
    view = {
        "account_id": account_id,
        "name": name,
        "path": path,
        "entries": tell(shown, context.zone),
        "next": query(f"{path}/history", cursor=next_cursor(shown[-1][0].id)) if more else "",
    }
    return page(request, "history.html", f"History of {name}", view)


def _standing(context: ApiContext, account_id: str, asked: AccountAt) -> AccountStanding:
    now = context.now()
    try:
        by = None if asked.as_of is None else instant_meant(asked.as_of, now, context.zone)
        found = find_standing(
            context.database,
            account_id,
            Times(as_of=by, on=asked.on),
            now=now,
            today=context.today(),
            mapping=context.inbound.mapping,
        )
    except TimeToComeError as error:
        raise invalid_request([FieldError(error.name, str(error))]) from error
    if found is None:
        raise _not_found(context, account_id, "" if asked == AccountAt() else " by then")
    return found


def _not_found(context: ApiContext, account_id: str, then: str = "") -> ProblemError:
    near = near_names(context.database, account_id)
    return NearError("not_found", f"No decision was recorded for account {account_id}{then}", near=near)
