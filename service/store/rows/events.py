"""Payloads, events and what is known of a CRM's records, to rows and back."""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from service.store.inbox import EventStatus, RecordedEvent, RecordName
from service.store.recording import Writes
from service.store.rows.decoders import Decoders
from service.store.tables.events import CrmRecordRow, EventRow, PayloadRow

PAYLOAD_COLUMNS = tuple(PayloadRow.model_fields)
EVENT_COLUMNS = tuple(EventRow.model_fields)
RECORD_COLUMNS = tuple(CrmRecordRow.model_fields)
SETTLED_COLUMNS = ("status", "problem", "remarks", "decision_id", "handoff_id", "settled_at")
"""What a new attempt at a rejected event changes of it."""

EVENTS = f"SELECT {', '.join(EVENT_COLUMNS)} FROM events WHERE event_key "  # noqa: S608 - our own names


def payload_values(writes: Writes) -> Iterator[tuple[Any, ...]]:
    """The rows of payloads, in the order of ``PAYLOAD_COLUMNS``."""
    for payload, received_at in writes.payloads.values():
        yield (payload.id, payload.source, payload.content_type, payload.body, received_at)


def event_values(writes: Writes) -> Iterator[tuple[Any, ...]]:
    """The rows of new events, in the order of ``EVENT_COLUMNS``."""
    for event in writes.events:
        named = (event.id, event.key, event.payload_id, event.source, *event.record)
        status, problem, remarks, decision_id, handoff_id, settled_at = _settled(event)
        verdict = (status, problem, remarks, decision_id, handoff_id)
        yield (*named, *verdict, event.actor, event.request_id, event.received_at, settled_at)


def settled_values(writes: Writes) -> Iterator[tuple[Any, ...]]:
    """What changes of events that were tried again, in the order of ``SETTLED_COLUMNS``, and the id."""
    for event in writes.settled:
        yield (*_settled(event), event.id)


def record_values(writes: Writes) -> Iterator[tuple[Any, ...]]:
    """What is known of records, in the order of ``RECORD_COLUMNS``, and of their names."""
    for (kind, record_id), (known, changed_at) in sorted(writes.records.items()):
        yield (kind, record_id, known, changed_at)


def _settled(event: RecordedEvent) -> tuple[Any, ...]:
    problem, remarks = _said(event.problem), _said(event.remarks)
    return (event.status, problem, remarks, event.decision_id, event.handoff_id, event.settled_at)


def _said(sentences: tuple[tuple[str | None, str], ...]) -> str | None:
    return orjson.dumps(sentences).decode() if sentences else None


def decode_event(row: EventRow) -> RecordedEvent:
    """The event that a row holds."""
    return RecordedEvent(
        id=row.id,
        key=row.event_key,
        payload_id=row.payload_id,
        source=row.source,
        record=(row.record_kind, row.record_id),
        status=EventStatus(row.status),
        problem=_sentences(row.problem),
        remarks=_sentences(row.remarks),
        decision_id=row.decision_id,
        handoff_id=row.handoff_id,
        actor=row.actor,
        request_id=row.request_id,
        received_at=row.received_at,
        settled_at=row.settled_at,
    )


def _sentences(text: str | None) -> tuple[tuple[str | None, str], ...]:
    return () if text is None else tuple((field, sentence) for field, sentence in orjson.loads(text))


def decode_events(rows: Iterable[tuple[Any, ...]], decoders: Decoders) -> dict[str, RecordedEvent]:
    """Events by their keys, from the rows of ``EVENTS``."""
    found = {}
    for row in rows:
        values = dict(zip(EVENT_COLUMNS, row, strict=True))
        for column in ("id", "payload_id", "decision_id", "handoff_id"):
            values[column] = None if values[column] is None else decoders.identifier(values[column])
        for column in ("received_at", "settled_at"):
            values[column] = decoders.instant(values[column])
        found[values["event_key"]] = decode_event(EventRow(**values))
    return found


def decode_records(rows: Iterable[tuple[Any, ...]]) -> dict[RecordName, str]:
    """What is known of records, each by kind, identifier and what is known."""
    return {(kind, record_id): known for kind, record_id, known in rows}
