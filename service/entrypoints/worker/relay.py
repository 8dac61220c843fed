"""Relay recorded decisions to subscribers, for ever: a loop that asks the database, and attempts beside it.

Only the loop writes, for all attempts that ended meanwhile at once. A claim lasts a few seconds and is kept for as
long as it is in flight, so that what a killed worker had in flight is soon taken up by another.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

from service.domain.subscriptions import DeliveryStatus
from service.entrypoints.common.background import WorkerContext, repeat
from service.entrypoints.worker.in_flight import InFlight
from service.store.delivery.attempts import LONGEST_CLAIM, Attempt, FailuresBefore, Ruling, record_attempts
from service.store.delivery.claims import Claimed, claim, due_subscribers, keep, put_back
from service.store.delivery.outbox import hand_out
from service.usecases.relay import Courier, Ended, room_for, rule_on

CLAIM = LONGEST_CLAIM / 3
_TOGETHER = 0.1
"""Seconds in which attempts end that are recorded together, as long as others wait to follow them."""


class Relay:
    """One worker's part of the relay.

    ``jitter`` draws from [0, 1). ``observe`` is told how each attempt came out, ``settled`` what became of a delivery
    that is pending no more. ``grace`` is how many seconds those under way have left once it is closed.
    """

    def __init__(
        self,
        context: WorkerContext,
        courier: Courier,
        jitter: Callable[[], float],
        observe: Callable[[str], None],
        grace: float = 5,
        settled: Callable[[DeliveryStatus], None] = lambda _: None,
    ) -> None:
        self._context = context
        self._engine = context.database.engine
        self._courier = courier
        self._jitter = jitter
        self._observe = observe
        self._grace = grace
        self._settled = settled
        self._in_flight = InFlight(self._attempt)
        self._ended: list[Ended] = []

    async def step(self, context: WorkerContext) -> bool:
        """Record what ended, hand out what was recorded, and begin what is due; whether more may be to do at once.

        Raises:
            StoreError: the database is away; what ended is recorded when it is back.
        """
        await self._record_ended()
        await self._put_back(self._in_flight.put_down())
        await self._keep()
        posting = self._courier.chatter is not None
        handing_out = partial(hand_out, self._engine, context.now(), self._courier.new_id, posting=posting)
        handed_out = await asyncio.to_thread(handing_out)
        begun = await self._begin()
        await self._in_flight.work_off(_TOGETHER)
        return bool(handed_out or begun) or await self._in_flight.wait(context.pause)

    async def close(self) -> None:
        """Let attempts end that are about to, record what ended, let others have the rest, and close connections."""
        try:
            unbegun = self._in_flight.put_down(everything=True)
            await self._in_flight.wait(self._grace, for_all=True)
            await self._record_ended()
            await self._put_back(unbegun)
            if under_way := self._in_flight.lasting_until(self._context.now() + LONGEST_CLAIM):
                await asyncio.to_thread(keep, self._engine, under_way, self._context.now())
        finally:
            await self._in_flight.break_off()
            await self._courier.close()

    async def _attempt(self, claims: Sequence[Claimed]) -> Sequence[Ended]:
        try:
            return await self._courier.attempt(claims)
        except Exception as error:  # noqa: BLE001 - one that cannot be sent is a failure like any other
            self._context.log_fault("relay", error)
            return self._courier.unsent(claims)

    async def _begin(self) -> int:
        now = self._context.now()
        due = await asyncio.to_thread(due_subscribers, self._engine, now)
        room = room_for(due, self._in_flight.by_subscriber(), now)
        if not room:
            return 0
        until = now + CLAIM
        chatter = self._courier.chatter
        posts = chatter is None or not chatter.rests(now)
        claimed = await asyncio.to_thread(partial(claim, self._engine, room, now, until, posts=posts))
        self._in_flight.take(claimed, until)
        return len(claimed)

    async def _keep(self) -> None:
        now = self._context.now()
        if ending := self._in_flight.lasting_until(now + CLAIM / 2):
            until = now + CLAIM
            await asyncio.to_thread(keep, self._engine, ending, until)
            self._in_flight.kept(ending, until)

    async def _put_back(self, claims: list[Claimed]) -> None:
        if claims:
            await asyncio.to_thread(put_back, self._engine, claims, self._context.now())

    async def _record_ended(self) -> None:
        self._ended += self._in_flight.take_ended()
        if not self._ended:
            return
        outcomes = {attempt.id: outcome for attempt, outcome in self._ended}
        settled: dict[UUID, DeliveryStatus] = {}

        def judge(attempt: Attempt, before: FailuresBefore) -> Ruling:
            ruling = rule_on(outcomes[attempt.id], attempt.at, before, self._jitter())
            settled[attempt.id] = ruling.status
            return ruling

        attempts = [attempt for attempt, _ in self._ended]
        disabled = await asyncio.to_thread(record_attempts, self._engine, attempts, judge)
        self._ended.clear()
        for attempt in attempts:
            self._observe(attempt.outcome)
        for status in settled.values():
            if status is not DeliveryStatus.PENDING:
                self._settled(status)
        for each in disabled:
            subscriber_id, reason = str(each.id), each.disabled_reason
            self._context.warn("subscriber_disabled", subscriber_id=subscriber_id, name=each.name, reason=reason)


async def run_relay(context: WorkerContext, relay: Relay) -> None:
    """Relay until cancelled, and then end in good order."""
    try:
        await repeat(context, "relay", relay.step)
    finally:
        await relay.close()
