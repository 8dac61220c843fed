"""Change events to record, without a service in between."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import count
from uuid import UUID

from service.crm.known_record import RecordChange
from service.crm.mapping import FieldMapping
from service.domain.identifiers import uuid7
from service.store.database import Database
from service.store.event_retries import RecordedRetry
from service.store.inbox import EventFilter, Payload, RecordedEvent
from service.store.recording import Asked, Submission
from service.usecases.read_payload import EventSource, changes_in
from service.usecases.receive_events import Reception, receive, record
from service.usecases.retry_events import retry_matching
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


async def retry_all_events(database: Database, at: datetime, mapping: FieldMapping) -> Mapping[str, int]:
    """Try all events again, as the background does; gives how many became what."""
    outcomes: dict[str, int] = {}
    retry = RecordedRetry(
        id=uuid7(at, 0),
        wanted=EventFilter(),
        requested_by="mender",
        requested_at=at,
        request_id="request-2",
        outcomes={},
        after_payload_id=UUID(int=0),
        finished_at=None,
    )
    numbers = count(1)
    reception = Reception(
        mapping=mapping,
        at=at,
        today=ON,
        new_id=lambda: uuid7(at, next(numbers)),
        asked=Asked("mender", "", "request-2"),
        again=True,
    )
    await retry_matching(database, retry, reception, lambda _, told: outcomes.update(told))
    return outcomes


def _posted(events: list[Event], number: int, new_id: Callable[[], UUID]) -> tuple[Payload, Reception]:
    source = EventSource.SALESFORCE_CHANGES
    payload = Payload(id=uuid7(AT, number), source=source, content_type="application/json", body=as_json(events))
    reception = Reception(mapping=USUAL, at=AT, today=ON, new_id=new_id, asked=Asked("crm", source, "request-1"))
    return payload, reception


def _changes(payload: Payload, mapping: FieldMapping = USUAL) -> tuple[RecordChange, ...]:
    return changes_in(EventSource(payload.source), payload.body, "", mapping, AT)
