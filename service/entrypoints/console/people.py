"""Who sells: people, each for a time, and one of them with their work."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from service.domain.fields import Day
from service.domain.keys import Scope
from service.domain.people import PersonId, Role
from service.domain.terms import Team
from service.entrypoints.common.context import context_of
from service.entrypoints.common.problems import known
from service.entrypoints.console.co_selling import CO_SELLING
from service.entrypoints.console.leads import LEADS, lead_view
from service.entrypoints.console.pages import PageRoute, page, query, segment
from service.entrypoints.console.times import at_instant, on_day
from service.entrypoints.console.visitors import Needs, Visitor
from service.entrypoints.console.words import team_words
from service.store.people import PeopleFilter, RecordedPeriod, page_of_people, periods_of
from service.usecases.co_selling import co_selling_of
from service.usecases.leads import leads_asked
from service.usecases.people import as_of_day, names_of
from service.usecases.rank_books import RankFilter, book_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_PATH = "/console/people"
_ON_A_PAGE, _FEW = 200, 5
_ROLES = {
    Role.SDR: "SDR",
    Role.AE: "Account executive",
    Role.ASM: "Area sales manager",
    Role.REGIONAL_DIRECTOR: "Regional director",
    Role.VP: "VP of Commercial Sales",
    Role.GLOBAL_DIRECTOR: "Global director",
}


class PeopleAsked(BaseModel):
    """Which people to list: those who are active today, or on another day."""

    role: Role | None = None
    team: Team | None = None
    manager_id: PersonId | None = None
    active_on: Day | None = None
    after: PersonId | None = None
    began: Day | None = None


@router.get(_PATH)
def list_people(
    request: Request, _: Annotated[Visitor, Depends(Needs(Scope.READ))], asked: Annotated[PeopleAsked, Query()]
) -> Response:
    """People by their ids, by what holds on a day."""
    context = context_of(request)
    wanted = PeopleFilter(
        role=() if asked.role is None else (asked.role,),
        team=() if asked.team is None else (asked.team,),
        manager_id=asked.manager_id,
        active_on=asked.active_on or context.today(),
    )
    behind = None if asked.after is None or asked.began is None else (asked.after, asked.began)
    found = page_of_people(context.database.engine, wanted, limit=_ON_A_PAGE + 1, after=behind)
    shown = found[:_ON_A_PAGE]
    kept = asked.model_dump(mode="json", exclude_none=True, exclude={"after", "began"})
    next_page = ""
    if len(found) > _ON_A_PAGE:
        person_id, began = shown[-1].key
        next_page = query(_PATH, **kept, after=person_id, began=began)
    view = {
        "path": _PATH,
        "day": on_day(asked.active_on or context.today()),
        "people": [_row(each) for each in shown],
        "roles": [(each.value, says) for each, says in _ROLES.items()],
        "teams": [(each.value, team_words(each)) for each in Team],
        "asked": kept,
        "next": next_page,
        "first": query(_PATH, **kept) if behind else "",
    }
    return page(request, "people.html", "People", view)


@router.get(_PATH + "/{person_id}")
def get_person(request: Request, _: Annotated[Visitor, Depends(Needs(Scope.READ))], person_id: PersonId) -> Response:
    """A person: what is said of them, and their work: accounts, ranks, handoffs, leads and co-selling calls."""
    context, today = context_of(request), context_of(request).today()
    database = context.database
    found = known(as_of_day(periods_of(database.engine, person_id), today), "person", person_id)
    names = names_of(database, person_id, today, "person_id")
    leads = leads_asked(database, context.now(), context.zone, overdue=None, names=names, limit=_FEW + 1)
    calls = co_selling_of(database, names, today, today, context.zone, _FEW)
    book = book_of(database, person_id, RankFilter(), today, limit=0)
    view = {
        "person": _row(found.shown),
        "manager_path": person_path(found.shown.period.manager_id or ""),
        "periods": [_row(each) for each in found.periods],
        "leads": [lead_view(context, each) for each in leads[:_FEW]],
        "has_more_leads": len(leads) > _FEW,
        "leads_path": query(LEADS, sdr=person_id),
        "calls": [
            (at_instant(each.happened_at or each.recorded_at, context.zone), each.subject, _account(each.subject))
            for each in calls.calls
        ],
        "week": calls.week,
        "week_days": (on_day(calls.week.first), on_day(calls.week.until)),
        "calls_path": query(CO_SELLING, asm=person_id),
        "ranks": list(book.counts.items()) if any(book.counts.values()) else [],
        "taken": book.taken,
        "places": book.policy.parameters.top_places,
        "stale": book.stale,
        "ranks_path": query("/console/ranks", account_executive=person_id),
        "handoffs_path": query("/console/handoffs", account_executive=person_id),
    }
    return page(request, "person.html", "Person", view)


def person_path(person_id: str) -> str:
    """The page of a person."""
    return f"{_PATH}/{segment(person_id)}"


def _account(account_id: str) -> str:
    return f"/console/accounts/{segment(account_id)}"


def _work(recorded: RecordedPeriod) -> str:
    """Where the work of a role is to be seen, if it has a page."""
    if recorded.period.role is Role.SDR:
        return query("/console/leads", sdr=recorded.person_id)
    return query("/console/co-selling", asm=recorded.person_id) if recorded.period.role is Role.ASM else ""


def _row(recorded: RecordedPeriod) -> dict[str, object]:
    period = recorded.period
    return {
        "id": recorded.person_id,
        "path": person_path(recorded.person_id),
        "name": period.name,
        "email": period.email or "",
        "role": _ROLES[period.role],
        "work": _work(recorded),
        "team": "" if period.team is None else team_words(period.team),
        "regions": list(period.regions),
        "manager": period.manager_id or "",
        "manager_path": query(_PATH, manager_id=period.manager_id) if period.manager_id else "",
        "since": on_day(period.active_from),
        "until": None if period.active_until is None else on_day(period.active_until),
        "book": query("/console/accounts", owner=recorded.person_id),
        "ranks": query("/console/ranks", account_executive=recorded.person_id) if period.role is Role.AE else "",
    }
