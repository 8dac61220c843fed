"""What is known of one record of a CRM, put together from events that each tell a part of it.

Events come late, twice and in any order. What is known depends on the events alone and never on their way: putting
together is commutative, associative and idempotent, and of each field the newest statement stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import orjson
from pydantic import TypeAdapter

from service.crm.facts_by_name import FACTS_BY_NAME, ID_PLACE, PLAIN_NAMES
from service.crm.facts_patch import NOTHING, JsonValue, Patch
from service.crm.payloads import impossible
from service.crm.rows import RequestData, list_the_counts, put_fact
from service.domain.terms import Source

EVERY_RECORD = "*"
"""Stands for all records of a kind: what an event tells whose changes overflowed."""

_MARKS = ("gone_at", "there_at", "gap_at", "whole_at")
_PLACES = {name: place for place, name in enumerate(FACTS_BY_NAME)}


class EventOrder(NamedTuple):
    """Where an event stands among all those of its CRM, however late and however often it is delivered.

    Events compare by instant, then by sequence within it; the key, which no two events share, breaks a tie.
    """

    instant_ms: int
    sequence: int
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownValue:
    """What one event states of a field; None states that it is unknown."""

    value: JsonValue
    order: EventOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRecord:
    """A record as all its events together tell it.

    ``gone_at`` and ``there_at`` are the newest events that say the record is deleted, or is there. ``gap_at`` is the
    newest that tells of changes which were lost, and ``whole_at`` the newest that told every field.
    """

    record_id: str
    fields: Mapping[str, KnownValue] = field(default_factory=dict)
    gone_at: EventOrder | None = None
    there_at: EventOrder | None = None
    gap_at: EventOrder | None = None
    whole_at: EventOrder | None = None

    @property
    def deleted(self) -> EventOrder | None:
        """The event that deleted the record, unless a newer one says that it is there: a restoration, or its data.

        An update of single fields does not bring a record back.
        """
        return _standing(self.gone_at, self.there_at)

    @property
    def stale_since(self) -> EventOrder | None:
        """The newest gap that no newer event has made good by telling every field.

        An update cannot: it tells what it changed, and not what was lost. Until then the fields may be outdated.
        """
        return _standing(self.gap_at, self.whole_at)


class RecordKind(StrEnum):
    """What a record is, in Salesforce's words; a company of HubSpot is an account."""

    ACCOUNT = "account"
    OPPORTUNITY = "opportunity"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordChange:
    """A change of one record; of every record of its kind, where ``record_id`` is None.

    ``is_there`` says that the record exists at this moment, ``is_gap`` that changes of it were lost, and ``tells_all``
    that the patch states every fact that the mapping has. ``stamp`` is when the record says that it last changed, and
    ``former_key`` the key that earlier releases gave the event, where that was another than that of its order.
    """

    kind: RecordKind
    record_id: str | None
    order: EventOrder
    patch: Patch = NOTHING
    deletes: bool = False
    is_there: bool = False
    is_gap: bool = False
    tells_all: bool = False
    stamp: datetime | None = None
    former_key: str | None = None

    @property
    def about(self) -> str:
        """The record's identifier, or ``EVERY_RECORD``."""
        return self.record_id or EVERY_RECORD


def merge(known: KnownRecord, change: RecordChange) -> KnownRecord:
    """What is known of a record once a change of it is known too.

    Of each field the newest statement stands, so that changes can be merged in any order, and more than once.

    Raises:
        ValueError: the change is of another record.
    """
    order = change.order
    told = KnownRecord(
        record_id=known.record_id if change.record_id is None else change.record_id,
        fields={name: KnownValue(value=value, order=order) for name, value in change.patch.stated.items()},
        gone_at=order if change.deletes else None,
        there_at=order if change.is_there else None,
        gap_at=order if change.is_gap else None,
        whole_at=order if change.tells_all else None,
    )
    return join(known, told)


def join(one: KnownRecord, other: KnownRecord) -> KnownRecord:
    """All that two states of the same record know.

    Raises:
        ValueError: they are of different records.
    """
    if one.record_id != other.record_id:
        raise ValueError("What is known of two different records cannot be put together")
    fields = dict(one.fields)
    for name, stated in other.fields.items():
        before = fields.get(name)
        if before is None or _precedence(stated) > _precedence(before):
            fields[name] = stated
    return KnownRecord(
        record_id=one.record_id,
        # In one order, so that the same knowledge is the same JSON.
        fields=dict(sorted(fields.items())),
        gone_at=_newest(one.gone_at, other.gone_at),
        there_at=_newest(one.there_at, other.there_at),
        gap_at=_newest(one.gap_at, other.gap_at),
        whole_at=_newest(one.whole_at, other.whole_at),
    )


