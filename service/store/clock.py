"""When things are recorded, and under which identifier."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from service.domain.identifiers import uuid7
from service.store.recording import Clock

_MICROSECOND = timedelta(microseconds=1)
FAR = timedelta(seconds=10)
"""An instant so far ahead of the clock was given by a clock that was wrong, then or now."""
Ahead: TypeAlias = Callable[[timedelta], None]


def ahead_of(clock: datetime, stamp: datetime) -> timedelta | None:
    """By how much a stamp is ahead of what a clock says; None where it is not, or no further than clocks may differ."""
    by = stamp - clock
    return by if by > FAR else None


class RisingClock:
    """Instants that rise, and identifiers made from them.

    Where the clock is put back by more than ``FAR``, the instants go back with it: one that was fast for a moment
    would otherwise be followed for as long as it was fast. An account's own instants rise in any case.
    """

    def __init__(self, clock: Clock, random_bits: Callable[[], int], ahead: Ahead = lambda _: None) -> None:
        self._clock = clock
        self._random_bits = random_bits
        self._ahead = ahead
        self._last: datetime | None = None

    def instant(self, after: datetime | None = None) -> datetime:
        """Now, or as soon after every earlier instant as can be; or after ``after``, which no other instant follows.

        ``ahead`` is told by how much an instant is ahead of the clock, where that is more than ``FAR``.
        """
        now = self._clock()
        if self._last is not None and timedelta() <= self._last - now <= FAR:
            now = self._last + _MICROSECOND
        self._last = now
        if after is None or after < now:
            return now
        if (by := ahead_of(now, after)) is not None:
            self._ahead(by)
        return after + _MICROSECOND

    def identifier(self, instant: datetime) -> UUID:
        """A new identifier of an instant."""
        return uuid7(instant, self._random_bits())
