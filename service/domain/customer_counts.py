"""A count that the customer or prospect gave is refused, always (SEG-6)."""

import re

from pydantic_core import PydanticCustomError

from service.domain.fy23_citations import NEVER_ASK_THE_CUSTOMER

_CUSTOMER = re.compile("customers?|prospects?")
_WAYS_OF_ASKING = re.compile(
    "a|an|and|ask|asked|asking|at|by|call|ceo|cfo|contact|conversation|cto|email|from|given|hr|in|interview|itself|mail|"
    "meeting|of|on|or|our|per|phone|provided|reported|s|said|says|self|stated|supplied|survey|the|themselves|to|told|via|"
    "with"
)


def never_the_customer(value: object) -> object:
    """Refuse the customer or prospect as the one who counted.

    Raises:
        PydanticCustomError: as a validator of a field does, with the rule's citation.
    """
    # A firm may be called Customer Insights, so the customer is one only where nothing else is named.
    words = re.findall(r"[^\W\d_]+", value.lower()) if isinstance(value, str) else []
    others = [word for word in words if not _CUSTOMER.fullmatch(word)]
    if len(others) < len(words) and all(map(_WAYS_OF_ASKING.fullmatch, others)):
        raise PydanticCustomError(
            "customer_supplied_count",
            "Never ask the customer or prospect for the size of the company: a count of theirs is refused (SEG-6; "
            "handbook: {heading}, {item})",
            {"heading": NEVER_ASK_THE_CUSTOMER.heading, "item": NEVER_ASK_THE_CUSTOMER.item},
        )
    return value
