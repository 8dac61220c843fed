"""When things are recorded, and under which identifier."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from service.domain.identifiers import uuid7
from service.store.recording import Clock

_MICROSECOND = timedelta(microseconds=1)


class RisingClock:
    """Instants that strictly rise, and identifiers made from them."""

    def __init__(self, clock: Clock, random_bits: Callable[[], int]) -> None:
        self._clock = clock
        self._random_bits = random_bits
        self._last: datetime | None = None

    def instant(self, after: datetime | None = None) -> datetime:
        """Now, or as soon after ``after`` and every earlier instant as can be."""
        now = self._clock()
        for earlier in (self._last, after):
            if earlier is not None and now <= earlier:
                now = earlier + _MICROSECOND
        self._last = now
        return now

    def identifier(self, instant: datetime) -> UUID:
        """A new identifier of an instant."""
        return uuid7(instant, self._random_bits())
