"""What Outbound Messages and change events tell, as changes of accounts and opportunities."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

import orjson
from pydantic import TypeAdapter, ValidationError

from service.crm.facts_by_name import OWNER_PLACE
from service.crm.facts_patch import facts_patch
from service.crm.known_record import RecordChange, RecordKind
from service.crm.mapping import FieldMapping
from service.crm.payloads import milliseconds_to, quoted
from service.crm.record_mapping import RecordMapping
from service.crm.salesforce.change_events import ChangeEvent, ChangeType
from service.crm.salesforce.outbound_messages import OutboundMessage
from service.crm.statements import EventOrder
from service.crm.unreadable import UnreadableEvent
from service.domain.fields import AccountId
from service.domain.rows import Fault

_ID: Final = TypeAdapter[str](AccountId)
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:?[0-9]{2})")


def changes_of_message(
    message: OutboundMessage, mapping: FieldMapping, received_at: datetime
) -> tuple[RecordChange, ...]:
    """The changes that a message tells of.

    The key of each is that of its notification with the record's stamp, or with a digest of its fields where it has
    none: a notification that is repeated tells what the record is by then, under the id that it had.

    A message says nothing of its order but what the record says of its last change; where it says nothing either, and
    for a deleted record, the message is taken to be of the moment at which it was received. What is neither account
    nor opportunity is passed over, and so is a deletion that does not say of what.
    """
    unreadable = (change for event in message.unreadable for change in _changes_unread(event, mapping))
    readable = (
        _with_full_id(
            RecordChange(
                kind=kind,
                record_id=notification.record_id,
                order=EventOrder(
                    instant_ms=milliseconds_to(changed_at or received_at),
                    sequence=0,
                    key=f"{notification.id}/{_version(notification.fields)}",
                ),
                stamp=changed_at,
                former_key=notification.id,
                patch=facts_patch(
                    {} if notification.deleted else notification.fields,
                    record,
                    () if notification.deleted else mapping.carried,
                ),
                deletes=notification.deleted,
                is_there=not notification.deleted,
                by_salesforce=True,
                tells_all=not notification.deleted
                and _deciding(record) <= notification.fields.keys() | mapping.carried,
            )
        )
        for notification in message.notifications
        for kind, record in _mapped(notification.object_type, mapping)
        for changed_at in (_changed_at(notification.fields, mapping.changed_at),)
        if notification.record_id is not None
    )
    return (*unreadable, *readable)


def _deciding(record: RecordMapping) -> set[str]:
    """The fields of the facts that may decide something: who tells all of these, tells all there is to know."""
    return {field for field, fact in record.facts.items() if fact.place != OWNER_PLACE}


def changes_of_events(
    events: Iterable[ChangeEvent | UnreadableEvent], mapping: FieldMapping
) -> tuple[RecordChange, ...]:
    """The changes that events tell of, one for each record; what is neither account nor opportunity is passed over.

    A creation and an undeletion tell all, so a fact that they leave out is unknown.
    """
    told = tuple(events)
    unreadable = (
        change for event in told if isinstance(event, UnreadableEvent) for change in _changes_unread(event, mapping)
    )
    readable = (
        _with_full_id(
            RecordChange(
                kind=kind,
                record_id=None if event.is_of_every_record else record_id,
                order=event.order(record_id),
                patch=patch,
                deletes=event.change_type.deletes,
                is_there=event.change_type.tells_all or event.change_type is ChangeType.GAP_UNDELETE,
                is_gap=event.change_type.is_gap,
                tells_all=event.change_type.tells_all or event.change_type is ChangeType.REREAD,
                by_salesforce=True,
            )
        )
        for event in told
        if isinstance(event, ChangeEvent)
        for kind, record in _mapped(event.entity, mapping)
        for patch in (facts_patch(event.fields, record, record.facts if event.change_type.tells_all else ()),)
        for record_id in event.record_ids
    )
    return (*unreadable, *readable)


def _changes_unread(event: UnreadableEvent, mapping: FieldMapping) -> Iterator[RecordChange]:
    # One that does not even say of what it is could be of an account.
    for kind, _ in _mapped(event.object_type or "Account", mapping):
        yield _with_full_id(event.change(kind)) if event.record_id else event.change(kind)


def _mapped(object_type: str, mapping: FieldMapping) -> Iterator[tuple[RecordKind, RecordMapping]]:
    if object_type == "Account":
        yield RecordKind.ACCOUNT, mapping.account
    if object_type == "Opportunity":
        yield RecordKind.OPPORTUNITY, mapping.opportunity.record


def _with_full_id(change: RecordChange) -> RecordChange:
    if change.record_id is None:
        return change
    try:
        full = _ID.validate_python(change.record_id)
        return change if full == change.record_id else replace(change, record_id=full)
    except ValidationError as error:
        fault = error.errors()[0]
        misspelt = fault["type"] == "string_pattern_mismatch"
        reason = f"{quoted(change.record_id)} is not an id" if misspelt else fault["msg"]
    faults = (*change.patch.faults, Fault(field="Id", reason=reason))
    return replace(change, patch=replace(change.patch, faults=faults))


def _version(fields: Mapping[str, str | None]) -> str:
    """What tells a state of a record from its others, whatever the mapping is."""
    stamp = _changed_at(fields, ("SystemModstamp",))
    if stamp is not None:
        return str(milliseconds_to(stamp))
    return hashlib.sha256(orjson.dumps(sorted(fields.items()))).hexdigest()[:16]


def _changed_at(fields: Mapping[str, str | None], names: Iterable[str]) -> datetime | None:
    for name in names:
        text = fields.get(name) or ""
        if _MOMENT.fullmatch(text):
            try:
                return datetime.fromisoformat(text)
            except ValueError:
                continue
    return None
