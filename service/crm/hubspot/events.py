"""Webhook events of HubSpot, as one request brings them: in any order, and perhaps not for the first time.

What they tell are changes of accounts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from service.crm.facts_patch import NOTHING, Patch, facts_patch
from service.crm.known_record import EventOrder, RecordChange, RecordKind
from service.crm.mapping import FieldMapping
from service.crm.payloads import LARGEST_NUMBER, Part, milliseconds_from, milliseconds_to, moment_of, parse_json
from service.crm.record_mapping import RecordMapping
from service.domain.calendar import day_of

_LARGEST_BODY: Final = 2_000_000
_MOST_EVENTS: Final = 100
_TYPES_BY_NUMBER: Final = {"0-1": "contact", "0-2": "company", "0-3": "deal"}


class Happening(StrEnum):
    """What happened to the object. ``OTHER`` is anything that states no fact, a merge or an association for example."""

    PROPERTY_CHANGE = "propertyChange"
    CREATION = "creation"
    DELETION = "deletion"
    RESTORE = "restore"
    OTHER = "other"


_THERE: Final = frozenset({Happening.CREATION, Happening.RESTORE})


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSpotEvent:
    """One event. Of a change of a property it has the new value: None where it was emptied.

    ``key`` is the same whenever the event is delivered again; HubSpot's own number alone is not unique.
    """

    object_type: str
    happening: Happening
    object_id: str
    property_name: str | None
    property_value: Any
    occurred_at: datetime
    key: str

    @property
    def order(self) -> EventOrder:
        """Where the event stands among all of its portal's."""
        return EventOrder(instant_ms=milliseconds_to(self.occurred_at), sequence=0, key=self.key)


def read_hubspot_events(body: bytes) -> tuple[HubSpotEvent, ...]:
    """Read the events of one request, at most a hundred.

    Raises:
        MalformedPayloadError: the body is not a list of them; the message says where.
    """
    return tuple(map(_event, parse_json(body, at_most=_LARGEST_BODY).items(at_most=_MOST_EVENTS)))


def changes_of_hubspot(events: Iterable[HubSpotEvent], mapping: FieldMapping) -> tuple[RecordChange, ...]:
    """The changes of companies; other objects, and what states nothing, are passed over."""
    return tuple(
        RecordChange(
            kind=RecordKind.ACCOUNT,
            record_id=event.object_id,
            order=event.order,
            patch=_patch(event, mapping.company),
            deletes=event.happening is Happening.DELETION,
            is_there=event.happening in _THERE,
        )
        for event in events
        if event.object_type == "company" and event.happening is not Happening.OTHER
    )


def _event(part: Part) -> HubSpotEvent:
    subscription_type = part.member("subscriptionType").text()
    of_type, _, what = subscription_type.partition(".")
    happening = Happening(what) if what in list(Happening) else Happening.OTHER
    object_type = _object_type(part) if of_type == "object" else of_type
    changes = happening is Happening.PROPERTY_CHANGE
    property_name = part.member("propertyName").text() if changes else None
    portal_id = _number(part.member("portalId"))
    object_id = "" if happening is Happening.OTHER else _number(part.member("objectId"))
    instant_ms = part.member("occurredAt").whole_number(at_most=LARGEST_NUMBER)
    event_id = _number(part.member("eventId"))
    return HubSpotEvent(
        object_type=object_type,
        happening=happening,
        object_id=object_id,
        property_name=property_name,
        property_value=part.members().get("propertyValue") if changes else None,
        occurred_at=moment_of(milliseconds_from(instant_ms)),
        key="/".join((portal_id, subscription_type, object_id, property_name or "", str(instant_ms), event_id)),
    )


def _patch(event: HubSpotEvent, company: RecordMapping) -> Patch:
    if event.property_name is not None:
        return facts_patch({event.property_name: event.property_value}, company)
    if event.happening is Happening.CREATION:
        # The event has no properties, and its moment is the one thing that it says of the company.
        return Patch(stated={"crm_created_on": day_of(event.occurred_at, company.zone).isoformat()})
    return NOTHING


def _object_type(part: Part) -> str:
    number = part.member("objectTypeId").text()
    return _TYPES_BY_NUMBER.get(number, number)


def _number(part: Part) -> str:
    return str(part.whole_number(at_most=LARGEST_NUMBER))
