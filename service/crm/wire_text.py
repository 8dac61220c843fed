"""The values of events as the text that a person would write into a table: what the readings of facts are made for.

Over the wire a whole number may come as ``640.0`` or ``1.0E7``, and a moment as milliseconds from 1970.
"""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from service.crm import readings
from service.crm.facts_by_name import StatedFact
from service.crm.payloads import LATEST_MOMENT
from service.crm.readings import BadValueError

# Bounded in every part: written out, 1E999999 would fill the memory.
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?([eE][+-]?[0-9]{1,2})?")
# A day without its hyphens has eight digits, and no account is from before 1970-01-12.
_MILLISECONDS = re.compile(r"[0-9]{9,15}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def wire_text(value: object) -> str | None:
    """A value of JSON or XML as text without blanks around it; None where there is nothing in it.

    Raises:
        BadValueError: it is an object or a list.
    """
    match value:
        case None:
            return None
        case str():
            return value.strip() or None
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return plain_number(repr(value))
        case _:
            raise BadValueError("holds several values where one is expected")


def fact_text(fact: StatedFact, text: str) -> str:
    """The text as the fact's reading takes it."""
    if fact.read is readings.whole_number:
        return plain_number(text)
    if fact.read is readings.day and _MILLISECONDS.fullmatch(text) and int(text) <= LATEST_MOMENT:
        return (_EPOCH + timedelta(milliseconds=int(text))).date().isoformat()
    return text


def plain_number(text: str) -> str:
    """A number without exponent and trailing zeros behind the point; any other text, and a whole number, as it is."""
    if text.isdecimal() or not _NUMBER.fullmatch(text):
        return text
    plain = format(Decimal(text), "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
