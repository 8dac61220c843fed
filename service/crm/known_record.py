"""What is known of one record of a CRM, put together from events that each tell a part of it, and from what people say.

Events come late, twice and in any order. What is known depends on the statements alone and never on their way: putting
together is commutative, associative and idempotent. Of each field the CRM's newest statement leads, or a person's
newer one for as long as the CRM tells no other value than before it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import chain

from service.crm.facts_by_name import FACTS_BY_NAME, ID_PLACE
from service.crm.facts_patch import NOTHING, JsonValue, Patch
from service.crm.payloads import impossible
from service.crm.rows import RequestData, list_the_counts, put_fact
from service.crm.statements import (
    EventOrder,
    KnownValue,
    Statements,
    counting,
    leading,
    precedence,
    put_right,
    unite,
)

EVERY_RECORD = "*"
"""Stands for all records of a kind: what an event tells whose changes overflowed."""

MARKS = ("gone_at", "there_at", "whole_at", "first_at")
"""The newest or oldest event of a kind, by the names under which a record has them."""
SAID = "decision:"
"""What the order of a person's statement has before the identifier of the decision that it was recorded with."""
_LAST = 2**31
"""Beyond every sequence of events: who speaks has seen what the CRM told in the same millisecond."""
_PLACES = {name: place for place, name in enumerate(FACTS_BY_NAME)}


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRecord:
    """A record as all its events together tell it, and what people ``said`` of it: of each field the newest.

    ``told`` are the statements of the CRM that count, or may come to. ``gone_at`` and ``there_at`` are the newest
    events that say the record is deleted, or is there. ``whole_at`` is the newest that told every field, ``gaps`` are
    those since then that tell of lost changes. Gaps are of Salesforce alone: ``first_at`` is its oldest event.
    """

    record_id: str
    told: Mapping[str, Statements] = field(default_factory=dict)
    said: Mapping[str, KnownValue] = field(default_factory=dict)
    gone_at: EventOrder | None = None
    there_at: EventOrder | None = None
    gaps: tuple[EventOrder, ...] = ()
    whole_at: EventOrder | None = None
    first_at: EventOrder | None = None

    @property
    def fields(self) -> dict[str, KnownValue]:
        """The statement that leads of each field."""
        names = sorted(self.told.keys() | self.said.keys())
        return {name: leading(self.told.get(name, ()), self.said.get(name)) for name in names}

    @property
    def deleted(self) -> EventOrder | None:
        """The event that deleted the record, unless a newer one says that it is there: a restoration, or its data.

        An update of single fields does not bring a record back.
        """
        return self.gone_at if self.gone_at and _is_newer(self.gone_at, self.there_at) else None

    @property
    def stale_since(self) -> EventOrder | None:
        """The first gap since an event told every field: from there on the fields may be outdated.

        An update cannot make good for it: it tells what it changed, and not what was lost.
        """
        return next((gap for gap in self.gaps if _is_newer(gap, self.whole_at)), None)


class RecordKind(StrEnum):
    """What a record is, in Salesforce's words; a company of HubSpot is an account."""

    ACCOUNT = "account"
    OPPORTUNITY = "opportunity"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordChange:
    """A change of one record; of every record of its kind, where ``record_id`` is None.

    ``is_there`` says that the record exists at this moment, ``is_gap`` that changes of it were lost, and ``tells_all``
    that the patch states every fact that the mapping has, or that all of the record was read again. ``stamp`` is when
    the record says that it last changed, and ``former_key`` the key that earlier releases gave the event, where that
    was another than that of its order. ``named`` is how the event names the record, where its key goes by that.
    """

    kind: RecordKind
    record_id: str | None
    order: EventOrder
    patch: Patch = NOTHING
    deletes: bool = False
    is_there: bool = False
    is_gap: bool = False
    tells_all: bool = False
    by_salesforce: bool = False
    stamp: datetime | None = None
    former_key: str | None = None
    named: str | None = None

    @property
    def about(self) -> str:
        """The record's identifier, or ``EVERY_RECORD``."""
        return self.record_id or EVERY_RECORD


def merge(known: KnownRecord, change: RecordChange) -> KnownRecord:
    """What is known of a record once a change of it is known too.

    Changes can be merged in any order, and more than once.

    Raises:
        ValueError: the change is of another record.
    """
    order = change.order
    told = KnownRecord(
        record_id=known.record_id if change.record_id is None else change.record_id,
        told={name: (KnownValue(value=value, order=order),) for name, value in change.patch.stated.items()},
        gone_at=order if change.deletes else None,
        there_at=order if change.is_there else None,
        gaps=(order,) if change.is_gap else (),
        whole_at=order if change.tells_all else None,
        first_at=order if change.by_salesforce else None,
    )
    return join(known, told)


