"""Find events, their payloads, and what is known of a CRM's records."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, exists, func
from sqlmodel import col, select

from service.store.engine import newest_first, open_session
from service.store.inbox import EventStatus, Known, Payload, RecordedEvent
from service.store.rows import value_of
from service.store.rows.events import decode_event
from service.store.tables.decisions import AccountRow
from service.store.tables.events import CrmRecordRow, EventRow, PayloadRow


def find_event(engine: Engine, event_id: UUID) -> RecordedEvent | None:
    """One event, or None where there is none of that identifier."""
    with open_session(engine) as session:
        row = session.get(EventRow, event_id)
        return None if row is None else decode_event(row)


def find_payload(engine: Engine, payload_id: UUID) -> Payload | None:
    """One payload, byte for byte, or None where there is none of that identifier."""
    with open_session(engine) as session:
        row = session.get(PayloadRow, payload_id)
        return None if row is None else value_of(Payload, row, recorded=True)


def page_of_events(
    engine: Engine,
    *,
    limit: int,
    before: UUID | None = None,
    status: EventStatus | None = None,
    **wanted: str | None,
) -> list[RecordedEvent]:
    """At most ``limit`` events that match, newest first; with ``before``, those that come after that one.

    ``wanted`` are a source and a record_id; None is any.
    """
    of_status = select(EventRow) if status is None else select(EventRow).where(*_is(status))
    query = newest_first(of_status, EventRow, limit, before, **wanted)
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


def _is(status: EventStatus) -> tuple[ColumnElement[bool], ...]:
    """The condition for events of a status, as rows have it."""
    stored, waits = col(EventRow.status), col(EventRow.waits_for).is_not(None) | col(EventRow.waits_until).is_not(None)
    match status:
        case EventStatus.WAITING:
            return (stored == EventStatus.REJECTED, waits)
        case EventStatus.REJECTED:
            return (stored == EventStatus.REJECTED, ~waits)
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
