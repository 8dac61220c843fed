"""Webhook events of HubSpot, as one request brings them: in any order, and perhaps not for the first time.

What they tell are changes of accounts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import orjson

from service.crm.facts_patch import NOTHING, Patch, facts_patch
from service.crm.known_record import RecordChange, RecordKind
from service.crm.mapping import FieldMapping
from service.crm.payloads import (
    LARGEST_NUMBER,
    MalformedPayloadError,
    Part,
    milliseconds_from,
    milliseconds_to,
    moment_of,
    parse_json,
)
from service.crm.record_mapping import RecordMapping
from service.crm.statements import EventOrder
from service.crm.unreadable import UnreadableEvent
from service.domain.calendar import day_of

_LARGEST_BODY: Final = 2_000_000
_MOST_EVENTS: Final = 100
_COMPANY: Final = "0-2"
_ANEW: Final = frozenset({"attemptNumber"})
"""What differs when an event is delivered again."""


class Happening(StrEnum):
    """What happened to a company. Anything else states no fact, a merge or an association for example."""

    PROPERTY_CHANGE = "propertyChange"
    CREATION = "creation"
    DELETION = "deletion"
    RESTORE = "restore"


_THERE: Final = frozenset({Happening.CREATION, Happening.RESTORE})


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSpotEvent:
    """One event about a company. Of a change of a property it has the new value: None where it was emptied.

    ``key`` is the same whenever the event is delivered again; HubSpot's own number alone is not unique.
    """

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


def read_hubspot_events(body: bytes) -> tuple[HubSpotEvent | UnreadableEvent, ...]:
    """Read the events about companies of one request, which has at most a hundred events.

    Other objects, and what states nothing, are passed over, whatever else stands in them.

    Raises:
        MalformedPayloadError: the body is no list of so many; the message says where.
    """
    events = map(_event, parse_json(body, at_most=_LARGEST_BODY).items(at_most=_MOST_EVENTS))
    return tuple(event for event in events if event is not None)


def changes_of_hubspot(
    events: Iterable[HubSpotEvent | UnreadableEvent], mapping: FieldMapping
) -> tuple[RecordChange, ...]:
    """The changes of companies."""
    return tuple(
        event.change(RecordKind.ACCOUNT)
        if isinstance(event, UnreadableEvent)
        else RecordChange(
            kind=RecordKind.ACCOUNT,
            record_id=event.object_id,
            order=event.order,
            patch=_patch(event, mapping.company),
            deletes=event.happening is Happening.DELETION,
            is_there=event.happening in _THERE,
        )
        for event in events
    )


def _event(part: Part) -> HubSpotEvent | UnreadableEvent | None:
    try:
        subscription_type = part.member("subscriptionType").text()
        of_type, _, what = subscription_type.partition(".")
        if what not in list(Happening) or not _is_of_a_company(of_type, part):
            return None
        return _of_a_company(part, subscription_type, Happening(what))
    except MalformedPayloadError as error:
        return _unreadable(part, str(error))


def _is_of_a_company(of_type: str, part: Part) -> bool:
    return part.member("objectTypeId").text() == _COMPANY if of_type == "object" else of_type == "company"


def _of_a_company(part: Part, subscription_type: str, happening: Happening) -> HubSpotEvent:
    changes = happening is Happening.PROPERTY_CHANGE
    property_name = part.member("propertyName").text() if changes else None
    portal_id = _number(part.member("portalId"))
    object_id = _number(part.member("objectId"))
    instant_ms = part.member("occurredAt").whole_number(at_most=LARGEST_NUMBER)
    event_id = _number(part.member("eventId"))
    return HubSpotEvent(
        happening=happening,
        object_id=object_id,
        property_name=property_name,
        property_value=part.members().get("propertyValue") if changes else None,
        occurred_at=moment_of(milliseconds_from(instant_ms)),
        key="/".join((portal_id, subscription_type, object_id, property_name or "", str(instant_ms), event_id)),
    )


def _unreadable(part: Part, reason: str) -> UnreadableEvent:
    told = part.value if isinstance(part.value, dict) else {"": part.value}
    # An event is flat, and what is nested without end could not be written.
    flat = {name: value for name, value in told.items() if not isinstance(value, dict | list) and name not in _ANEW}
    record = flat.get("objectId")
    return UnreadableEvent(
        reason=reason,
        content=orjson.dumps(flat, option=orjson.OPT_SORT_KEYS),
        record_id=str(record) if isinstance(record, str | int) and record else None,
    )


def _patch(event: HubSpotEvent, company: RecordMapping) -> Patch:
    if event.property_name is not None:
        return facts_patch({event.property_name: event.property_value}, company)
    if event.happening is Happening.CREATION:
        # The event has no properties, and its moment is the one thing that it says of the company.
        return Patch(stated={"crm_created_on": day_of(event.occurred_at, company.zone).isoformat()})
    return NOTHING


def _number(part: Part) -> str:
    return str(part.whole_number(at_most=LARGEST_NUMBER))