def as_of_receipt(known: KnownRecord, received_ms: int) -> KnownRecord:
    """What is known, where what was told by an impossible instant counts as of its receipt, in the order that it had.

    Earlier releases took such instants: what they told would stand against all that comes. ``received_ms`` is when what
    is known last changed, which is when it was told, unless something else was told since.
    """
    marks = {mark: order for mark in _MARKS if (order := getattr(known, mark)) is not None}
    orders = {*marks.values(), *(stated.order for stated in known.fields.values())}
    wrong = sorted(order for order in orders if impossible(order.instant_ms, received_ms) is not None)
    if not wrong:
        return known
    right = {order: EventOrder(received_ms, place, order.key) for place, order in enumerate(wrong)}
    fields = {
        name: KnownValue(value=stated.value, order=right.get(stated.order, stated.order))
        for name, stated in known.fields.items()
    }
    return replace(known, fields=fields, **{mark: right.get(order, order) for mark, order in marks.items()})


def to_request(known: KnownRecord) -> RequestData:
    """The data of a request to classify, in the form of JSON, with every fact that is known.

    Whether the facts contradict each other is found out by whoever takes the request. An account whose day of creation
    no event has stated looks like one that the CRM does not have yet.
    """
    request: RequestData = {"account": {}}
    for name in sorted(known.fields.keys() & _PLACES.keys(), key=_PLACES.__getitem__):
        if (value := known.fields[name].value) is not None:
            put_fact(request, FACTS_BY_NAME[name].place, value)
    put_fact(request, ID_PLACE, known.record_id)
    list_the_counts(request)
    return request


def stated_facts(request: Mapping[str, Any]) -> dict[str, JsonValue]:
    """Every known fact of a request, which is in the form of JSON; of third parties nothing, for there may be many."""
    counts = {count["source"]: count for count in request.get("employee_counts", ()) if "source" in count}
    by_place = {**request, "employee_counts": {name: counts[name] for name in counts if name != Source.THIRD_PARTY}}
    stated = {}
    for fact in FACTS_BY_NAME.values():
        value: Any = by_place
        for step in fact.place:
            value = value.get(step) if isinstance(value, Mapping) else None
        if value is not None and fact.place != ID_PLACE:
            stated[PLAIN_NAMES[fact.place]] = value
    return stated


def known_to_json(known: KnownRecord) -> bytes:
    """What is known, as JSON that ``known_from_json`` reads back: the same for the same knowledge.

    An event tells many fields, so they stand by their events.
    """
    told: dict[EventOrder, dict[str, JsonValue]] = {}
    for name, stated in known.fields.items():
        told.setdefault(stated.order, {})[name] = stated.value
    marks = {mark: getattr(known, mark) for mark in _MARKS}
    return orjson.dumps({"record_id": known.record_id, "told": sorted(told.items()), **marks}, default=tuple)


def known_from_json(text: bytes | str) -> KnownRecord:
    """What is known, from its JSON.

    Raises:
        ValueError: it is not that.
    """
    stored = _STORED.validate_json(text)
    fields = {name: KnownValue(value=value, order=order) for order, told in stored.told for name, value in told.items()}
    return KnownRecord(
        record_id=stored.record_id,
        fields=dict(sorted(fields.items())),
        gone_at=stored.gone_at,
        there_at=stored.there_at,
        gap_at=stored.gap_at,
        whole_at=stored.whole_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    record_id: str
    told: list[tuple[EventOrder, dict[str, JsonValue]]]
    gone_at: EventOrder | None
    there_at: EventOrder | None
    gap_at: EventOrder | None
    whole_at: EventOrder | None


_STORED = TypeAdapter(_Stored)


def _precedence(stated: KnownValue) -> tuple[EventOrder, bytes]:
    # Two statements of one order would be of one event; should they differ after all, the choice is still the same.
    return stated.order, orjson.dumps(stated.value)


def _newest(one: EventOrder | None, other: EventOrder | None) -> EventOrder | None:
    return max((order for order in (one, other) if order is not None), default=None)


def _standing(order: EventOrder | None, against: EventOrder | None) -> EventOrder | None:
    return order if order is not None and (against is None or order > against) else None
