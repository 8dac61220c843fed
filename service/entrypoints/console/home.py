"""Home: what waits to be done, what blocks first, and what was decided lately."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from service.domain.calendar import end_of
from service.domain.handoff.recorded import RecordedHandoff
from service.domain.keys import Scope
from service.domain.review_queue import Review, ReviewFilter, ReviewOrder
from service.domain.reviews import ReviewStatus, ReviewType
from service.domain.sales_notices import AccountCalled
from service.domain.terms import Team
from service.entrypoints.common.context import ApiContext, context_of
from service.entrypoints.console.duties import duties_path, open_words
from service.entrypoints.console.figures import sparkline
from service.entrypoints.console.leads import LEADS, lead_view
from service.entrypoints.console.pages import PageRoute, page, query, segment
from service.entrypoints.console.times import how_long, on_day
from service.entrypoints.console.visitors import Needs, Visitor
from service.entrypoints.console.words import team_words
from service.store.events import page_of_events
from service.store.filters import DecisionFilter
from service.store.handoffs import HandoffFilter, page_of_handoffs
from service.store.inbox import EventFilter, EventStatus
from service.store.reviews import page_of_reviews
from service.usecases.counts import By, counts_of_decisions
from service.usecases.find_duties import Duties, open_opportunities
from service.usecases.leads import leads_asked
from service.usecases.people import call_accounts

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_OPEN, _SIZE = (ReviewStatus.OPEN,), (ReviewType.SIZE,)
_MOST, _MOST_EVENTS, _MOST_OPPORTUNITIES, _DAYS = 6, 200, 50, 14


@router.get("/console")
def get_home(request: Request, _: Annotated[Visitor, Depends(Needs(Scope.READ))]) -> Response:
    """What waits, and what was decided today."""
    context = context_of(request)
    view = {
        "queues": _queues(context),
        "overdue": _handoffs(context, HandoffFilter(due_before=context.today()), overdue="true"),
        "due": _handoffs(context, HandoffFilter(status="open", due_from=context.today()), status="open"),
        "leads": _leads(context),
        "opportunities": _opportunities(context),
        "events": _rejected(context),
        "teams": _decided(context),
        "today": on_day(context.today()),
        "days": _DAYS,
    }
    return page(request, "home.html", "Home", view)


def _queues(context: ApiContext) -> list[dict[str, object]]:
    asked = (
        ("Reviews that block: the account has no team", ReviewFilter(status=_OPEN, kind=_SIZE, blocking=True)),
        ("Other reviews", ReviewFilter(status=_OPEN, kind=_SIZE, blocking=False)),
        ("Disputes", ReviewFilter(status=_OPEN, kind=(ReviewType.DISPUTE,))),
    )
    return [{"title": title, "list": _list_of(wanted), **_reviews(context, wanted)} for title, wanted in asked]


def _list_of(wanted: ReviewFilter) -> str:
    """The page of all reviews that are wanted."""
    blocking = None if wanted.blocking is None else str(wanted.blocking).lower()
    return query("/console/reviews", kind=[each.value for each in wanted.kind], blocking=blocking)


def _reviews(context: ApiContext, wanted: ReviewFilter) -> dict[str, object]:
    found = page_of_reviews(context.database.engine, wanted, limit=_MOST + 1, order=ReviewOrder.OLDEST)
    return {"items": [_review(each, context) for each in found[:_MOST]], "has_more": len(found) > _MOST}


def _review(review: Review, context: ApiContext) -> dict[str, object]:
    account = review.standing.decision.facts.account
    return {
        "path": f"/console/reviews/{segment(review.id)}",
        "name": account.name or review.account_id,
        "team": team_words(review.standing.decision.team),
        "age": how_long(context.now() - review.opened_at),
    }


def _handoffs(context: ApiContext, wanted: HandoffFilter, **asked: str) -> dict[str, object]:
    found = page_of_handoffs(context.database.engine, wanted, limit=_MOST + 1)
    today = context.today()
    items = [_handoff(each, today) for each in found[:_MOST]]
    return {"items": items, "has_more": len(found) > _MOST, "list": query("/console/handoffs", **asked)}


def _handoff(recorded: RecordedHandoff, today: date) -> dict[str, object]:
    terms = recorded.handoff.terms
    late = (today - terms.due_on).days
    return {
        "path": f"/console/handoffs/{segment(terms.id)}",
        "name": terms.account_name or terms.account_id,
        "to": team_words(recorded.handoff.receiver),
        "due": on_day(terms.due_on),
        "late": f"{late} day{'' if late == 1 else 's'} late" if late > 0 else "",
    }


def _leads(context: ApiContext) -> dict[str, object]:
    now, zone = context.now(), context.zone
    found = leads_asked(context.database, now, zone, overdue=True, names=None, limit=_MOST + 1)
    items = [lead_view(context, each) for each in found[:_MOST]]
    return {"items": items, "has_more": len(found) > _MOST, "list": query(LEADS, overdue="true")}


def _opportunities(context: ApiContext) -> dict[str, object]:
    """Opportunities with open duties, of those recorded last."""
    found = open_opportunities(context.database, _MOST_OPPORTUNITIES)
    shown = found[:_MOST]
    accounts = {account_id for each in shown if (account_id := each.stated.opportunity.account_id) is not None}
    called = call_accounts(context.database, accounts, context.today())
    items = [_opportunity(each, called) for each in shown]
    return {"items": items, "more": len(found) - len(shown), "looked_at": _MOST_OPPORTUNITIES}


def _opportunity(duties: Duties, called: Mapping[str, AccountCalled]) -> dict[str, object]:
    stated = duties.stated.opportunity
    account_id = stated.account_id or ""
    account = called.get(account_id, AccountCalled())
    return {
        "path": duties_path(stated.opportunity_id or ""),
        "name": stated.title or stated.opportunity_id,
        "account": account.name or account_id,
        "owner": account.owner,
        "closes": None if stated.close_on is None else on_day(stated.close_on),
        "open": open_words(duties),
    }


def _rejected(context: ApiContext) -> dict[str, object]:
    """Events that could not be applied, by why: of the newest ones."""
    found = page_of_events(context.database.engine, EventFilter(status=EventStatus.REJECTED), limit=_MOST_EVENTS + 1)
    first = [problem for event in found[:_MOST_EVENTS] for problem in event.problem[:1]]
    reasons = Counter(f"{field}: {reason}" if field else reason for field, reason in first)
    return {
        "reasons": reasons.most_common(_MOST),
        "count": min(len(found), _MOST_EVENTS),
        "has_more": len(found) > _MOST_EVENTS,
    }


def _decided(context: ApiContext) -> list[dict[str, object]]:
    """The decisions of today by team, and those of the days before as a line."""
    days = [context.today() - timedelta(days=back) for back in reversed(range(_DAYS))]
    since = end_of(days[0] - timedelta(days=1), context.zone) + timedelta(microseconds=1)
    wanted = DecisionFilter(recorded_since=since)
    counts = counts_of_decisions(context.database, wanted, [By.DAY, By.TEAM], context.zone)
    return [_team(team, days, counts) for team in (*Team, None)]


def _team(team: Team | None, days: list[date], counts: Iterable[dict[str, object]]) -> dict[str, object]:
    by_day = {each["day"]: each["count"] for each in counts if each["team"] == team}
    line = [int(str(by_day.get(day.isoformat(), 0))) for day in days]
    name = team_words(team)
    today = days[-1].isoformat()
    asked = {"status": "pending_review"} if team is None else {"team": team.value}
    says = f"{name}: {', '.join(map(str, line))} decisions on the last {len(line)} days"
    return {
        "name": name,
        "count": line[-1],
        "in_all": sum(line),
        "path": query("/console/decisions", **asked, since=today, until=today),
        "path_in_all": query("/console/decisions", **asked, since=days[0].isoformat(), until=today),
        "line": sparkline(line, says),
    }
