"""What is known of a record, as the JSON in which it is kept; that of earlier releases is read, too."""

from dataclasses import dataclass, field

import orjson
from pydantic import TypeAdapter

from service.crm.known_record import MARKS, SAID, KnownRecord
from service.crm.statements import ByOrder, EventOrder, KnownValue, Statements, by_order


def known_to_json(known: KnownRecord) -> bytes:
    """What is known, as JSON that ``known_from_json`` reads back: the same for the same knowledge.

    An event tells many fields, so they stand by their events. An earlier release reads it too, and takes ``gap_at``.
    """
    told = ((name, stated) for name, statements in known.told.items() for stated in statements)
    marks = {mark: getattr(known, mark) for mark in MARKS}
    written = {"record_id": known.record_id, "told": by_order(told), "said": by_order(known.said.items()), **marks}
    return orjson.dumps({**written, "gaps": known.gaps, "gap_at": max(known.gaps, default=None)}, default=tuple)


def known_from_json(text: bytes | str) -> KnownRecord:
    """What is known, from its JSON.

    Raises:
        ValueError: it is not that.
    """
    stored = _STORED.validate_json(text)
    gaps, first_at, said_too = stored.gaps, stored.first_at, stored.said
    if gaps is None:
        # An earlier release put what people said among what the CRM told, of which it kept the newest.
        said_too = [each for each in stored.told if each[0].key.startswith(SAID)]
        gaps = () if stored.gap_at is None else (stored.gap_at,)
        first_at = min((order for order, _ in stored.told if _is_of_salesforce(order.key)), default=stored.whole_at)
    told: dict[str, Statements] = {}
    for order, values in stored.told:
        if (order, values) not in said_too:
            for name, value in values.items():
                told[name] = (*told.get(name, ()), KnownValue(value=value, order=order))
    said = {name: KnownValue(value=value, order=order) for order, values in said_too for name, value in values.items()}
    return KnownRecord(
        record_id=stored.record_id,
        told=dict(sorted(told.items())),
        said=dict(sorted(said.items())),
        gone_at=stored.gone_at,
        there_at=stored.there_at,
        gaps=gaps,
        whole_at=stored.whole_at,
        first_at=first_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    record_id: str
    told: ByOrder
    said: ByOrder = field(default_factory=list)
    gone_at: EventOrder | None
    there_at: EventOrder | None
    gap_at: EventOrder | None
    gaps: tuple[EventOrder, ...] | None = None
    whole_at: EventOrder | None
    first_at: EventOrder | None = None


_STORED = TypeAdapter(_Stored)


def _is_of_salesforce(key: str) -> bool:
    """Whether an event that an earlier release took was of Salesforce, by how such keys are made."""
    _, parted, rest = key.partition("/")
    return key.startswith("04l") or bool(parted and not rest.startswith(("company.", "object.")))
