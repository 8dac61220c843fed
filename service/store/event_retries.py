"""Retries of many events at once, in the background: what was asked for, and how far each is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from pydantic import TypeAdapter
from sqlalchemy import Engine
from sqlmodel import Session, col

from service.domain.identifiers import first_uuid7
from service.store.engine import open_session
from service.store.inbox import EventFilter
from service.store.leases import take_first
from service.store.rows import value_of
from service.store.tables.events import EventRetryRow

_FILTER = TypeAdapter(EventFilter)
_BEFORE_ALL = UUID(int=0)
_CLOCKS_APART = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRetry:
    """A retry of all events that match. ``outcomes`` counts by their status what became of those tried so far.

    It is as far as a payload, and ends before ``until``: what comes later is read with the newer mapping anyway.
    """

    id: UUID
    wanted: EventFilter
    requested_by: str
    requested_at: datetime
    request_id: str
    outcomes: Mapping[str, int]
    after_payload_id: UUID
    finished_at: datetime | None

    @property
    def until(self) -> UUID:
        """Before it are all payloads that came before it was asked for, whoever's clock named them."""
        return first_uuid7(self.requested_at + _CLOCKS_APART)


def request_retry(
    session: Session, retry_id: UUID, wanted: EventFilter, by: str, at: datetime, request_id: str
) -> RecordedRetry:
    """Have all events tried again that match."""
    row = EventRetryRow(
        id=retry_id,
        wanted=_FILTER.dump_json(wanted).decode(),
        requested_by=by,
        requested_at=at,
        request_id=request_id,
        outcomes="{}",
        after_payload_id=_BEFORE_ALL,
        leased_until=None,
        finished_at=None,
    )
    session.add(row)
    return _retry(row)


def claim_retry(engine: Engine, now: datetime, until: datetime) -> RecordedRetry | None:
    """Take a retry that nobody is at, until an instant by which more is noted; None where none waits."""
    row = EventRetryRow
    is_open = col(row.finished_at).is_(None)
    return take_first(engine, row, is_open, col(row.id), (now, until), lambda _, found: _retry(found))


def note_retry(engine: Engine, retry_id: UUID, after: UUID, outcomes: Mapping[str, int], until: datetime) -> None:
    """Note how far a retry is, and keep it until an instant."""
    with open_session(engine) as session:
        row = session.get_one(EventRetryRow, retry_id)
        row.after_payload_id, row.outcomes = after, orjson.dumps(outcomes).decode()
        row.leased_until = until
        session.commit()


def finish_retry(engine: Engine, retry_id: UUID, at: datetime) -> None:
    """Note that a retry has tried every event."""
    with open_session(engine) as session:
        row = session.get_one(EventRetryRow, retry_id)
        row.finished_at, row.leased_until = at, None
        session.commit()


def find_retry(engine: Engine, retry_id: UUID) -> RecordedRetry | None:
    """A retry, or None where there is none of that identifier."""
    with open_session(engine) as session:
        row = session.get(EventRetryRow, retry_id)
        return None if row is None else _retry(row)


def _retry(row: EventRetryRow) -> RecordedRetry:
    wanted, outcomes = _FILTER.validate_json(row.wanted), orjson.loads(row.outcomes)
    return value_of(RecordedRetry, row, wanted=wanted, outcomes=outcomes)
