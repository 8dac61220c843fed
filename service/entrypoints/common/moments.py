"""Instants and days as they are written: in requests and on the command line."""

import re
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


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


class BadMomentError(ValueError):
    """What is written is neither an instant nor a day. The message is a sentence."""


def read_moment(text: str) -> datetime | date:
    """An instant, in UTC, or a day.

    Raises:
        BadMomentError: it is neither.
    """
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else _INSTANT.validate_python(text)
    except ValueError:  # a ValidationError is one too
        raise BadMomentError(
            "An instant is written as 2022-03-15T09:30:00Z, and a day that there is as 2022-03-15"
        ) from None


def read_instant(text: str) -> datetime:
    """An instant, in UTC.

    Raises:
        BadMomentError: it is none.
    """
    try:
        return _INSTANT.validate_python(text)
    except ValidationError as error:
        raise BadMomentError(error.errors()[0]["msg"]) from None


def _moment(value: object) -> datetime | date:
    try:
        return read_moment(str(value))
    except BadMomentError as error:
        raise PydanticCustomError("moment_form", "{said}", {"said": str(error)}) from None


def _stated(value: object) -> datetime:
    try:
        return read_instant(value if isinstance(value, str) else "")
    except BadMomentError as error:
        raise PydanticCustomError("instant_form", "{said}", {"said": str(error)}) from None


_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
StatedInstant = Annotated[datetime, PlainValidator(_stated), WithJsonSchema({"type": "string", "format": "date-time"})]
"""An instant, in UTC, as a field of a strict body: text, and nothing else."""
Moment = Annotated[
    datetime | date,
    PlainValidator(_moment),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}),
]
"""An instant, in UTC, or a day."""
