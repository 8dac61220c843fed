"""The facts of a request by plain name, in the form in which events state them."""

from collections.abc import Mapping
from typing import Any

from service.crm.facts_by_name import FACTS_BY_NAME, ID_PLACE, PLAIN_NAMES
from service.crm.facts_patch import JsonValue
from service.domain.terms import Source


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
