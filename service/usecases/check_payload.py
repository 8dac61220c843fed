"""Say what a payload of a CRM would state, field by field, by a mapping; nothing is recorded."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.crm.facts_by_name import ID_PLACE, PLAIN_NAMES, NamedFact
from service.crm.facts_patch import JsonValue, Patch
from service.crm.known_record import RecordChange, RecordKind
from service.crm.mapping import FieldMapping
from service.crm.payloads import impossible, milliseconds_to, moment_of
from service.crm.record_mapping import RecordMapping
from service.crm.signed.plain_events import PLAIN_MAPPINGS
from service.domain.rows import Fault
from service.usecases.read_payload import EventSource, changes_in

_ID = "Id"
"""The field of Salesforce's that says which record it is."""


class Use(StrEnum):
    """What a field comes to: it states a fact or that it is unknown, is known to state nothing, or is not mapped."""

    STATES = "states"
    UNKNOWN = "unknown"
    UNUSED = "unused"
    UNMAPPED = "unmapped"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedField:
    """A field, the fact that it is mapped to, and the value that it states. It is None where the event itself does.

    The ``fact`` of the field that says when the record last changed is ``changed_at``.
    """

    field: str | None
    use: Use
    fact: str | None = None
    value: JsonValue = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedEvent:
    """What an event tells of a record, and why it would be rejected, if it would, before it is put with any other."""

    record_kind: RecordKind
    record_id: str
    at: datetime
    deletes: bool
    problem: tuple[Fault, ...]
    fields: tuple[CheckedField, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPayload:
    """The events of a payload, and by the fields that the mapping has for them the facts that none of them states."""

    events: tuple[CheckedEvent, ...]
    absent: Mapping[str, str]


def check_payload(source: EventSource, body: bytes, mapping: FieldMapping, received_at: datetime) -> CheckedPayload:
    """What each event of a payload that is about an account or an opportunity states.

    Raises:
        MalformedPayloadError: it is not what its source promises.
    """
    changes = changes_in(source, body, "checked", mapping, received_at)
    mappings = {change.kind: _mapping_of(source, change.kind, mapping) for change in changes}
    orders = mapping.changed_at if source is EventSource.SALESFORCE_OUTBOUND else ()
    stated = {name for change in changes for name in change.patch.stated}
    named = ((field, _name(fact)) for each in mappings.values() for field, fact in each.facts.items())
    return CheckedPayload(
        events=tuple(_checked(change, mappings[change.kind], orders, received_at) for change in changes),
        absent={field: name for field, name in named if name not in stated and name != ID_PLACE[-1]},
    )


def _mapping_of(source: EventSource, kind: RecordKind, mapping: FieldMapping) -> RecordMapping:
    if source is EventSource.EVENTS:
        return PLAIN_MAPPINGS[kind]
    if kind is RecordKind.OPPORTUNITY:
        return mapping.opportunity.record
    return mapping.company if source is EventSource.HUBSPOT else mapping.account


def _checked(
    change: RecordChange, mapping: RecordMapping, orders: Sequence[str], received_at: datetime
) -> CheckedEvent:
    dated = impossible(change.order.instant_ms, milliseconds_to(received_at))
    return CheckedEvent(
        record_kind=change.kind,
        record_id=change.about,
        at=moment_of(change.order.instant_ms),
        deletes=change.deletes,
        problem=change.patch.faults or (() if dated is None else (Fault(field=None, reason=dated),)),
        fields=tuple(_fields(change.patch, mapping, orders)),
    )


def _fields(patch: Patch, mapping: RecordMapping, orders: Sequence[str]) -> Iterator[CheckedField]:
    orders = [field for field in orders if field in patch.unused][:1]
    remarks = {each.field: f"{each.value} {each.reason}".strip() for each in patch.remarks}
    for field, fact in patch.fields.items():
        value, reason = patch.stated[fact], remarks.get(field)
        if value is None:
            yield CheckedField(field=field, use=Use.UNKNOWN, fact=fact, reason=reason or "it has no value")
        else:
            yield CheckedField(field=field, use=Use.STATES, fact=fact, value=value, reason=reason)
    for fact in patch.stated.keys() - patch.fields.values():
        yield CheckedField(field=None, use=Use.STATES, fact=fact, value=patch.stated[fact])
    for field in patch.unused:
        if field in orders:
            yield CheckedField(field=field, use=Use.STATES, fact="changed_at")
        elif field != _ID:
            yield CheckedField(field=field, use=Use.UNUSED if field in mapping.not_used else Use.UNMAPPED)


def _name(fact: NamedFact) -> str:
    return PLAIN_NAMES.get(fact.place, fact.name)
