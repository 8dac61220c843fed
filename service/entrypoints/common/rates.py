"""How many requests an API key may make: a bucket a key, that fills steadily (RateLimit fields of the IETF's draft)."""

from collections import OrderedDict
from collections.abc import Callable
from math import ceil

from service.entrypoints.common.problems import ProblemError

SECONDS = 60
_MOST_KEYS = 10_000
_NAME = '"key"'


class Rates:
    """Requests of each key: ``most`` at once, and as many a minute from then on, counted by ``ticks`` alone.

    What is kept of a key is when its bucket will be full again; of those that were not seen for longest, nothing.
    """

    def __init__(self, most: int, ticks: Callable[[], float]) -> None:
        self._most = most
        self._ticks = ticks
        self._full_at: OrderedDict[str, float] = OrderedDict()
        self.policy = f"{_NAME};q={most};w={SECONDS}"

    def take(self, key: str) -> tuple[str, int]:
        """Count a request: gives the RateLimit field of its answer, and the seconds to wait where it is one too many.

        A request that is one too many takes nothing, so that a caller who goes on asking is not put off for ever.
        """
        each = SECONDS / self._most
        now = self._ticks()
        full_in = max(self._full_at.get(key, now) - now, 0.0)
        if full_in + each > SECONDS + 1e-9:  # so much do sums of fractions stray
            wait = max(1, ceil(full_in + each - SECONDS))
            return f"{_NAME};r=0;t={wait}", wait
        self._full_at[key] = now + full_in + each
        self._full_at.move_to_end(key)
        while len(self._full_at) > _MOST_KEYS:
            self._full_at.popitem(last=False)
        left = int((SECONDS - full_in - each) / each + 1e-6)
        return f"{_NAME};r={left};t={ceil(full_in + each)}", 0


def too_many_requests(wait: int) -> ProblemError:
    """The answer to a request that is one too many."""
    detail = f"This key makes too many requests; the next one is answered in {wait} s"
    return ProblemError("too_many_requests", detail, headers={"Retry-After": str(wait)})
