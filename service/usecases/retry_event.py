"""Try a rejected event again, from what was sent, with the mapping as it is now."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from service.crm.mapping import FieldMapping
from service.store.database import Database
from service.store.events import find_event, find_payload
from service.store.inbox import RecordedEvent
from service.store.recording import Submission
from service.usecases.classify import Asked
from service.usecases.read_payload import EventSource, changes_in
from service.usecases.receive_events import Reception, event_key, receive


def retry(
    database: Database, event_id: UUID, mapping: FieldMapping, today: date, new_id: Callable[[], UUID], asked: Asked
) -> Submission[RecordedEvent] | None:
    """The event to be recorded anew; None where there is none of that identifier.

    Whether it is still rejected is asked when that is recorded.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    event = find_event(database.engine, event_id)
    payload = None if event is None else find_payload(database.engine, event.payload_id)
    if event is None or payload is None:
        return None
    source = EventSource(event.source)
    message_id = event.key.removeprefix(f"{source}:").removesuffix(f":{event.record[1]}")
    changes = changes_in(source, payload.body, message_id, mapping, event.received_at)
    (change,) = (change for change in changes if event_key(source, change) == event.key)
    reception = Reception(mapping=mapping, today=today, new_id=new_id, asked=asked, again=True)
    (submission,) = receive(database, payload, [change], reception)
    return submission
