"""How the cells of a file are written, where there are several ways: it is said, and never guessed."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class DayOrder(StrEnum):
    """What comes first in a day: its year, month or day."""

    YMD = "ymd"
    MDY = "mdy"
    DMY = "dmy"


class Thousands(StrEnum):
    """What parts thousands; the other one begins the fraction."""

    COMMA = ","
    POINT = "."


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How days, numbers and flags are written. None and no words: as every program writes them.

    The words for true and false stand case-folded, beside those that are always read.
    """

    days: DayOrder | None = None
    thousands: Thousands | None = None
    true: frozenset[str] = frozenset()
    false: frozenset[str] = frozenset()


PLAIN: Final = Dialect()
"""Days as 2022-03-15, numbers as 1200, flags as true, yes or 1."""
