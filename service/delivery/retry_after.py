"""The header Retry-After: how long the other side asks to be left alone."""

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"[0-9]{1,12}")
_LONGEST = 64


def retry_after(header: str | None, now: datetime) -> float | None:
    """The seconds from ``now`` on, at least 0, that a number of seconds or an HTTP date asks for.

    None where the header is absent, or is neither.
    """
    text = "" if header is None else header.strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    if len(text) > _LONGEST:
        return None
    try:
        at = parsedate_to_datetime(text)
        at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
        seconds = (at - now).total_seconds()
    except (ValueError, OverflowError):
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
