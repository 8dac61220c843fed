"""Whether a request is its sender's own, and new: what the ways of signing have in common."""

import hmac
import re
from datetime import UTC, datetime, timedelta

_SIGNED_NUMBER = re.compile(r"0|[1-9][0-9]{0,14}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SignatureError(ValueError):
    """A request that is not proved to be its sender's. The message says plainly why, and gives nothing away."""


def checked_moment(text: str | None, *, unit: timedelta, now: datetime, tolerance: timedelta) -> str:
    """The timestamp of a request as it was signed, once it is known to be near enough to now.

    Raises:
        SignatureError: it is missing, not a plain whole number, or too far away on either side.
    """
    if text is None:
        raise SignatureError("The timestamp is missing")
    if not _SIGNED_NUMBER.fullmatch(text):
        raise SignatureError("The timestamp is not a whole number of digits alone")
    age = now - _EPOCH - int(text) * unit
    if age > tolerance:
        raise SignatureError(f"The timestamp is more than {tolerance.total_seconds():.0f} seconds old")
    if age < -tolerance:
        raise SignatureError(f"The timestamp is more than {tolerance.total_seconds():.0f} seconds ahead")
    return text


def is_same(given: str, expected: str) -> bool:
    """Whether two signatures are the same text, found out in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode(errors="replace"), expected.encode())
