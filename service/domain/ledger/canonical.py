"""The one way in which the ledger writes a value as JSON: RFC 8785, for values that have no fractions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias, cast

import orjson

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | bool | None"
"""A value of JSON. Objects are ``dict``; what is a fraction, such as an amount, is text."""

_ASTRAL = [bytes([first]) for first in range(0xF0, 0xF5)]
"""How characters begin that need four bytes."""


class NotCanonicalError(ValueError):
    """A value that the ledger does not write. The message is a sentence without its end, and repeats nothing of it."""


def canonical(value: Json) -> bytes:
    """A value in its one spelling.

    Raises:
        NotCanonicalError: it has a number that is no integer below 2^53, text that is not Unicode, a key that is no
            text, 250 levels or more, or something that JSON does not have.
    """
    check(value)
    return spelled(value)


def spelled(value: Json) -> bytes:
    """The same of a value that was checked.

    Raises:
        NotCanonicalError: see ``canonical``; but for what ``check`` finds.
    """
    try:
        written = orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER)
        if written.isascii() or not any(first in written for first in _ASTRAL):
            return written
        return orjson.dumps(_ordered(value))  # keys are to be ordered as UTF-16, and were ordered as UTF-8
    except orjson.JSONEncodeError as error:
        raise NotCanonicalError(f"The value cannot be written: {error}") from error


def is_same(one: Json, other: Json) -> bool:
    """Whether two values are written alike; false where either cannot be. Python holds 1 and true for equal."""
    try:
        return canonical(one) == canonical(other)
    except NotCanonicalError:
        return False


def check(value: Json) -> None:
    """Refuse what would be written and is not of our closed shapes: a fraction above all, a date, a dataclass.

    Raises:
        NotCanonicalError: the value is none of ours.
    """
    holders: list[Iterable[Json]] = [(value,)]
    for holder in holders:
        for each in holder:
            kind = type(each)
            if kind is str or kind is int or each is None or kind is bool:
                continue
            if kind is dict:
                holders.append(cast(dict[str, Json], each).values())
            elif kind is list or kind is tuple:
                holders.append(cast(Sequence[Json], each))
            elif not isinstance(each, str):
                raise NotCanonicalError(f"The ledger writes no {kind.__name__}")


def _ordered(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value, key=_utf_16)}
    if isinstance(value, list | tuple):
        return list(map(_ordered, value))
    return value


def _utf_16(key: str) -> bytes:
    return key.encode("utf-16-be")
