"""What HubSpot's events tell, as changes of accounts."""

from collections.abc import Iterable
from typing import Final

from service.crm.facts_patch import NOTHING, Patch, facts_patch
from service.crm.hubspot.events import Happening, HubSpotEvent
from service.crm.mapping import FieldMapping
from service.crm.merging import RecordChange, RecordKind
from service.crm.record_mapping import RecordMapping

_THERE: Final = frozenset({Happening.CREATION, Happening.RESTORE})


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


def _patch(event: HubSpotEvent, company: RecordMapping) -> Patch:
    if event.property_name is not None:
        return facts_patch({event.property_name: event.property_value}, company)
    if event.happening is Happening.CREATION:
        # The event has no properties, and its moment is the one thing that it says of the company.
        return Patch(stated={"crm_created_on": event.occurred_at.date().isoformat()})
    return NOTHING
