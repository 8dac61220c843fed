"""The shapes of answers about events of CRMs, as published in ``openapi.yaml``."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from service.entrypoints.api.schemas import Shape
from service.store.inbox import EventStatus
from service.usecases.read_payload import EventSource


class SaidBody(Shape):
    """What is said of a field; of the event as a whole where it is null."""

    field: str | None
    reason: str


class EventBody(Shape):
    """What a CRM told of one record, and what became of it."""

    id: UUID
    key: str = Field(description="The same however often the event is delivered.")
    source: EventSource
    record_kind: Literal["account", "opportunity"]
    record_id: str = Field(description="The record in the CRM; * is all of them.")
    status: EventStatus
    problem: list[SaidBody] = Field(description="Why it was rejected.")
    remarks: list[SaidBody] = Field(description="Values that the rules do not know, so that their facts are unknown.")
    decision_id: UUID | None = Field(description="The decision that it led to, if any.")
    handoff_id: UUID | None = Field(description="The handoff that it started, if any.")
    payload_id: UUID
    actor: str
    request_id: str
    received_at: datetime
    settled_at: datetime = Field(description="When it became what it is: at receipt, or when it was tried again.")
    repeated: bool = Field(description="It was recorded before, and this time nothing was.")


class EventPage(Shape):
    """A page of events, newest first; the `Link` header leads to the next."""

    items: list[EventBody]


class ReceivedBody(Shape):
    """What became of each event of a payload, in the CRM's order."""

    events: list[EventBody]
