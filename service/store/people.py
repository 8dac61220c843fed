"""People: what stands of them, pages of it, and what is said anew, which is only ever added."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Engine, exists, func, insert, text, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, or_, select

from service.domain.people import Key, Period, Periods, Role
from service.domain.terms import Team
from service.store.engine import open_session
from service.store.recorder.postgres_connection import lock_number
from service.store.recording import Asked
from service.store.tables.people import PersonPeriodRow

_FEW = 100
"""Of more than so many periods, what stands beside them is not looked for: all of it is read."""
_PEOPLE_LOCK = lock_number("people")
_REGIONS = TypeAdapter(tuple[str, ...])
_newer = aliased(PersonPeriodRow)
_STANDS = ~exists().where(
    col(_newer.person_id) == col(PersonPeriodRow.person_id),
    col(_newer.active_from) == col(PersonPeriodRow.active_from),
    col(_newer.number) > col(PersonPeriodRow.number),
)
"""That nothing else was said since of that person from that day on."""
_HOLDS = or_(
    col(PersonPeriodRow.active_until).is_(None),
    col(PersonPeriodRow.active_until) > col(PersonPeriodRow.active_from),
)
"""That it was not taken back."""
_PLACE = (col(PersonPeriodRow.person_id), col(PersonPeriodRow.active_from))


@dataclass(frozen=True, slots=True)
class RecordedPeriod:
    """What was said of a person for a time, by whom and when."""

    person_id: str
    period: Period
    recorded_by: str
    recorded_at: datetime

    @property
    def key(self) -> Key:
        """What names the period."""
        return self.person_id, self.period.active_from


@dataclass(frozen=True, slots=True)
class SaidAnew:
    """What stood of those whom it is about, and of others beside, what was taken back included; and what is new."""

    before: Sequence[RecordedPeriod]
    added: Sequence[RecordedPeriod]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleFilter:
    """Which periods to find: any of the roles and teams where some are named; ``active_on``: those that hold then."""

    role: Sequence[Role] = ()
    team: Sequence[Team] = ()
    manager_id: str | None = None
    active_on: date | None = None


def periods_of(engine: Engine, person_id: str) -> list[RecordedPeriod]:
    """What stands of a person, in the order of the days; empty where there is no such person.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    with open_session(engine) as session:
        return _standing(session, col(PersonPeriodRow.person_id) == person_id, _HOLDS)


def standing_periods(engine: Engine) -> Periods:
    """What stands of everybody.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    with open_session(engine) as session:
        return {each.key: each.period for each in _standing(session, _HOLDS)}


def users_on(engine: Engine, day: date, of: Collection[str] | None = None) -> dict[str, RecordedPeriod]:
    """What holds on a day of those who have a user of the CRM, by its id: of all of them, or of some ids.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    with open_session(engine) as session:
        user = col(PersonPeriodRow.crm_user_id)
        found = _standing(session, _HOLDS, user.is_not(None) if of is None else user.in_(of), *_holding_on(day))
        return {each.period.crm_user_id: each for each in found if each.period.crm_user_id is not None}


def page_of_people(
    engine: Engine, wanted: PeopleFilter, *, limit: int, after: Key | None = None
) -> list[RecordedPeriod]:
    """At most ``limit`` periods that match, by the person's id and the first day; with ``after``, behind that one.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    conditions: list[ColumnElement[bool]] = [_HOLDS]
    if wanted.role:
        conditions.append(col(PersonPeriodRow.role).in_(wanted.role))
    if wanted.team:
        conditions.append(col(PersonPeriodRow.team).in_(wanted.team))
    if wanted.manager_id is not None:
        conditions.append(col(PersonPeriodRow.manager_id) == wanted.manager_id)
    if wanted.active_on is not None:
        conditions += _holding_on(wanted.active_on)
    if after is not None:
        conditions.append(tuple_(*_PLACE) > after)
    with open_session(engine) as session:
        return _standing(session, *conditions, limit=limit)


def _holding_on(day: date) -> list[ColumnElement[bool]]:
    until = col(PersonPeriodRow.active_until)
    return [col(PersonPeriodRow.active_from) <= day, or_(until.is_(None), until > day)]


def keep_periods(
    session: Session,
    said: Mapping[Key, Period],
    decide: Callable[[Periods], Mapping[Key, Period]],
    asked: Asked,
    at: datetime,
) -> SaidAnew:
    """Keep what is new of what is said, which is decided on what stands beside it while nobody else says anything.

    What ``decide`` raises goes on, and nothing is kept.
    """
    if session.connection().dialect.name == "postgresql":
        session.connection().execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _PEOPLE_LOCK})
    before = _beside(session, said)
    news = decide({each.key: each.period for each in before})
    newest = session.scalar(select(func.max(PersonPeriodRow.number))) or 0
    own = {"recorded_by": asked.actor, "recorded_at": at, "request_id": asked.request_id}
    rows = []
    for number, ((person_id, _), period) in enumerate(news.items(), start=newest + 1):
        stated = period.model_dump() | {"regions": _REGIONS.dump_json(period.regions).decode()}
        rows.append(stated | own | {"number": number, "person_id": person_id})
    if rows:
        session.connection().execute(insert(PersonPeriodRow), rows)
    return SaidAnew(before, [RecordedPeriod(key[0], period, asked.actor, at) for key, period in news.items()])


def _beside(session: Session, said: Mapping[Key, Period]) -> list[RecordedPeriod]:
    """What stands of those whom it is about, of who has their CRM users, and of all who manage any of them."""
    if len(said) > _FEW:
        return _standing(session)
    person_id, user = col(PersonPeriodRow.person_id), col(PersonPeriodRow.crm_user_id)
    known = {name for name, _ in said}
    users = [period.crm_user_id for period in said.values() if period.crm_user_id is not None]
    found = {each.key: each for each in _standing(session, or_(person_id.in_(known), user.in_(users)))}
    while new := _managers([*said.values(), *(each.period for each in found.values())]) - known:
        known |= new
        found |= {each.key: each for each in _standing(session, person_id.in_(new))}
    return list(found.values())


def _managers(periods: Iterable[Period]) -> set[str]:
    return {period.manager_id for period in periods if period.manager_id is not None}


def _standing(session: Session, *conditions: ColumnElement[bool], limit: int | None = None) -> list[RecordedPeriod]:
    query = select(PersonPeriodRow).where(_STANDS, *conditions).order_by(*_PLACE).limit(limit)
    return [_recorded(row) for row in session.exec(query)]


def _recorded(row: PersonPeriodRow) -> RecordedPeriod:
    stated = {name: getattr(row, name) for name in Period.model_fields}
    read = {"role": Role(row.role), "team": row.team and Team(row.team), "regions": _REGIONS.validate_json(row.regions)}
    # It was checked before, by what was then asked of it.
    return RecordedPeriod(row.person_id, Period.model_construct(**stated | read), row.recorded_by, row.recorded_at)
