"""Relay recorded decisions to subscribers, for ever: a loop that asks the database, and attempts beside it.

Only the loop writes, for all attempts that ended meanwhile at once. A claim lasts a few seconds and is kept for as
long as its attempt goes on, so that what a killed worker had in hand is soon taken up by another.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service.delivery.outcomes import Outcome
from service.entrypoints.worker.workplace import Workplace, go_on
from service.store.claiming import Claimed, claim, due_subscribers, keep, let_go
from service.store.outbox import hand_out
from service.store.settling import LONGEST_CLAIM, Attempt, Before, Disabled, Ruling, settle
from service.usecases.relay import Courier, room_for, ruling

CLAIM = LONGEST_CLAIM / 3
_KEPT_FROM = CLAIM / 2


@dataclass(slots=True)
class _UnderWay:
    claimed: Claimed
    until: datetime
    task: asyncio.Task[tuple[Attempt, Outcome]]


class Relay:
    """One worker's part of the relay.

    ``jitter`` draws from [0, 1). ``observe`` is told how each attempt came out. ``grace`` is how many seconds those
    under way have left once it is closed.
    """

    def __init__(
        self,
        workplace: Workplace,
        courier: Courier,
        jitter: Callable[[], float],
        observe: Callable[[str], None],
        grace: float = 5,
    ) -> None:
        self._workplace = workplace
        self._engine = workplace.database.engine
        self._courier = courier
        self._jitter = jitter
        self._observe = observe
        self._grace = grace
        self._under_way: dict[UUID, _UnderWay] = {}
        self._ended: list[tuple[Attempt, Outcome]] = []

    async def step(self, workplace: Workplace) -> bool:
        """Settle what ended, hand out what was recorded, and begin what is due; whether more may be to do at once.

        Raises:
            StoreError: the database is away; what ended is settled when it is back.
        """
        await self._settle()
        await self._keep()
        handed_out = await asyncio.to_thread(hand_out, self._engine, workplace.now(), self._courier.new_id)
        begun = await self._begin()
        if handed_out or begun or not self._under_way:
            return bool(handed_out or begun)
        tasks = [under_way.task for under_way in self._under_way.values()]
        await asyncio.wait(tasks, timeout=workplace.pause, return_when=asyncio.FIRST_COMPLETED)
        return True

    async def close(self) -> None:
        """Let attempts end that are about to, settle what ended, let others have the rest, and close connections."""
        tasks = [under_way.task for under_way in self._under_way.values()]
        try:
            if tasks:
                await asyncio.wait(tasks, timeout=self._grace)
            await self._settle()
            if self._under_way:
                await asyncio.to_thread(let_go, self._engine, list(self._under_way), self._workplace.now())
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._courier.sender.close()

    async def _begin(self) -> int:
        now = self._workplace.now()
        due = await asyncio.to_thread(due_subscribers, self._engine, now)
        busy = Counter(under_way.claimed.subscriber_id for under_way in self._under_way.values())
        room = room_for(due, busy, now)
        if not room:
            return 0
        until = now + CLAIM
        claimed = await asyncio.to_thread(claim, self._engine, room, now, until)
        for one in claimed:
            self._begin_one(one, until)
        return len(claimed)

    def _begin_one(self, claimed: Claimed, until: datetime) -> None:
        if claimed.delivery_id not in self._under_way:
            task = asyncio.create_task(self._courier.attempt(claimed), name="delivery")
            self._under_way[claimed.delivery_id] = _UnderWay(claimed, until, task)

    async def _keep(self) -> None:
        now = self._workplace.now()
        ending = [found for found in self._under_way.values() if found.until - now < _KEPT_FROM]
        if ending:
            until = now + CLAIM
            await asyncio.to_thread(keep, self._engine, [found.claimed.delivery_id for found in ending], until)
            for found in ending:
                found.until = until

    async def _settle(self) -> None:
        for delivery_id, found in list(self._under_way.items()):
            if found.task.done():
                del self._under_way[delivery_id]
                self._take(found)
        if not self._ended:
            return
        outcomes = {attempt.id: outcome for attempt, outcome in self._ended}

        def judge(attempt: Attempt, before: Before) -> Ruling:
            return ruling(outcomes[attempt.id], attempt, before, self._jitter())

        disabled = await asyncio.to_thread(settle, self._engine, [attempt for attempt, _ in self._ended], judge)
        for attempt, _ in self._ended:
            self._observe(attempt.outcome)
        self._ended.clear()
        for subscriber in disabled:
            self._tell(subscriber)

    def _take(self, found: _UnderWay) -> None:
        fault = found.task.exception()
        if fault is None:
            self._ended.append(found.task.result())
        else:
            self._workplace.log_fault("relay", fault)
            self._ended.append(self._courier.unsent(found.claimed))

    def _tell(self, disabled: Disabled) -> None:
        self._workplace.warn(
            "subscriber_disabled",
            subscriber_id=str(disabled.subscriber_id),
            name=disabled.name,
            reason=disabled.reason,
        )


async def run_relay(workplace: Workplace, relay: Relay) -> None:
    """Relay until cancelled, and then end in good order."""
    try:
        await go_on(workplace, "relay", relay.step)
    finally:
        await relay.close()
