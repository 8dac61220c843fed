"""Payloads, events and what is known of a CRM's records, to rows and back."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter

import orjson

from service.domain.account_ids import forms_of, full_id
from service.store.batch import Writes
from service.store.inbox import EventStatus, OpenEvent, RecordedEvent, RecordName
from service.store.rows import Decoders, Insert, Row, Update, decode_row, value_of
from service.store.tables.events import CrmRecordRow, EventRow, PayloadRow

ACCOUNT = "account"
"""The kind of the records of accounts, which have the names of these."""
EVENTS = f"SELECT {', '.join(EventRow.model_fields)} FROM events WHERE event_key "  # noqa: S608 - our own names
_SETTLED = (
    *("status", "problem", "remarks", "decision_id", "handoff_id", "settled_at", "settled_by"),
    *("waits_for", "waits_until", "left_out", "reason"),
)
"""What a new attempt at a rejected event changes of it."""
_CLOSED = ("status", "settled_at", "settled_by", "waits_for", "waits_until")
"""What changes of an open event that another has made good."""
OPEN_COLUMNS = "e.record_kind, e.record_id, e.id, e.received_at, e.left_out"
OPEN_EVENTS = f"""
FROM events e {{by}}
WHERE e.record_id = asked.record_id AND e.record_kind = asked.record_kind AND e.status = '{EventStatus.REJECTED}'
LIMIT 1000
"""
"""Of a record that is ``asked`` for; where it has very many, not all of them. Found ``by`` an index."""


def in_all_forms(records: Iterable[RecordName]) -> list[RecordName]:
    """The names under which events of records may be on record."""
    return [(kind, form) for kind, name in records for form in (forms_of(name) if kind == ACCOUNT else (name,))]


def _payloads(writes: Writes) -> Iterator[Row]:
    """The rows of payloads."""
    for payload, received_at in writes.payloads.values():
        digest = hashlib.sha256(payload.body).hexdigest()
        yield (payload.id, payload.source, payload.content_type, payload.body, received_at, digest, None)


def _events(writes: Writes) -> Iterator[Row]:
    """The rows of new events."""
    for event in writes.events:
        named = (event.id, event.key, event.payload_id, event.source, *event.record)
        settled = _settled(event)
        verdict, rest = settled[: _SETTLED.index("settled_at")], settled[_SETTLED.index("settled_at") :]
        yield (*named, *verdict, event.actor, event.request_id, event.received_at, *rest)


def _tried_again(writes: Writes) -> Iterator[Row]:
    """What changes of events that were tried again, in the order of ``_SETTLED``, and the id."""
    for event in writes.settled:
        yield (*_settled(event), event.id)


def _records(writes: Writes) -> Iterator[Row]:
    """What is known of records, in the order of their names."""
    for (kind, record_id), known in sorted(writes.records.items(), key=itemgetter(0)):
        yield (kind, record_id, known.json, known.changed_at)


def _settled(event: RecordedEvent) -> Row:
    problem, remarks = _said(event.problem), _said(event.remarks)
    status, led_to = _STORED.get(event.status, event.status), (event.decision_id, event.handoff_id)
    left_out = None if event.left_out is None else orjson.dumps(event.left_out).decode()
    waits = (event.waits_for, event.waits_until)
    return (status, problem, remarks, *led_to, event.settled_at, event.settled_by, *waits, left_out, event.reason)


_STORED = {EventStatus.WAITING: EventStatus.REJECTED, EventStatus.DISMISSED: EventStatus.SUPERSEDED}


def _closed(writes: Writes) -> Iterator[Row]:
    """What changes of events that others have made good, in the order of ``_CLOSED``, and the id."""
    for event_id, by in writes.closed.items():
        yield (EventStatus.SUPERSEDED, by.settled_at, by.settled_by, None, None, event_id)


def _said(sentences: tuple[tuple[str | None, str], ...]) -> str | None:
    return orjson.dumps(sentences).decode() if sentences else None


def decode_event(row: EventRow) -> RecordedEvent:
    """The event that a row holds."""
    said = {"problem": _sentences(row.problem), "remarks": _sentences(row.remarks)}
    record, by = _name(row.record_kind, row.record_id), row.settled_by or row.actor
    own = {"status": _status(row), "settled_by": by, "left_out": _names(row.left_out)}
    return value_of(RecordedEvent, row, key=row.event_key, record=record, **own, **said)


def _name(kind: str, record_id: str) -> RecordName:
    return (kind, full_id(record_id) if kind == ACCOUNT else record_id)


def _status(row: EventRow) -> str:
    if row.status == EventStatus.REJECTED and (row.waits_for is not None or row.waits_until is not None):
        return EventStatus.WAITING
    return EventStatus.DISMISSED if row.status == EventStatus.SUPERSEDED and row.reason is not None else row.status


def _names(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(orjson.loads(text))


def _sentences(text: str | None) -> tuple[tuple[str | None, str], ...]:
    return () if text is None else tuple((field, sentence) for field, sentence in orjson.loads(text))


def decode_events(rows: Iterable[Row], decoders: Decoders) -> dict[str, RecordedEvent]:
    """Events by their keys, from the rows of ``EVENTS``."""
    events = (decode_event(decode_row(EventRow, row, decoders)) for row in rows)
    return {event.key: event for event in events}


def decode_open_events(rows: Iterable[Row], decoders: Decoders) -> dict[RecordName, Sequence[OpenEvent]]:
    """Open events by their records, from the rows of ``OPEN_EVENTS``."""
    found: dict[RecordName, list[OpenEvent]] = {}
    for kind, record_id, event_id, received_at, left_out in rows:
        event = OpenEvent(
            id=decoders.identifier(event_id), received_at=decoders.instant(received_at), left_out=_names(left_out)
        )
        found.setdefault(_name(kind, record_id), []).append(event)
    return {**found}


STATEMENTS = (
    Insert(EventRow, _events),
    Insert(
        CrmRecordRow,
        _records,
        "ON CONFLICT (kind, record_id) DO UPDATE SET known = excluded.known, changed_at = excluded.changed_at",
    ),
    Insert(PayloadRow, _payloads),
    Update(EventRow, _SETTLED, _tried_again),
    # Behind what was tried again: that may be open still, and made good by what was tried after it.
    Update(EventRow, _CLOSED, _closed),
)
"""What a batch writes of events."""
