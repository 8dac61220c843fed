"""An event as every entry point answers it."""

from typing import Any

from service.store.inbox import RecordedEvent


def event_body(event: RecordedEvent) -> dict[str, Any]:
    """An event and what became of it, of values that ``to_json`` writes."""
    kind, record_id = event.record
    return {
        "id": event.id,
        "key": event.key,
        "source": event.source,
        "record_kind": kind,
        "record_id": record_id,
        "status": event.status,
        "problem": [{"field": field, "reason": reason} for field, reason in event.problem],
        "remarks": [{"field": field, "reason": reason} for field, reason in event.remarks],
        "decision_id": event.decision_id,
        "handoff_id": event.handoff_id,
        "payload_id": event.payload_id,
        "actor": event.actor,
        "request_id": event.request_id,
        "received_at": event.received_at,
        "settled_at": event.settled_at,
        "repeated": event.repeated,
    }
