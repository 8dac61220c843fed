"""Find events, their payloads, and what is known of a CRM's records; forget what was sent long ago."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, exists, func, update
from sqlmodel import col, select

from service.store.engine import newest_first, open_session, open_writer
from service.store.inbox import Known, Payload, RecordedEvent
from service.store.rows import value_of
from service.store.rows.events import decode_event
from service.store.tables.events import IS_OPEN, CrmRecordRow, EventRow, PayloadRow


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
    engine: Engine, *, limit: int, before: UUID | None = None, **wanted: str | None
) -> list[RecordedEvent]:
    """At most ``limit`` events that match, newest first; with ``before``, those that come after that one.

    ``wanted`` are a status, a source and a record_id; None is any.
    """
    query = newest_first(select(EventRow), EventRow, limit, before, **wanted)
    with open_session(engine) as session:
        return [decode_event(row) for row in session.exec(query)]


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
    by = (col(EventRow.source), col(EventRow.status))
    query = select(*by, func.count(), func.min(EventRow.received_at)).where(IS_OPEN).group_by(*by).order_by(*by)
    with open_session(engine) as session:
        return [(source, status, count, oldest) for source, status, count, oldest in session.exec(query)]


def forget_payloads(engine: Engine, before: datetime, at: datetime, most: int) -> int:
    """Empty at most ``most`` payloads received before an instant, the oldest first; gives how many.

    What an event needs that waits or is rejected is kept, and of each that is emptied the digest. Few at a time, so
    that recording never waits for long: call again until none is left.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    needed = exists().where(col(EventRow.payload_id) == col(PayloadRow.id), IS_OPEN)
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
