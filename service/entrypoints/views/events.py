"""An event as every entry point answers it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Literal, TypeAlias, cast
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from service.store.event_retries import RecordedRetry
from service.store.inbox import EventStatus, RecordedEvent
from service.usecases.read_payload import EventSource

RecordKind: TypeAlias = Literal["account", "opportunity"]


class SaidBody(TypedDict):
    """What is said of a field; of the event as a whole where it is null."""

    field: Annotated[str | None, Field(description="The field, by its name in the CRM.")]
    reason: Annotated[str, Field(description="What is said of it.")]


class EventBody(TypedDict):
    """What a CRM told of one record, and what became of it."""

    id: Annotated[UUID, Field(description="The event's identifier.")]
    key: Annotated[str, Field(description="The same however often the event is delivered.")]
    source: Annotated[EventSource, Field(description="The entry point that it came through.")]
    record_kind: Annotated[RecordKind, Field(description="What kind of record it tells of.")]
    record_id: Annotated[str, Field(description="The record in the CRM; * is all, ? one that was not told.")]
    status: Annotated[EventStatus, Field(description="What became of it.")]
    problem: Annotated[Sequence[SaidBody], Field(description="Why it was rejected, or waits.")]
    remarks: Annotated[
        Sequence[SaidBody], Field(description="Values that the rules do not know, so that their facts are unknown.")
    ]
    reason: Annotated[str | None, Field(description="Why it was dismissed, if it was.")]
    decision_id: Annotated[UUID | None, Field(description="The decision that it led to, if any.")]
    handoff_id: Annotated[UUID | None, Field(description="The handoff that it started, if any.")]
    payload_id: Annotated[UUID, Field(description="The payload that brought it; others may have come with it.")]
    actor: Annotated[str, Field(description="Who sent it: the name of the API key, or the entry point.")]
    request_id: Annotated[str, Field(description="The request that brought it.")]
    received_at: Annotated[datetime, Field(description="When it was received.")]
    settled_at: Annotated[datetime, Field(description="When it became what it is: at receipt, or later.")]
    settled_by: Annotated[str, Field(description="Who had it become that.")]
    repeated: Annotated[bool, Field(description="It was recorded before, and this time nothing was.")]


class EventPage(TypedDict):
    """A page of events, newest first; the `Link` header leads to the next."""

    items: Annotated[Sequence[EventBody], Field(description="The events.")]


class RetryBody(TypedDict):
    """Events that are tried again, and how far that is."""

    id: Annotated[UUID, Field(description="The retry's identifier.")]
    status: Annotated[Literal["running", "done"], Field(description="Whether it is still under way.")]
    tried: Annotated[int, Field(description="The events tried so far.")]
    applied: Annotated[int, Field(description="Those that were applied.")]
    superseded: Annotated[int, Field(description="Those that others have made good.")]
    waiting: Annotated[int, Field(description="Those that wait.")]
    rejected: Annotated[int, Field(description="Those that are rejected still.")]
    requested_by: Annotated[str, Field(description="Who asked for it.")]
    requested_at: Annotated[datetime, Field(description="When it was asked for.")]
    finished_at: Annotated[datetime | None, Field(description="When it was done; null until then.")]


class ReceivedBody(TypedDict):
    """What became of each event of a payload, in the CRM's order."""

    events: Annotated[Sequence[EventBody], Field(description="The events.")]


def render_event(event: RecordedEvent) -> EventBody:
    """An event and what became of it."""
    kind, record_id = event.record
    return {
        "id": event.id,
        "key": event.key,
        "source": EventSource(event.source),
        "record_kind": cast("RecordKind", kind),
        "record_id": record_id,
        "status": event.status,
        "problem": [{"field": field, "reason": reason} for field, reason in event.problem],
        "remarks": [{"field": field, "reason": reason} for field, reason in event.remarks],
        "reason": event.reason,
        "decision_id": event.decision_id,
        "handoff_id": event.handoff_id,
        "payload_id": event.payload_id,
        "actor": event.actor,
        "request_id": event.request_id,
        "received_at": event.received_at,
        "settled_at": event.settled_at,
        "settled_by": event.settled_by,
        "repeated": event.repeated,
    }


def render_retry(retry: RecordedRetry) -> RetryBody:
    """A retry, and how far it is."""
    came_to = {status: retry.outcomes.get(status, 0) for status in EventStatus}
    return {
        "id": retry.id,
        "status": "running" if retry.finished_at is None else "done",
        "tried": sum(retry.outcomes.values()),
        "applied": came_to[EventStatus.APPLIED],
        "superseded": came_to[EventStatus.SUPERSEDED],
        "waiting": came_to[EventStatus.WAITING],
        "rejected": came_to[EventStatus.REJECTED],
        "requested_by": retry.requested_by,
        "requested_at": retry.requested_at,
        "finished_at": retry.finished_at,
    }


def render_received(events: Iterable[RecordedEvent]) -> ReceivedBody:
    """The events of a payload."""
    return {"events": [render_event(event) for event in events]}
