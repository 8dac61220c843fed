"""Where an account stands: now, by what was on record at an instant, for a day, or for a day by what was on record."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from uuid import UUID

from service.crm.mapping import FieldMapping
from service.domain.calendar import day_of, end_of, written
from service.domain.decision import RecordedDecision
from service.store.clock import ahead_of
from service.store.database import Database
from service.store.decisions import (
    decision_as_of,
    decision_on,
    find_decisions,
    oldest_decision,
    standing_decision,
    standing_state,
)
from service.store.people import RecordedPeriod, users_on
from service.usecases.account_events import CrmState, find_crm_state
from service.usecases.unread_facts import UnreadFact, unread_facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """The two times of a question: what was on record ``as_of`` an instant, and what held ``on`` a day. None is now."""

    as_of: datetime | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStanding:
    """The decision that an account stands on, and what is to be known beside it.

    ``crm`` is what its events say of the record, None where none came or another time than now is asked for; ``unread``
    are the facts of which they said something that cannot be read. ``ahead`` is by how much it is stamped ahead.
    ``owned_by`` is the person who has the user of the CRM that owns it, on the day.
    """

    recorded: RecordedDecision
    times: Times
    crm: CrmState | None
    unread: tuple[UnreadFact, ...]
    ahead: timedelta | None
    owned_by: RecordedPeriod | None


class TimeToComeError(ValueError):
    """One of the two ``times`` has not come yet. The message is a sentence."""

    def __init__(self, name: str, time: date) -> None:
        said = written(time) if isinstance(time, datetime) else time
        super().__init__(f"{said} has not come yet")
        self.name = name


def instant_meant(moment: datetime | date, now: datetime, zone: tzinfo) -> datetime:
    """An instant, or for a day its last one in a time zone; for today it is now.

    Raises:
        TimeToComeError: the day has not come yet.
    """
    if isinstance(moment, datetime):
        return moment
    today = day_of(now, zone)
    if moment > today:
        raise TimeToComeError("as_of", moment)
    return now if moment == today else end_of(moment, zone)


def find_standing(
    database: Database, account_id: str, times: Times, *, now: datetime, today: date, mapping: FieldMapping
) -> AccountStanding | None:
    """Where an account stands, or stood; None where nothing was decided by then.

    It stands on the decision with the latest ``effective_on`` that has come, the newest among equals. Where all its
    decisions are stamped ahead of the clock, and none by then, it is the first.

    Raises:
        TimeToComeError: one of the two times has not come yet.
        StoreUnavailableError: the database cannot be reached.
    """
    state = standing_state(database.engine, account_id)
    ahead = None if state is None else ahead_of(now, state.recorded_at)
    newest = now if state is None or ahead is None else state.recorded_at
    if times.as_of is not None and ahead_of(newest, times.as_of):
        raise TimeToComeError("as_of", times.as_of)
    if times.on is not None and times.on > today:
        raise TimeToComeError("on", times.on)
    recorded = _find(database, account_id, times)
    if recorded is None and ahead is not None and times.on is None:
        # Nothing tells when it was really decided, and an account that stands somewhere has an answer.
        oldest = oldest_decision(database.engine, account_id)
        recorded = oldest if oldest and ahead_of(now, oldest.recorded_at) else None
    if recorded is None:
        return None
    crm = find_crm_state(database, account_id) if times == Times() else None
    unread = () if crm is None else unread_facts(database, account_id, mapping)
    owner_id = recorded.decision.facts.account.owner_id
    people = {} if owner_id is None else users_on(database.engine, times.on or today, [owner_id])
    owned_by = people.get(owner_id or "")
    return AccountStanding(recorded=recorded, times=times, crm=crm, unread=unread, ahead=ahead, owned_by=owned_by)


def decisions_before(
    database: Database, some: Iterable[RecordedDecision], known: Iterable[RecordedDecision] = ()
) -> dict[UUID, RecordedDecision]:
    """The decisions that accounts stood on before others, by the identifiers of these; none for a first one.

    They are looked for among those that are ``known``, before the database is asked for the rest of them at once.
    """
    previous = {each.id: each.previous_decision_id for each in some if each.previous_decision_id is not None}
    found = {each.id: each for each in known}
    found |= find_decisions(database.engine, set(previous.values()) - found.keys())
    return {each: found[before] for each, before in previous.items() if before in found}


def _find(database: Database, account_id: str, times: Times) -> RecordedDecision | None:
    if times.on is not None:
        return decision_on(database.engine, account_id, times.on, times.as_of)
    if times.as_of is not None:
        return decision_as_of(database.engine, account_id, times.as_of)
    return standing_decision(database.engine, account_id)
