"""What is stated of one field, by the CRM's events and by people, and which statement of them leads.

The CRM's newest statement leads, or a person's newer one for as long as the CRM tells no other value than before it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import NamedTuple, TypeAlias

import orjson

from service.crm.facts_patch import JsonValue

_NOT_TOLD = object()


class EventOrder(NamedTuple):
    """Where an event stands among all those of its CRM, however late and however often it is delivered.

    Events compare by instant, then by sequence within it; the key, which no two events share, breaks a tie.
    """

    instant_ms: int
    sequence: int
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownValue:
    """What one event, or a person, states of a field; None states that it is unknown."""

    value: JsonValue
    order: EventOrder


Statements: TypeAlias = tuple[KnownValue, ...]
"""Statements about one field, the oldest first, no two of one order."""
ByOrder: TypeAlias = list[tuple[EventOrder, dict[str, JsonValue]]]
"""What is stated of several fields, the oldest first."""


def leading(told: Statements, said: KnownValue | None) -> KnownValue:
    """What leads: a person's statement for as long as the CRM has told no other value than its newest before that."""
    if said is None:
        return told[-1]
    before = next((stated.value for stated in reversed(told) if stated.order < said.order), _NOT_TOLD)
    since = [stated for stated in told if stated.order > said.order]
    return since[-1] if any(stated.value != before for stated in since) else said


def counting(told: Statements, said: KnownValue | None, now_ms: int) -> Statements:
    """The newest statement before a person's, the newest of all, and the newest that tells another value than that."""
    past = [stated for stated in told if stated.order.instant_ms <= now_ms]
    before = [] if said is None else [stated for stated in past if stated.order < said.order]
    since = past[len(before) :]
    others = [] if said is None else [stated for stated in since if stated.value != since[-1].value]
    return (*before[-1:], *others[-1:], *since[-1:], *told[len(past) :])


def unite(some: Statements, others: Statements = ()) -> Statements:
    """Statements of a field together. Should two of one order differ after all, the choice is always the same."""
    if not others or not some:
        return some or others
    by_order = {stated.order: stated for stated in some}
    for stated in others:
        same = by_order.get(stated.order)
        by_order[stated.order] = stated if same is None else max(same, stated, key=precedence)
    return tuple([by_order[order] for order in sorted(by_order)])


def put_right(statements: Statements, right: Mapping[EventOrder, EventOrder]) -> Statements:
    """The statements, those of a wrong order in the right one."""
    moved = (replace(stated, order=right.get(stated.order, stated.order)) for stated in statements)
    return tuple(sorted(moved, key=precedence))


def precedence(stated: KnownValue) -> tuple[EventOrder, bytes]:
    """By which statements of a field are compared."""
    return stated.order, orjson.dumps(stated.value)


def by_order(statements: Iterable[tuple[str, KnownValue]]) -> ByOrder:
    """Statements of fields, by what stated them."""
    told: dict[EventOrder, dict[str, JsonValue]] = {}
    for name, stated in statements:
        told.setdefault(stated.order, {})[name] = stated.value
    return sorted(told.items(), key=itemgetter(0))
