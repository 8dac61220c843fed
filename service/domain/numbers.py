"""Whole numbers, however they are written: 640, 640.0 or 6.4E2."""

import re
from decimal import Decimal

# Bounded in every part: written out, 1E999999 would fill the memory.
_FORM = re.compile(r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?(?:[eE]\+?[0-9])?")
LARGEST_EXACT = 2**53
"""From here on a number with fractions may stand for another whole one."""
_THOUSANDS = re.compile(r"-?[0-9]{1,3}\.[0-9]{3}")


def as_whole(text: str, *, point: bool = False) -> int | None:
    """The whole number that a text is; None where it is none, or may be another one.

    Of 640.000 nobody can tell whether it is 640 or 640,000, unless it is known that a ``point`` begins the fraction.
    """
    if not _FORM.fullmatch(text) or (not point and may_be_thousands(text)):
        return None
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() else None


def may_be_thousands(text: str) -> bool:
    """Whether the point in a number may as well part thousands."""
    return _THOUSANDS.fullmatch(text) is not None


def unmistakable(text: str) -> str:
    """A number that a file holds as one, as text: its point parts no thousands, so 1.234 gets a nought behind it."""
    return f"{text}0" if may_be_thousands(text) else text


class Inexact(str):
    """A number as a file holds it that may be another one, for the file does not hold so many digits."""

    __slots__ = ()
