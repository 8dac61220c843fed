"""Which facts of an account changed from one decision to the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from pydantic import TypeAdapter

from service.crm.facts_by_name import FACTS_BY_NAME, ID_PLACE, PLAIN_NAMES
from service.domain.facts import Facts
from service.domain.terms import Source

StatedValue: TypeAlias = str | int | bool | None
_FACTS = TypeAdapter(Facts)
_NAMES = {fact.place: PLAIN_NAMES[fact.place] for fact in FACTS_BY_NAME.values() if fact.place != ID_PLACE}
_VP = "vp_segment"
_THIRD_PARTIES = "third_party_employees"


@dataclass(frozen=True, slots=True)
class FactChange:
    """A fact by its plain name, as JSON has it, before and after; None is unknown."""

    fact: str
    before: StatedValue
    after: StatedValue


def changes_between(before: Facts, after: Facts) -> tuple[FactChange, ...]:
    """What is stated otherwise, in the order in which facts are told, the third parties and the VP's segment last."""
    was, now = stated_values(before), stated_values(after)
    names = [*dict.fromkeys((*_NAMES.values(), _THIRD_PARTIES, _VP))]
    changed = (FactChange(name, was.get(name), now.get(name)) for name in names)
    return tuple(each for each in changed if each.before != each.after)


def stated_values(facts: Facts) -> dict[str, StatedValue]:
    """Every fact that is known, by its plain name. Third parties are told as one: each with its number."""
    request: dict[str, Any] = _FACTS.dump_python(facts, mode="json", exclude_none=True)
    counts = request.get("employee_counts", ())
    by_source = {count["source"]: count for count in counts if count["source"] != Source.THIRD_PARTY}
    values = {name: _at(request | {"employee_counts": by_source}, place) for place, name in _NAMES.items()}
    third_parties = [
        f"{count.get('name', 'unnamed')} {count.get('employees', 'without a number')}"
        for count in counts
        if count["source"] == Source.THIRD_PARTY
    ]
    values[_THIRD_PARTIES] = "; ".join(third_parties) or None
    values[_VP] = _at(request, ("vp_decision", "segment"))
    return {name: value for name, value in values.items() if value is not None}


def _at(request: Mapping[str, Any], place: tuple[str, ...]) -> StatedValue:
    value: Any = request
    for step in place:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value if isinstance(value, str | int | bool) else None
