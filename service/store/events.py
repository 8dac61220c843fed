"""Find events, their payloads, and what is known of a CRM's records; forget what was sent long ago."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, exists, func, update
from sqlmodel import col, select

from service.store.engine import is_account, newest_first, open_session, open_writer
from service.store.inbox import EventFilter, EventStatus, Known, Payload, RecordedEvent
from service.store.rows import value_of
from service.store.rows.events import decode_event
from service.store.tables.decisions import AccountRow
from service.store.tables.events import CrmRecordRow, EventRow, PayloadRow

_CHUNK = 1_000
_IS_OPEN = (col(EventRow.status) == EventStatus.REJECTED,)
"""So are those stored that wait, too."""
_WAITS = col(EventRow.waits_for).is_not(None) | col(EventRow.waits_until).is_not(None)


def find_event(engine: Engine, event_id: UUID) -> RecordedEvent | None:
    """One event, or None where there is none of that identifier."""
    with open_session(engine) as session:
        row = session.get(EventRow, event_id)
        return None if row is None else decode_event(row)


def ids_of_events(engine: Engine, keys: Collection[str]) -> dict[str, UUID]:
    """The identifiers of those events that are on record under some keys, by key."""
    if not keys:
        return {}
    with open_session(engine) as session:
        query = select(EventRow.event_key, EventRow.id).where(col(EventRow.event_key).in_(keys))
        return dict(session.exec(query).all())


def find_payload(engine: Engine, payload_id: UUID) -> Payload | None:
    """One payload, byte for byte, or None where there is none of that identifier."""
    with open_session(engine) as session:
        row = session.get(PayloadRow, payload_id)
        return None if row is None else value_of(Payload, row, recorded=True)


def page_of_events(
    engine: Engine, wanted: EventFilter, *, limit: int, before: UUID | None = None
) -> list[RecordedEvent]:
    """At most ``limit`` events that match, newest first; with ``before``, those that come after that one."""
    query = newest_first(select(EventRow).where(*_matching(wanted)), EventRow, limit, before)
    with open_session(engine) as session:
        return [decode_event(row) for row in session.exec(query)]


def remarked_events(engine: Engine, keys: Sequence[str]) -> list[RecordedEvent]:
    """The events of some keys that have a remark."""
    if not keys:
        return []
    query = select(EventRow).where(col(EventRow.event_key).in_(keys), col(EventRow.remarks).is_not(None))
    with open_session(engine) as session:
        return [decode_event(row) for row in session.exec(query)]


def events_that_waited(engine: Engine, today: date, limit: int) -> list[RecordedEvent]:
    """At most so many waiting events whose day has come, or whose account is decided by now."""
    decided = exists().where(col(AccountRow.account_id) == col(EventRow.waits_for))
    waited = (col(EventRow.waits_until) <= today, col(EventRow.waits_for).is_not(None) & decided)
    # Not by the index of the status: many more may be rejected than wait.
    waits = func.coalesce(col(EventRow.status), "") == EventStatus.REJECTED
    with open_session(engine) as session:
        found = [
            decode_event(row)
            for condition in waited
            for row in session.exec(select(EventRow).where(condition, waits).limit(limit))
        ]
    return found[:limit]


def events_to_retry(engine: Engine, wanted: EventFilter, after: UUID, until: UUID) -> list[RecordedEvent]:
    """Events that match and may be tried again, whose payloads come after one and before another, by their payloads.

    They are a thousand, or as many more as complete a payload; none where there are no more. A dismissed one is among
    them only where that is asked for, and none of whose payload is forgotten.
    """
    payload, reason = col(EventRow.payload_id), col(EventRow.reason)
    left = (col(EventRow.status) == EventStatus.REJECTED) | col(EventRow.remarks).is_not(None)
    may_be = reason.is_not(None) if wanted.status is EventStatus.DISMISSED else reason.is_(None) & left
    kept = exists().where(col(PayloadRow.id) == payload, col(PayloadRow.forgotten_at).is_(None))
    query = select(EventRow).where(*_matching(wanted), may_be, kept)
    with open_session(engine) as session:
        first = query.where(payload > after, payload < until).order_by(payload, col(EventRow.id)).limit(_CHUNK)
        rows = list(session.exec(first))
        if len(rows) == _CHUNK:
            rows += session.exec(query.where(payload == rows[-1].payload_id, col(EventRow.id) > rows[-1].id))
        return [decode_event(row) for row in rows]


def _matching(wanted: EventFilter) -> Iterator[ColumnElement[bool]]:
    """The conditions for the rows of events that are wanted."""
    named = {"source": wanted.source, "record_kind": wanted.kind}
    yield from (col(getattr(EventRow, name)) == value for name, value in named.items() if value is not None)
    if wanted.record_id is not None:
        yield is_account(col(EventRow.record_id), wanted.record_id)
    if wanted.status is not None:
        yield from _is(wanted.status)
    if wanted.remark is not None:
        yield col(EventRow.remarks).is_not(None) if wanted.remark else col(EventRow.remarks).is_(None)
    if wanted.since is not None:
        yield col(EventRow.received_at) >= wanted.since


def _is(status: EventStatus) -> tuple[ColumnElement[bool], ...]:
    """The condition for events of a status, as rows have it."""
    stored = col(EventRow.status)
    match status:
        case EventStatus.WAITING:
            return (*_IS_OPEN, _WAITS)
        case EventStatus.REJECTED:
            return (*_IS_OPEN, ~_WAITS)
        case EventStatus.DISMISSED:
            return (stored == EventStatus.SUPERSEDED, col(EventRow.reason).is_not(None))
        case EventStatus.SUPERSEDED:
            return (stored == EventStatus.SUPERSEDED, col(EventRow.reason).is_(None))
        case _:
            return (stored == status,)


def known_records(engine: Engine, kind: str, record_ids: Sequence[str]) -> dict[str, Known]:
    """What is known of records of a kind, by their identifiers."""
    if not record_ids:
        return {}
    query = select(CrmRecordRow).where(CrmRecordRow.kind == kind, col(CrmRecordRow.record_id).in_(record_ids))
    with open_session(engine) as session:
        return {row.record_id: Known(row.known, row.changed_at) for row in session.exec(query)}


def open_events(engine: Engine) -> list[tuple[str, str, int, datetime]]:
    """How many events wait or are rejected, by source and status, and when the oldest of each was received.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    by = (col(EventRow.source), _WAITS.label("waits"))
    are_open = select(*by, func.count(), func.min(EventRow.received_at)).where(*_IS_OPEN)
    with open_session(engine) as session:
        return [
            (source, EventStatus.WAITING if waits else EventStatus.REJECTED, count, oldest)
            for source, waits, count, oldest in session.exec(are_open.group_by(*by).order_by(*by))
        ]


def forget_payloads(engine: Engine, before: datetime, at: datetime, most: int) -> int:
    """Empty at most ``most`` payloads received before an instant, the oldest first; gives how many.

    What an event needs that waits or is rejected is kept, and of each that is emptied the digest. Few at a time, so
    that recording never waits for long: call again until none is left.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    needed = exists().where(col(EventRow.payload_id) == col(PayloadRow.id), *_IS_OPEN)
    old = (
        select(PayloadRow.id, PayloadRow.digest)
        .where(PayloadRow.received_at < before, col(PayloadRow.forgotten_at).is_(None), ~needed)
        .order_by(col(PayloadRow.received_at))
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    with open_writer(engine) as session:
        found = session.exec(old).all()
        for payload_id, digest in found:
            row = col(PayloadRow.id) == payload_id
            kept = digest or hashlib.sha256(session.exec(select(PayloadRow.body).where(row)).one()).hexdigest()
            session.exec(update(PayloadRow).where(row).values(body=b"", digest=kept, forgotten_at=at))
        session.commit()
        return len(found)
