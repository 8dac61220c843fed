"""A count of people as far as it is known: a number, or a range such as 201-500 or 10001+.

What is known of a range is at least its lower and at most its upper end; a number is the range of itself.
"""

import re
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidatorFunctionWrapHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from service.domain.fields import LARGEST_COUNT
from service.domain.numbers import as_whole, may_be_thousands

_END = "([0-9]{1,3}(?:[,'\u2019 \u00a0\u2009\u202f][0-9]{3})+|[0-9]+)"
_DASH = "[-\u2010-\u2015\u2212\ufe58\ufe63\uff0d]"
_FORM = re.compile(rf"{_END}?\s*(?:\+|{_DASH}\s*{_END})")
_BEGINS = {0: "[0-9]", 1: "0*([1-9]|0[^0-9A-Za-z])"}
_WRITTEN = "^{begins}([^A-Za-z]*([Ee][+]?[0-9]|[0-9+]))?$"
"""As much of the form of numbers and ranges as readers of a schema agree on, by what the least number begins with."""
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Range:
    """At least ``lower`` and at most ``upper`` people; None is open at the top. Made by ``count_between`` alone.

    Compared with a bound it answers in Kleene's three values: true or false where the whole range does, else None.
    """

    lower: int
    upper: int | None

    def __lt__(self, bound: int) -> bool | None:
        if self.lower >= bound:
            return False
        return True if self.upper is not None and self.upper < bound else None

    def __ge__(self, bound: int) -> bool | None:
        below = self < bound
        return None if below is None else not below

    def __le__(self, bound: int) -> bool | None:
        return self < bound + 1

    def __gt__(self, bound: int) -> bool | None:
        return self >= bound + 1

    def __str__(self) -> str:
        return f"{self.lower}+" if self.upper is None else f"{self.lower}-{self.upper}"

    @property
    def words(self) -> str:
        """As a person reads it: ``201 to 500``, ``10,001 or more``."""
        return f"{self.lower:,} or more" if self.upper is None else f"{self.lower:,} to {self.upper:,}"

    def meets(self, other: "int | Range") -> bool:
        """Whether some number may be both."""
        lower, upper = _ends(other)
        return (self.upper is None or lower <= self.upper) and (upper is None or self.lower <= upper)


def _ends(count: int | Range) -> tuple[int, int | None]:
    return (count.lower, count.upper) if isinstance(count, Range) else (count, count)


def count_between(lower: int | None, upper: int | None) -> int | Range:
    """What is known of a count from its ends; ``upper`` None is open. Equal ends are the number, and 0 reads as 1.

    Raises:
        PydanticCustomError: the ends are reversed, missing below, negative, or beyond the largest count.
    """
    if lower is None:
        raise PydanticCustomError("range_open", "A range begins with its lower end, as 201-500 or 10001+ does")
    if lower < 0 or (upper is not None and upper < 0):
        raise PydanticCustomError("range_negative", "A range of people has no negative end")
    if max(lower, upper or 0) > LARGEST_COUNT:
        raise PydanticCustomError(
            "range_too_large", "The ends of a range are {most} at most", {"most": f"{LARGEST_COUNT:,}"}
        )
    if upper is not None and upper < lower:
        raise PydanticCustomError("range_reversed", "The lower end of a range comes first, as in 201-500")
    if lower == upper:
        return lower
    lower = max(lower, 1)
    return lower if lower == upper else Range(lower, upper)


def is_range(text: str) -> bool:
    """Whether a text has the form of a range, be it one that is refused. What is a number, as -0, is none."""
    return len(text) <= _LONGEST and _FORM.fullmatch(text.strip()) is not None and as_whole(text) is None


def count_from(text: str) -> int | Range:
    """Read a range, as ``201-500`` or ``10,001+``: with any dash, and with blanks, commas or apostrophes by thousands.

    Raises:
        PydanticCustomError: it is none, or one that ``count_between`` refuses.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise PydanticCustomError("range_form", "A range is written 201-500, or 10001+ where it is open")
    lower, upper = (None if end is None else int(re.sub(r"\D", "", end)) for end in found.groups())
    return count_between(lower, upper)


class _MayBeRange:
    """A whole number however it is written; beside it a ``Range``, or its text."""

    def __init__(self, least: int) -> None:
        self._number = core_schema.int_schema(ge=least, le=LARGEST_COUNT)
        self._pattern = _WRITTEN.format(begins=_BEGINS[least])

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        written = core_schema.plain_serializer_function_ser_schema(
            _written, return_schema=core_schema.any_schema(), when_used="json-unless-none"
        )
        return core_schema.no_info_wrap_validator_function(_read, self._number, serialization=written)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        text = {"type": ["integer", "string"], "pattern": self._pattern, "maxLength": _LONGEST}
        return {**handler(self._number), **text}


def _read(value: object, read: ValidatorFunctionWrapHandler) -> object:
    if isinstance(value, Range):
        return value
    if isinstance(value, str):
        found = count_from(value) if is_range(value) else _whole(value)
        return found if isinstance(found, Range) else read(found)
    return read(int(value) if isinstance(value, float) and value.is_integer() else value)


def _whole(text: str) -> int | str:
    """The number that a text is. One that is none is refused as text is."""
    if may_be_thousands(text):
        raise PydanticCustomError("number_form", "It may have a fraction or thousands; write digits only, as 1200")
    number = as_whole(text)
    return text if number is None else number


def _written(count: int | Range) -> int | str:
    return count if isinstance(count, int) else str(count)


Number: TypeAlias = Annotated[int | Range, _MayBeRange(0)]
"""How many people there are: a number, or a range where that is all that is known. 0 is a number."""
SomeNumber: TypeAlias = Annotated[int | Range, _MayBeRange(1)]
"""The same where there is somebody."""
