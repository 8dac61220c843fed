"""People as they are answered."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from service.domain.people import Role
from service.domain.terms import Team
from service.store.people import RecordedPeriod
from service.usecases.people import Person


class PeriodBody(TypedDict):
    """What holds of a person for a time."""

    name: Annotated[str, Field(description="The name, as texts use it.")]
    email: Annotated[str | None, Field(description="The address of work.")]
    role: Annotated[Role, Field(description="The role.")]
    team: Annotated[Team | None, Field(description="The sales team.")]
    regions: Annotated[Sequence[str], Field(description="The regions that it is for.")]
    manager_id: Annotated[str | None, Field(description="The person that this one reports to.")]
    crm_user_id: Annotated[str | None, Field(description="The CRM's id of its user.")]
    active_from: Annotated[date, Field(description="The first day.")]
    active_until: Annotated[date | None, Field(description="The first day on which it holds no more.")]
    recorded_by: Annotated[str, Field(description="Who said so.")]
    recorded_at: Annotated[datetime, Field(description="When that was recorded.")]


class PersonPeriodBody(PeriodBody):
    """A person for a time."""

    id: Annotated[str, Field(description="The person's id.")]


class PersonBody(PersonPeriodBody):
    """A person: what holds on a day, and all that holds at any time."""

    periods: Annotated[Sequence[PeriodBody], Field(description="All periods, the earliest first.")]


class PeoplePage(TypedDict):
    """A page of people; the `Link` header leads to the next."""

    items: Annotated[Sequence[PersonPeriodBody], Field(description="The periods, by id and first day.")]


def render_person(person: Person) -> PersonBody:
    """A person with every period."""
    return {**render_person_period(person.shown), "periods": [_render_period(each) for each in person.periods]}


def render_person_period(recorded: RecordedPeriod) -> PersonPeriodBody:
    """A person for a time."""
    return {"id": recorded.person_id, **_render_period(recorded)}


def _render_period(recorded: RecordedPeriod) -> PeriodBody:
    period = recorded.period
    return {
        "name": period.name,
        "email": period.email,
        "role": period.role,
        "team": period.team,
        "regions": period.regions,
        "manager_id": period.manager_id,
        "crm_user_id": period.crm_user_id,
        "active_from": period.active_from,
        "active_until": period.active_until,
        "recorded_by": recorded.recorded_by,
        "recorded_at": recorded.recorded_at,
    }


class Owner(TypedDict):
    """The user of the CRM who owns an account, and the person that this is on the day."""

    crm_user_id: Annotated[str, Field(description="The CRM's id of the user.")]
    person_id: Annotated[str | None, Field(description="The person; null where nobody has this user.")]
    name: Annotated[str | None, Field(description="The person's name.")]


def render_owner(owner_id: str | None, person: RecordedPeriod | None) -> Owner | None:
    """Who owns an account by the CRM, and what holds of the person who has that user."""
    if owner_id is None:
        return None
    known = (None, None) if person is None else (person.person_id, person.period.name)
    owner: Owner = {"crm_user_id": owner_id, "person_id": known[0], "name": known[1]}
    return owner
