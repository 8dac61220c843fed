"""Events of any sender, as JSON with the names of facts: ``{"type": ..., "timestamp": ..., "data": {...}}``."""

import re
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Final

from service.crm.closed_won import OPPORTUNITY_FACTS
from service.crm.facts_by_name import FACTS_BY_NAME
from service.crm.facts_patch import NOTHING, Patch, facts_patch
from service.crm.known_record import RecordChange, RecordKind
from service.crm.payloads import Part, milliseconds_to, parse_json, quoted
from service.crm.readings import BadValueError, account_id
from service.crm.record_mapping import RecordMapping
from service.crm.statements import EventOrder
from service.domain.rows import Fault

_LARGEST_BODY: Final = 1_000_000
_MOST_FIELDS: Final = 200
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@~-]{0,63}", re.ASCII)
_OF_A_REQUEST: Final = frozenset({"id", "salesforce_id", "effective_on", "dedup_requested_by"})
_TYPES: Final = {
    "account.updated": (RecordKind.ACCOUNT, False),
    "account.deleted": (RecordKind.ACCOUNT, True),
    "opportunity.updated": (RecordKind.OPPORTUNITY, False),
    "opportunity.deleted": (RecordKind.OPPORTUNITY, True),
}
PLAIN_MAPPINGS: Final = {
    RecordKind.ACCOUNT: RecordMapping(
        facts={name: fact for name, fact in FACTS_BY_NAME.items() if name not in _OF_A_REQUEST}
    ),
    RecordKind.OPPORTUNITY: RecordMapping(facts=OPPORTUNITY_FACTS),
}


def changes_of_plain_event(body: bytes, message_id: str, zone: tzinfo) -> tuple[RecordChange, ...]:
    """The one change that an event tells of. A field that is absent states nothing, and null that it is unknown.

    A moment states the day that it falls on in the time zone.

    A field of another name is a fault: who writes the names of facts means them.

    Raises:
        MalformedPayloadError: it is not such an event; the message says where.
    """
    event = parse_json(body, at_most=_LARGEST_BODY)
    kind_of_event = event.member("type").text()
    if kind_of_event not in _TYPES:
        raise event.member("type").refused(f"is none of {', '.join(_TYPES)}")
    kind, deletes = _TYPES[kind_of_event]
    data = event.member("data")
    record_id = data.member("id").text()
    if not _ID.fullmatch(record_id):
        raise data.member("id").refused("is no id: letters, digits and . _ : @ ~ -, at most 64")
    try:
        full = account_id(record_id) if kind is RecordKind.ACCOUNT else record_id
    except BadValueError as error:
        raise data.member("id").refused(str(error)) from None
    return (
        RecordChange(
            kind=kind,
            record_id=full,
            named=record_id,
            order=EventOrder(instant_ms=_instant(event.member("timestamp")), sequence=0, key=message_id),
            patch=NOTHING if deletes else _patch(data, replace(PLAIN_MAPPINGS[kind], zone=zone)),
            deletes=deletes,
            is_there=not deletes,
        ),
    )


def _patch(data: Part, mapping: RecordMapping) -> Patch:
    fields = {name: value for name, value in data.members().items() if name != "id"}
    if len(fields) > _MOST_FIELDS:
        raise data.refused(f"has {len(fields)} members; the most is {_MOST_FIELDS}")
    patch = facts_patch(fields, mapping)
    strangers = tuple(Fault(field=name, reason="is no fact that an event can state") for name in patch.unused)
    return replace(patch, faults=(*patch.faults, *strangers), unused=())


def _instant(timestamp: Part) -> int:
    text = timestamp.text()
    try:
        if _MOMENT.fullmatch(text):
            return milliseconds_to(datetime.fromisoformat(text))
    except ValueError:
        pass
    raise timestamp.refused(f"is {quoted(text)}, which is no instant; write it as 2022-03-15T09:30:00Z")
