"""Instants as parameters: RFC 3339, and no other way of writing one."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator
from pydantic_core import PydanticCustomError

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _written_out(value: object) -> object:
    # Left to itself, Pydantic reads a bare number as a timestamp, in seconds or milliseconds as it guesses.
    if isinstance(value, str) and not _RFC_3339.fullmatch(value):
        raise PydanticCustomError("instant_form", "An instant is written as RFC 3339 says: 2022-03-15T09:30:00Z")
    return value


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("instant_range", "An instant lies in the years 1 to 9999, UTC") from None


Instant = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_in_utc)]
"""An instant, in UTC."""
