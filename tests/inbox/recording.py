"""Change events to record, without a service in between."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from service.crm.known_record import RecordChange
from service.crm.mapping import FieldMapping
from service.domain.identifiers import uuid7
from service.store.database import Database
from service.store.inbox import Payload, RecordedEvent
from service.store.recording import Asked, Submission
from service.usecases.read_payload import EventSource, changes_in
from service.usecases.receive_events import Reception, receive, record
from tests.builders import ON
from tests.crm.mapped import USUAL
from tests.inbox.messages import Event, as_json
from tests.store.jobs import AT


def submissions_of(
    database: Database, events: list[Event], number: int, mapping: FieldMapping = USUAL
) -> tuple[Submission[RecordedEvent], ...]:
    """The events of one payload as submissions to a recorder; its identifiers are made of its number."""
    payload, reception = _posted(events, number, lambda: uuid7(AT, number))
    return receive(database, payload, _changes(payload, mapping), replace(reception, mapping=mapping))


async def record_post(
    database: Database, events: list[Event], number: int, new_id: Callable[[], UUID]
) -> tuple[RecordedEvent, ...]:
    """Record the events of one post. ``new_id`` is asked for each opportunity as it is looked at."""
    payload, reception = _posted(events, number, new_id)
    return await record(database, payload, _changes(payload), reception)


def _posted(events: list[Event], number: int, new_id: Callable[[], UUID]) -> tuple[Payload, Reception]:
    source = EventSource.SALESFORCE_CHANGES
    payload = Payload(id=uuid7(AT, number), source=source, content_type="application/json", body=as_json(events))
    reception = Reception(mapping=USUAL, at=AT, today=ON, new_id=new_id, asked=Asked("crm", source, "request-1"))
    return payload, reception


def _changes(payload: Payload, mapping: FieldMapping = USUAL) -> tuple[RecordChange, ...]:
    return changes_in(EventSource(payload.source), payload.body, "", mapping, AT)
