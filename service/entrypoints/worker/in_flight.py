"""The deliveries that a worker has claimed: some under way, the others waiting for those. Touches no database."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import TypeAlias
from uuid import UUID

from service.delivery.outcomes import Declined, NotSent
from service.store.delivery.claims import Claimed
from service.usecases.relay import AT_ONCE, IN_ALL, Ended, together

_Queue: TypeAlias = tuple[UUID, bool]


def _queue(claimed: Claimed) -> _Queue:
    """The subscriber, and whether it is a post: what is written into fields together waits for no posts."""
    return claimed.subscriber_id, claimed.is_post


class InFlight:
    """Begins attempts as those before them end. ``attempt`` makes some of one subscriber as one; it raises nothing."""

    def __init__(self, attempt: Callable[[Sequence[Claimed]], Awaitable[Sequence[Ended]]]) -> None:
        self._attempt = attempt
        self._until: dict[UUID, datetime] = {}
        self._waiting: dict[_Queue, deque[Claimed]] = {}
        self._under_way: dict[UUID, asyncio.Task[Sequence[Ended]]] = {}
        self._busy: Counter[_Queue] = Counter()
        self._declining: set[_Queue] = set()
        self._ended: list[Ended] = []
        self._short = asyncio.Event()

    def take(self, claims: Iterable[Claimed], until: datetime) -> None:
        """Take claims in flight that last until an instant."""
        for claimed in claims:
            if claimed.delivery_id not in self._until:
                self._waiting.setdefault(_queue(claimed), deque()).append(claimed)
            self._until[claimed.delivery_id] = until
        self._begin()

    def by_subscriber(self) -> Counter[UUID]:
        """How many are in flight of each subscriber."""
        in_flight: Counter[UUID] = Counter()
        for queue, under_way in self._busy.items():
            in_flight[queue[0]] += under_way
        for queue, waiting in self._waiting.items():
            in_flight[queue[0]] += len(waiting)
        return in_flight

    def lasting_until(self, instant: datetime) -> list[UUID]:
        """The deliveries whose claims last no longer than an instant."""
        return [delivery for delivery, until in self._until.items() if until <= instant]

    def kept(self, deliveries: Iterable[UUID], until: datetime) -> None:
        """Note that claims last until a later instant, where they are still in flight."""
        for delivery in deliveries:
            if delivery in self._until:
                self._until[delivery] = until

    def take_ended(self) -> list[Ended]:
        """The attempts that ended, which are in flight no more."""
        ended, self._ended = self._ended, []
        return ended

    def put_down(self, *, everything: bool = False) -> list[Claimed]:
        """The claims that wait for a subscriber that failed meanwhile, or for any; they are in flight no more."""
        put_down: list[Claimed] = []
        for queue in list(self._waiting) if everything else self._declining:
            put_down += self._waiting.pop(queue, ())
        for claimed in put_down:
            del self._until[claimed.delivery_id]
        self._declining.clear()
        return put_down

    async def wait(self, seconds: float, *, for_all: bool = False) -> bool:
        """Wait until an attempt has ended, or all have, but not for longer; whether there was any."""
        tasks = list(self._under_way.values())
        if tasks and (for_all or not self._ended):
            when = asyncio.ALL_COMPLETED if for_all else asyncio.FIRST_COMPLETED
            await asyncio.wait(tasks, timeout=seconds, return_when=when)
        return bool(tasks or self._ended)

    async def work_off(self, seconds: float) -> None:
        """Let claims that wait be attempted until none does, or one fails, but not for longer than so many seconds.

        What ends meanwhile is recorded together, and for a busy subscriber that is most of the work.
        """
        self._short.clear()
        if any(self._waiting.values()) and not self._declining:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._short.wait(), seconds)

    async def break_off(self) -> None:
        """Break off what is under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self) -> None:
        for queue, waiting in self._waiting.items():
            while waiting and queue not in self._declining and self._has_room(waiting[0]):
                some = [waiting.popleft() for _ in range(min(len(waiting), together(waiting[0])))]
                task = asyncio.ensure_future(self._attempt(some))
                self._under_way[some[0].delivery_id] = task
                self._busy[queue] += len(some)
                task.add_done_callback(partial(self._end, some))
        if self._declining or not any(self._waiting.values()):
            self._short.set()

    def _has_room(self, next_one: Claimed) -> bool:
        # Many at once are one request, and two of them would wait for each other's rows.
        most = AT_ONCE if together(next_one) == 1 else 1
        return self._busy[_queue(next_one)] < most and len(self._under_way) < IN_ALL

    def _end(self, some: Sequence[Claimed], task: "asyncio.Task[Sequence[Ended]]") -> None:
        queue = _queue(some[0])
        del self._under_way[some[0].delivery_id]
        for claimed in some:
            del self._until[claimed.delivery_id]
        self._busy[queue] -= len(some)
        if task.cancelled():
            return
        self._ended += task.result()
        if not any(attempt.accepted or isinstance(outcome, Declined | NotSent) for attempt, outcome in task.result()):
            # It may have asked to be left alone: what waits for it is claimed anew once that is settled.
            self._declining.add(queue)
        self._begin()
