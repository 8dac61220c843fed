"""Identifiers: UUIDv7 (RFC 9562), made from an instant, so that they sort as they were recorded."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def uuid7(instant: datetime, random_bits: int) -> UUID:
    """Make a UUIDv7 of an instant (with time zone) to the microsecond, and 62 random bits."""
    milliseconds, microseconds = divmod((instant - _EPOCH) // _MICROSECOND, 1000)
    fraction = microseconds * 4096 // 1000
    return UUID(int=(milliseconds << 80) | (0x7 << 76) | (fraction << 64) | (0b10 << 62) | (random_bits & (2**62 - 1)))


def next_to(identifier: UUID) -> UUID:
    """The identifier that sorts right behind another."""
    return UUID(int=identifier.int + 1)


def instant_of(identifier: UUID) -> datetime:
    """The instant, to the millisecond, that a UUIDv7 was made of."""
    return _EPOCH + (identifier.int >> 80) * timedelta(milliseconds=1)


def first_uuid7(instant: datetime) -> UUID:
    """The smallest UUIDv7 of an instant: every identifier made then or later is at least this one."""
    return uuid7(instant, 0)
