"""JSON as every entry point writes it: UTF-8, instants in UTC with ``Z``, money as decimal strings."""

from decimal import Decimal

import orjson


def to_json(value: object) -> bytes:
    """Write a value that consists of what ``orjson`` knows, dates, instants and UUIDs among it, and of decimals."""
    return orjson.dumps(value, default=_decimal, option=orjson.OPT_UTC_Z)


def _decimal(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)
