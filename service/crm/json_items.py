"""The items of a large JSON array, taken out of its bytes one by one: read at once, it would hold up all others."""

import re
from collections.abc import Iterator

BLANK = rb"[ \t\r\n]*+"
_DEEPEST = 12
_TEXT = rb'"(?:[^"\\]++|\\.)*+"'
_BETWEEN = rb'[^"{}\[\]]++|' + _TEXT
_COMMA = re.compile(rb'(?:[^",]++|"(?:[^"\\]++|\\.)*+"){0,1000}+,', re.DOTALL)
"""A comma that stands in no text, and all before it: two texts at most for each depth, which has its bound, too."""


def _value(depth: int) -> bytes:
    """What a value looks like from outside, brackets in brackets: whether it is JSON is for the parser."""
    brackets = rb"[{\[](?:" + _BETWEEN + rb"){0,5000}+[}\]]"
    for _ in range(depth):
        brackets = rb"[{\[](?:" + _BETWEEN + rb"|" + brackets + rb"){0,5000}+[}\]]"
    return rb'[^",{}\[\] \t\r\n]++|' + _TEXT + rb"|" + brackets


_ITEM = re.compile(_value(_DEEPEST), re.DOTALL)
_NEXT = re.compile(BLANK + rb"," + BLANK)


class UnusualError(Exception):
    """The array, or what is around it, is not written as is usual, or not JSON."""


def items_between(begin: re.Pattern[bytes], end: re.Pattern[bytes], text: bytes, longest: int) -> Iterator[bytes]:
    """Each item of an array, whose bracket a pattern ends with, and the other one begins with.

    Raises:
        UnusualError: after the items that were found; one is longer, nested deeper or has more in it than is usual.
    """
    found = begin.match(text)
    while found and (item := _ITEM.match(text, found.end(), found.end() + longest)):
        yield item[0]
        found = _NEXT.match(text, item.end())
        if found is None and end.match(text, item.end()):
            return
    raise UnusualError


def is_crowded(text: bytes, most: float) -> bool:
    """Whether there are more than so many members and items in a JSON text. Quick, for what it is asked to spare."""
    if text.count(b",") <= most:
        return False
    place, seen = 0, 0
    while seen <= most and (found := _COMMA.match(text, place)):
        place, seen = found.end(), seen + 1
    return seen > most
