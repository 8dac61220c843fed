"""Who sells: people, each for a time."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from service.domain.fields import Day
from service.domain.keys import Scope
from service.domain.people import PersonId, Role
from service.domain.terms import Team
from service.entrypoints.common.context import context_of
from service.entrypoints.console.pages import PageRoute, page, query
from service.entrypoints.console.times import on_day
from service.entrypoints.console.visitors import Needs, Visitor
from service.entrypoints.console.words import team_words
from service.store.people import PeopleFilter, RecordedPeriod, page_of_people

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_PATH = "/console/people"
_ON_A_PAGE = 200
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


def _work(recorded: RecordedPeriod) -> str:
    """Where the work of a role is to be seen, if it has a page."""
    if recorded.period.role is Role.SDR:
        return query("/console/leads", sdr=recorded.person_id)
    return query("/console/co-selling", asm=recorded.person_id) if recorded.period.role is Role.ASM else ""


def _row(recorded: RecordedPeriod) -> dict[str, object]:
    period = recorded.period
    return {
        "id": recorded.person_id,
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
