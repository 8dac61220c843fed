"""When to try again what was not accepted, when to give it up, and when to leave an endpoint alone. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TypeAlias

from service.delivery.outcomes import SendResult, Sent

SOONEST = timedelta(seconds=5)
LATEST = timedelta(hours=6)
LONGEST_ASKED_FOR = timedelta(hours=24)
GIVEN_UP_AFTER = timedelta(days=3)
DISABLED_AFTER = timedelta(days=5)

_LARGEST_EXPONENT = 32
_OVERLOADED = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What came before an attempt, and the attempt.

    ``attempts_made`` counts it. ``first_failed_at`` is when this delivery failed first, ``failing_since`` when its
    endpoint did after it last accepted anything; None where that has not happened before.
    """

    attempts_made: int
    first_failed_at: datetime | None
    failing_since: datetime | None


@dataclass(frozen=True, slots=True)
class Delivered:
    """The endpoint accepted it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TryAgain:
    """It is to be sent again at that instant."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """This delivery is not tried again by itself; its endpoint gets others."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Disable:
    """Nothing more is sent to the endpoint until somebody enables it; then this delivery is tried again first."""

    reason: str


NextAction: TypeAlias = Delivered | TryAgain | GiveUp | Disable


def choose_next(outcome: SendResult, history: History, at: datetime, jitter: float) -> NextAction:
    """What follows from the outcome of an attempt that ended at that instant. ``jitter`` is drawn from [0, 1)."""
    status = outcome.status if isinstance(outcome, Sent) else None
    if isinstance(outcome, Sent) and outcome.accepted:
        return Delivered()
    if status == HTTPStatus.GONE:
        return Disable(reason="The endpoint answered 410: it is gone")
    if history.failing_since is not None and at - history.failing_since >= DISABLED_AFTER:
        return Disable(reason=f"The endpoint has accepted nothing for {DISABLED_AFTER.days} days")
    again = next_attempt(
        history.attempts_made,
        failed_at=at,
        first_failed_at=at if history.first_failed_at is None else history.first_failed_at,
        retry_after=outcome.retry_after if isinstance(outcome, Sent) else None,
        jitter=jitter,
    )
    if again is None:
        return GiveUp(reason=f"The endpoint has not accepted it for {GIVEN_UP_AFTER.days} days")
    return TryAgain(at=again)


def next_attempt(
    attempts_made: int,
    *,
    failed_at: datetime,
    first_failed_at: datetime,
    retry_after: float | None,
    jitter: float,
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


def _granted(retry_after: float | None) -> timedelta:
    return timedelta(seconds=min(max(retry_after or 0, 0), LONGEST_ASKED_FOR.total_seconds()))
