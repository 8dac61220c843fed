"""Change Data Capture of Salesforce, in JSON as a bridge posts it: who changed what, and in which order."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import orjson

from service.crm.payloads import (
    LARGEST_NUMBER,
    MalformedPayloadError,
    Part,
    milliseconds_from,
    milliseconds_to,
    moment_of,
    parse_json,
    quoted,
)
from service.crm.statements import EventOrder
from service.crm.unreadable import UnreadableEvent

_LARGEST_BODY: Final = 8_000_000
_MOST_EVENTS: Final = 1000
_MOST_RECORDS: Final = 2000
_MOST_CHANGES: Final = 10_000
_MOST_FIELDS: Final = 1000
_LARGEST_SEQUENCE: Final = 2**31 - 1
# The nested fields of a compound one have its place before theirs. A field's own name begins with a letter.
_BITMAP = re.compile(r"([0-9]+-)?0x[0-9A-Fa-f]*")
_HEADER: Final = "ChangeEventHeader"
_ENTITIES: Final = frozenset({"Account", "Opportunity"})
_WRAPPERS: Final = ("data", "detail", "payload")
_OVERFLOW_RECORD: Final = "000000000000000AAA"


class ChangeType(StrEnum):
    """What happened to the records. A gap says that something did, and was lost on its way: it has no fields.

    ``REREAD`` is none of Salesforce's: with it a person or a bridge states that all of the records was read again.
    """

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    UNDELETE = "UNDELETE"
    GAP_CREATE = "GAP_CREATE"
    GAP_UPDATE = "GAP_UPDATE"
    GAP_DELETE = "GAP_DELETE"
    GAP_UNDELETE = "GAP_UNDELETE"
    GAP_OVERFLOW = "GAP_OVERFLOW"
    REREAD = "REREAD"

    @property
    def is_gap(self) -> bool:
        """Whether what happened is not told."""
        return self.value.startswith("GAP_")

    @property
    def deletes(self) -> bool:
        """Whether the records are gone."""
        return self in {ChangeType.DELETE, ChangeType.GAP_DELETE}

    @property
    def tells_all(self) -> bool:
        """Whether the event carries every field that has a value."""
        return self in {ChangeType.CREATE, ChangeType.UNDELETE}

    @property
    def has_fields(self) -> bool:
        """Whether the event carries fields."""
        return self.tells_all or self is ChangeType.UPDATE


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeEvent:
    """The same change to one or more records of an entity.

    ``fields`` are as JSON has them: those that changed, and at a creation or undeletion all that have a value. None
    says that a field was emptied. ``key`` is unique to the event.
    """

    entity: str
    record_ids: tuple[str, ...]
    change_type: ChangeType
    fields: Mapping[str, Any]
    committed_at: datetime
    sequence: int
    key: str

    @property
    def is_of_every_record(self) -> bool:
        """Whether the event is of all records of its entity, named by none (an overflow, or ``001*``)."""
        return self.change_type is ChangeType.GAP_OVERFLOW or any(
            record == _OVERFLOW_RECORD or record.endswith("*") for record in self.record_ids
        )

    def order(self, record_id: str) -> EventOrder:
        """Where the change to one of the records stands among all of them; its key is unique to event and record."""
        key = f"{self.key}/{record_id}"
        return EventOrder(instant_ms=milliseconds_to(self.committed_at), sequence=self.sequence, key=key)


def read_change_events(body: bytes) -> tuple[ChangeEvent | UnreadableEvent, ...]:
    """Read one event or a list of them, each bare or in the wrapping of Salesforce's streams and event buses.

    Events of entities that are not taken are passed over, whatever else stands in them.

    Raises:
        MalformedPayloadError: none of it says of what entity it is, or it is too much; the message says where.
    """
    sent = parse_json(body, at_most=_LARGEST_BODY)
    events = sent.items(at_most=_MOST_EVENTS) if isinstance(sent.value, list) else (sent,)
    told = [_event_or_reason(part) for part in map(_unwrapped, events)]
    read = tuple(event for event in told if event is not None)
    unnamed = [event for event in read if isinstance(event, UnreadableEvent) and not event.object_type]
    if unnamed and len(unnamed) == len(told):
        raise MalformedPayloadError(unnamed[0].reason)
    changes = sum(len(event.record_ids) for event in read if isinstance(event, ChangeEvent))
    if changes > _MOST_CHANGES:
        raise MalformedPayloadError(f"The body tells of {changes:,} changes of records; the most is {_MOST_CHANGES:,}")
    return read


def _unwrapped(part: Part) -> Part:
    # Each step goes one level down, and JSON has been read with a bound to its depth.
    while not part.has(_HEADER):
        wrapper = next((name for name in _WRAPPERS if part.has(name)), None)
        if wrapper is None:
            break
        part = part.member(wrapper)
    return part


def _entity(part: Part) -> str:
    return part.member(_HEADER).member("entityName").text()


def _event_or_reason(part: Part) -> ChangeEvent | UnreadableEvent | None:
    entity = ""
    try:
        entity = _entity(part)
        return _event(part) if entity in _ENTITIES else None
    except MalformedPayloadError as error:
        return _unreadable(part, entity, str(error))


def _unreadable(part: Part, entity: str, reason: str) -> UnreadableEvent:
    told = part.value if isinstance(part.value, dict) else {"": part.value}
    header = told.get(_HEADER)
    told = {**told, **(header if isinstance(header, dict) else {})}
    records = told.get("recordIds")
    first = records[0] if isinstance(records, list) and records else None
    # What is nested without end could not be written.
    flat = {name: value for name, value in told.items() if not isinstance(value, dict | list)}
    return UnreadableEvent(
        reason=reason,
        content=orjson.dumps({**flat, "recordIds": str(first)}, option=orjson.OPT_SORT_KEYS),
        record_id=first if isinstance(first, str) and first else None,
        object_type=entity,
    )


def _event(part: Part) -> ChangeEvent:
    header = part.member(_HEADER)
    change_type = _change_type(header.member("changeType"))
    instant_ms = header.member("commitTimestamp").whole_number(at_most=LARGEST_NUMBER)
    sequence = header.member("sequenceNumber").whole_number(at_most=_LARGEST_SEQUENCE)
    transaction = header.member("transactionKey").text()
    records = header.member("recordIds").items(at_most=_MOST_RECORDS)
    if not records:
        raise header.member("recordIds").refused("names no record")
    return ChangeEvent(
        entity=_entity(part),
        record_ids=tuple(record.text() for record in records),
        change_type=change_type,
        fields=dict(_fields(part, header, change_type)) if change_type.has_fields else {},
        committed_at=moment_of(milliseconds_from(instant_ms)),
        sequence=sequence,
        key=f"{transaction}/{sequence}",
    )


def _change_type(part: Part) -> ChangeType:
    text = part.text()
    try:
        return ChangeType(text)
    except ValueError:
        raise part.refused(f"is {quoted(text)}, which is no type of change") from None


def _fields(part: Part, header: Part, change_type: ChangeType) -> Iterator[tuple[str, Any]]:
    """The fields that the event tells of.

    Decoded from Avro an update has every field of the entity, null where it did not change: of these it tells nothing.
    """
    changed = set(_field_names(header, "changedFields"))
    emptied = set(_field_names(header, "nulledFields"))
    differences = set(_field_names(header, "diffFields"))
    stated = {name: value for name, value in part.members().items() if name != _HEADER}
    if len(stated) > _MOST_FIELDS:
        raise part.refused(f"has {len(stated):,} fields; the most is {_MOST_FIELDS:,}")
    for name, value in {**stated, **dict.fromkeys(sorted(emptied))}.items():
        unchanged = value is None and changed and name not in changed and name not in emptied
        if name not in differences and not (unchanged and change_type is ChangeType.UPDATE):
            yield name, value


def _field_names(header: Part, name: str) -> tuple[str, ...]:
    part = header.member(name)
    if not part.is_given:
        return ()
    names = tuple(field.text() for field in part.items(at_most=_MOST_FIELDS))
    if any(map(_BITMAP.fullmatch, names)):
        raise part.refused("is a bitmap; the bridge has to write it as names of fields")
    return names
