"""When to try again what was not accepted, when to give it up, and when to leave an endpoint alone. Pure."""

from datetime import datetime, timedelta
from http import HTTPStatus

from service.delivery.outcomes import SendResult, Sent

SOONEST = timedelta(seconds=5)
LATEST = timedelta(hours=6)
LONGEST_REST = timedelta(minutes=15)
LONGEST_ASKED_FOR = timedelta(hours=24)
GIVEN_UP_AFTER = timedelta(days=3)
DISABLED_AFTER = timedelta(days=5)

_LARGEST_EXPONENT = 32
_OVERLOADED = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


def next_attempt(
    attempts_made: int, *, failed_at: datetime, first_failed_at: datetime, retry_after: float | None, jitter: float
) -> datetime | None:
    """When to try again; None once the delivery is to be given up.

    The wait is drawn by ``jitter``, from [0, 1), between ``SOONEST`` and twice that after the first attempt; the upper
    bound doubles with each attempt, up to ``LATEST``. It is at least the ``retry_after`` seconds that the endpoint
    asked for, of which ``LONGEST_ASKED_FOR`` is granted.

    Raises:
        ValueError: no attempt was made, or the jitter is out of its range.
    """
    if attempts_made < 1 or not 0 <= jitter < 1:
        raise ValueError("At least one attempt was made, and jitter is at least 0 and below 1")
    bound = min(SOONEST * 2 ** min(attempts_made, _LARGEST_EXPONENT), LATEST)
    drawn = SOONEST + (bound - SOONEST) * jitter
    at = failed_at + max(drawn, _granted(retry_after))
    return None if at > first_failed_at + GIVEN_UP_AFTER else at


def left_alone_until(outcome: SendResult, at: datetime) -> datetime | None:
    """Until when the endpoint asked to be sent nothing at all, as it does with 429 and 503; None where it did not."""
    if not isinstance(outcome, Sent) or outcome.status not in _OVERLOADED or outcome.retry_after is None:
        return None
    return at + _granted(outcome.retry_after)


def rested_until(outcome: SendResult, at: datetime, failing_since: datetime | None) -> datetime:
    """Until when to leave alone the one place that many deliveries go to at once: for as long again as it has failed.

    That is at least ``SOONEST``, at most ``LONGEST_REST``, and not before it asked for.
    """
    failed_for = at - (failing_since or at)
    asked = outcome.retry_after if isinstance(outcome, Sent) else None
    return at + max(SOONEST, min(failed_for, LONGEST_REST), _granted(asked))


def _granted(retry_after: float | None) -> timedelta:
    return timedelta(seconds=min(max(retry_after or 0, 0), LONGEST_ASKED_FOR.total_seconds()))