def merge_said(known: KnownRecord, stated: Mapping[str, JsonValue], instant_ms: int, decision_id: str) -> KnownRecord:
    """What is known of a record, with what a person stated of it at an instant, as a decision has it on record."""
    order = EventOrder(instant_ms, sequence=_LAST, key=f"{SAID}{decision_id}")
    said = {name: KnownValue(value=value, order=order) for name, value in stated.items()}
    return join(known, KnownRecord(record_id=known.record_id, said=said))


def join(one: KnownRecord, other: KnownRecord) -> KnownRecord:
    """All that two states of the same record know.

    Raises:
        ValueError: they are of different records.
    """
    if one.record_id != other.record_id:
        raise ValueError("What is known of two different records cannot be put together")
    said = dict(one.said)
    for name, stated in other.said.items():
        said[name] = max(said.get(name, stated), stated, key=precedence)
    names = sorted(one.told.keys() | other.told.keys())
    whole_at = _newest(one.whole_at, other.whole_at)
    return KnownRecord(
        record_id=one.record_id,
        # In one order, so that the same knowledge is the same JSON.
        told={name: unite(one.told.get(name, ()), other.told.get(name, ())) for name in names},
        said=dict(sorted(said.items())),
        gone_at=_newest(one.gone_at, other.gone_at),
        there_at=_newest(one.there_at, other.there_at),
        gaps=tuple(gap for gap in sorted({*one.gaps, *other.gaps}) if _is_newer(gap, whole_at)),
        whole_at=whole_at,
        first_at=min((order for order in (one.first_at, other.first_at) if order is not None), default=None),
    )


def with_news_of_all(known: KnownRecord, every: KnownRecord) -> KnownRecord:
    """What is known of a record, with what is known of all records of its kind at once.

    What was lost of all of them can be of this one only where Salesforce had told of it before.
    """
    first = known.first_at
    lost = tuple(gap for gap in every.gaps if first is not None and gap > first)
    return join(known, KnownRecord(record_id=known.record_id, gaps=lost, whole_at=every.whole_at))


def forget_spent(known: KnownRecord, now_ms: int) -> KnownRecord:
    """What is known without the CRM's statements that can never count again, whatever old events are yet to come.

    People's statements come as they are made, so that any to come is newer than ``now_ms``.
    """
    several = {name: told for name, told in known.told.items() if len(told) > 1}
    counting_yet = {name: counting(told, known.said.get(name), now_ms) for name, told in several.items()}
    return replace(known, told={**known.told, **counting_yet}) if several else known


def as_of_receipt(known: KnownRecord, received_ms: int) -> KnownRecord:
    """What is known, where what was told by an impossible instant counts as of its receipt, in the order that it had.

    Earlier releases took such instants: what they told would stand against all that comes. ``received_ms`` is when what
    is known last changed, which is when it was told, unless something else was told since.
    """
    marks = {mark: order for mark in MARKS if (order := getattr(known, mark)) is not None}
    orders = {*marks.values(), *known.gaps, *(stated.order for stated in chain(*known.told.values()))}
    wrong = sorted(order for order in orders if impossible(order.instant_ms, received_ms) is not None)
    if not wrong:
        return known
    right = {order: EventOrder(received_ms, place, order.key) for place, order in enumerate(wrong)}
    return replace(
        known,
        told={name: put_right(statements, right) for name, statements in known.told.items()},
        gaps=tuple(sorted(right.get(gap, gap) for gap in known.gaps)),
        **{mark: right.get(order, order) for mark, order in marks.items()},
    )


def to_request(known: KnownRecord) -> RequestData:
    """The data of a request to classify, in the form of JSON, with every fact that is known.

    Whether the facts contradict each other is found out by whoever takes the request. An account whose day of creation
    no event has stated looks like one that the CRM does not have yet.
    """
    request: RequestData = {"account": {}}
    fields = known.fields
    for name in sorted(fields.keys() & _PLACES.keys(), key=_PLACES.__getitem__):
        if (value := fields[name].value) is not None:
            put_fact(request, FACTS_BY_NAME[name].place, value)
    put_fact(request, ID_PLACE, known.record_id)
    list_the_counts(request)
    return request


def _newest(one: EventOrder | None, other: EventOrder | None) -> EventOrder | None:
    return max((order for order in (one, other) if order is not None), default=None)


def _is_newer(order: EventOrder, than: EventOrder | None) -> bool:
    return than is None or order > than
