"""Values as the shapes that are answered, and as every entry point writes them: JSON, in UTF-8."""

from decimal import Decimal
from typing import TypeVar, cast

import orjson

Shape = TypeVar("Shape")


def shaped(shape: type[Shape], value: object, /, **own: object) -> Shape:
    """A shape of a value: what the value has under the names of the shape's fields, but for its ``own``."""
    fields = {name: own[name] if name in own else getattr(value, name) for name in shape.__annotations__}
    return cast("Shape", fields)


def to_json(value: object) -> bytes:
    """Write a value that consists of what ``orjson`` knows, dates, instants and UUIDs among it, and of decimals.

    Instants are in UTC with ``Z``, and decimals, which are money, are strings.
    """
    return orjson.dumps(value, default=_decimal, option=orjson.OPT_UTC_Z)


def _decimal(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)
