"""Who sells: people, each for a time."""

import base64
import re
from binascii import Error as NotBase64Error
from datetime import date
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from service.domain.fields import ACCOUNT_ID, Day
from service.domain.people import Key, Period, PersonId, Role
from service.domain.terms import Team
from service.entrypoints.api.auth import Administrator, Reader
from service.entrypoints.api.bodies import JsonResponse, read_request
from service.entrypoints.api.openapi.answers import NEXT_PAGE, answers, as_json, takes
from service.entrypoints.api.recording import IdempotencyHeader, answer_of
from service.entrypoints.common.context import context_of
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.paging import Limit, link_to_next
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.problems import FieldError, invalid_request, known
from service.entrypoints.views.people import PeoplePage, PersonBody, render_person, render_person_period
from service.store.once import Answer
from service.store.people import PeopleFilter, page_of_people, periods_of
from service.usecases.people import Person, as_of_day
from service.usecases.people import put_person as put

router = APIRouter(route_class=CheckedRoute, tags=["People"])
_DAY = len("YYYY-MM-DD")
PersonInPath = Annotated[PersonId, Path(description="The person's id.")]


class PeopleQuery(BaseModel):
    """Which people to list."""

    role: list[Role] = Field([], description="The role.")
    team: list[Team] = Field([], description="The sales team.")
    manager_id: PersonId | None = Field(None, description="Who reports to this person.")
    active_on: Day | None = Field(None, description="Who is active on this day, by what holds then.")
    limit: Limit = 50
    cursor: Annotated[
        str | None, Field(pattern=r"^[A-Za-z0-9_-]{15,100}$", description="Taken from the `Link` of the page before.")
    ] = None


@router.put(
    "/v1/people/{person_id}",
    summary="Say who somebody is",
    responses=answers(200, "The person, by the period said.", as_json(PersonBody, "person"))
    | answers(201, "The same, of somebody new.", as_json(PersonBody, "person")),
    openapi_extra=takes(as_json(Period, "person_request")),
)
async def put_person(
    request: Request, caller: Administrator, person_id: PersonInPath, idempotency_key: IdempotencyHeader = None
) -> Response:
    """Records what holds from `active_from` on: another period, or, from the same day on, instead of what was said.

    Periods of a person, or of a CRM user, never overlap: end the one before the next begins.
    """
    asked, key = await read_request(Period, request, caller, idempotency_key)
    context = context_of(request)
    say = partial(put, context.database, person_id, asked, caller.asked, context.now(), key, _told)
    done = await run_in_threadpool(say)
    return answer_of(done, 201 if done.answer.reference else 200)


def _told(person: Person) -> Answer:
    # Where it is to be found is told of somebody new alone: so the status is known when the answer is given again.
    found_at = f"/v1/people/{person.shown.person_id}" if person.is_new else ""
    return Answer(to_json(render_person(person)), found_at)


@router.get(
    "/v1/people/{person_id}",
    summary="Get a person",
    responses=answers(200, "The person.", as_json(PersonBody, "person")),
)
def get_person(
    request: Request,
    _: Reader,
    person_id: PersonInPath,
    active_on: Annotated[Day | None, Query(description="The day that it is asked for; default today.")] = None,
) -> Response:
    """What holds of a person on a day, else what held last before it, or will; with all periods."""
    context = context_of(request)
    found = as_of_day(periods_of(context.database.engine, person_id), active_on or context.today())
    return JsonResponse(render_person(known(found, "person", person_id)))


@router.get(
    "/v1/people",
    summary="List people",
    responses=answers(200, "A page of people.", as_json(PeoplePage, "people_page"), NEXT_PAGE),
)
def list_people(request: Request, _: Reader, asked: Annotated[PeopleQuery, Query()]) -> Response:
    """By id, each period by itself; with `active_on` everybody is there once."""
    wanted = PeopleFilter(role=asked.role, team=asked.team, manager_id=asked.manager_id, active_on=asked.active_on)
    engine = context_of(request).database.engine
    found = page_of_people(engine, wanted, limit=asked.limit + 1, after=_place(asked.cursor))
    headers = {}
    if len(found) > asked.limit:
        headers["Link"] = link_to_next(request, cursor=_cursor(found[asked.limit - 1].key))
    items = [render_person_period(each) for each in found[: asked.limit]]
    return JsonResponse(PeoplePage(items=items), headers=headers)


def _cursor(key: Key) -> str:
    person_id, begins = key
    return base64.urlsafe_b64encode(f"{begins}{person_id}".encode()).rstrip(b"=").decode()


def _place(cursor: str | None) -> Key | None:
    """The last period of the page before."""
    if cursor is None:
        return None
    try:
        text = base64.urlsafe_b64decode(f"{cursor}==").decode("ascii")
        begins, person_id = date.fromisoformat(text[:_DAY]), text[_DAY:]
    except (NotBase64Error, ValueError):
        begins, person_id = date.min, ""
    if not re.fullmatch(ACCOUNT_ID, person_id):
        raise invalid_request([FieldError("cursor", "is not of a page before")])
    return person_id, begins
