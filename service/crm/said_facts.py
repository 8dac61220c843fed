"""What a person states of an account, as a request has it, by the plain names of facts."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from service.crm.facts_by_name import FACTS_BY_NAME, ID_PLACE, PLAIN_NAMES
from service.crm.facts_patch import JsonValue
from service.domain.terms import Motion, Source

COUNTS_OF: Final = {source: f"employee_counts.{source}" for source in Source}
"""The names of the counts of each source as JSON: what is said of a count beside its number stands there."""


def said_facts(request: Mapping[str, Any]) -> dict[str, JsonValue]:
    """Every known fact of a request, which is in the form of JSON. What is absent or null states nothing.

    Of a primary source its number is a fact, and all that is said of its count is another. The motion ``existing`` is
    none: it is what a request has that states none.
    """
    stated: dict[str, JsonValue] = {}
    numbers = {}
    for source, name in COUNTS_OF.items():
        if counts := [count for count in request.get("employee_counts", ()) if count["source"] == source]:
            stated[name] = orjson.dumps(counts).decode()
            numbers[source] = {} if source is Source.THIRD_PARTY else {"employees": counts[0].get("employees")}
    by_place = {**request, "employee_counts": numbers}
    for fact in FACTS_BY_NAME.values():
        value: Any = by_place
        for step in fact.place:
            value = value.get(step) if isinstance(value, Mapping) else None
        unsaid = fact.place == ("motion",) and value == Motion.EXISTING
        if value is not None and not unsaid and fact.place != ID_PLACE:
            stated[PLAIN_NAMES[fact.place]] = value
    return stated
