"""Read what a CRM sent, by the entry point through which it came."""

from datetime import datetime
from enum import StrEnum

from service.crm.hubspot.events import changes_of_hubspot, read_hubspot_events
from service.crm.known_record import RecordChange
from service.crm.mapping import FieldMapping
from service.crm.salesforce.change_events import read_change_events
from service.crm.salesforce.changes import changes_of_events, changes_of_message
from service.crm.salesforce.outbound_messages import read_outbound_message
from service.crm.signed.plain_events import changes_of_plain_event


class EventSource(StrEnum):
    """The entry points through which CRMs tell."""

    SALESFORCE_OUTBOUND = "salesforce-outbound"
    SALESFORCE_CHANGES = "salesforce-changes"
    HUBSPOT = "hubspot"
    EVENTS = "events"


def key_of(source: str, order_key: str, about: str) -> str:
    """The key of an event, from that of its order and what it is about."""
    return f"{source}:{quoted_part(order_key)}:{quoted_part(about)}"


def quoted_part(text: str) -> str:
    """A part of a key. Joined as they stand, a + b:c and a:b + c would be one."""
    return text.replace("%", "%25").replace(":", "%3A")


def changes_in(
    source: EventSource, body: bytes, message_id: str, mapping: FieldMapping, received_at: datetime
) -> tuple[RecordChange, ...]:
    """The changes that a payload tells of. ``message_id`` names a message of ``EVENTS``.

    Raises:
        MalformedPayloadError: it is not what its source promises.
    """
    match source:
        case EventSource.SALESFORCE_OUTBOUND:
            return changes_of_message(read_outbound_message(body), mapping, received_at)
        case EventSource.SALESFORCE_CHANGES:
            return changes_of_events(read_change_events(body), mapping)
        case EventSource.HUBSPOT:
            return changes_of_hubspot(read_hubspot_events(body), mapping)
        case EventSource.EVENTS:
            return changes_of_plain_event(body, message_id, mapping.zone)


def kept_of(source: EventSource, body: bytes) -> bytes:
    """What may be kept of a payload that its changes were read from."""
    return read_outbound_message(body).kept if source is EventSource.SALESFORCE_OUTBOUND else body
