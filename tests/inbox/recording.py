"""Change events as submissions to a recorder, without a service in between."""

from service.domain.identifiers import uuid7
from service.store.database import Database
from service.store.inbox import Payload, RecordedEvent
from service.store.recording import Asked, Submission
from service.usecases.read_payload import EventSource, changes_in
from service.usecases.receive_events import Reception, receive
from tests.builders import ON
from tests.crm.mapped import USUAL
from tests.inbox.messages import Event, as_json
from tests.store.jobs import AT


def submissions_of(database: Database, events: list[Event], number: int) -> tuple[Submission[RecordedEvent], ...]:
    """The events of one payload, whose identifiers are made of its number."""
    source = EventSource.SALESFORCE_CHANGES
    body = as_json(events)
    payload = Payload(id=uuid7(AT, number), source=source, content_type="application/json", body=body)
    reception = Reception(
        mapping=USUAL, today=ON, new_id=lambda: uuid7(AT, number), asked=Asked("crm", source, "request-1")
    )
    changes = changes_in(source, body, "", USUAL, AT)
    return receive(database, payload, changes, reception)
