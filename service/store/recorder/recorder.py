"""The recorder: collects the jobs that are waiting, and records them in one transaction (group commit).

What was made of a job is given back only when all of it is durable. Jobs of one batch share one commit, yet each
succeeds or fails by itself.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from itertools import cycle
from typing import Any, TypeVar

from service.store.batch import Loaded, Writes
from service.store.clock import RisingClock
from service.store.errors import KeyInFlightError, StoreBusyError, StoreUnavailableError
from service.store.once import CallerKey, Done, Once
from service.store.recorder.plan import JobResult, plan
from service.store.recorder.writer import BatchWriter, LoadRequest
from service.store.recording import Job, Submission

_MOST_WAITING = 20_000
_MOST_IN_A_BATCH = 100
"""What a batch weighs at most: whatever comes meanwhile waits for as long as that takes to be written."""
_MOST_TRIED_AGAIN = 25
"""What those put aside weigh that are in a batch beside others."""
_LARGE = 10
"""What a large job weighs at least."""
_MOMENT = 0.5
"""Seconds more for what is under way when its time is up: else it would not be known whether it was recorded."""
_PAUSE = 0.02
"""Seconds between two batches of nothing but what was put aside."""
_T = TypeVar("_T")


@dataclass(slots=True)
class _Waiting:
    """A job, and where its result is awaited, ``until`` an instant of the loop.

    ``put_aside`` is why it could not be recorded with the last batch.
    """

    job: Job[Any]
    weight: int
    result: asyncio.Future[Any]
    until: float
    under_way: bool = False
    put_aside: StoreBusyError | None = None


class Recorder:
    """Takes jobs from one event loop. ``start`` it there, and ``stop`` it when no more will come.

    Small jobs and large ones take turns, so that a small one waits for one large one at most, however many there are.
    No job waits for longer than ``timeout`` seconds, or a moment more where it is under way. One whose account another
    process holds is put aside, and tried again with the batches that follow; no other waits for it.
    """

    def __init__(
        self, writer: BatchWriter, clock: RisingClock, observe: Callable[[int, float], None], timeout: float
    ) -> None:
        self._writer = writer
        self._clock = clock
        self._observe = observe
        self._timeout = timeout
        self._small: deque[_Waiting] = deque()
        self._large: deque[_Waiting] = deque()
        self._turns = cycle((self._small, self._large))
        self._aside: deque[_Waiting] = deque()
        self._size = 0
        self._keys: set[CallerKey] = set()
        self._arrived = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    async def start(self) -> None:
        """Begin to record."""
        self._task = asyncio.create_task(self._run(), name="recorder")

    async def stop(self) -> None:
        """Record what is waiting, and let go of the database."""
        self._stopping = True
        self._arrived.set()
        if self._task is not None:
            await self._task
        await self._writer.close()

    async def record(self, submissions: Sequence[Submission[_T]]) -> tuple[_T, ...]:
        """Record submissions together or not at all, and give what was made of each once that is durable.

        Raises:
            DomainError: the rules refuse one; nothing was recorded.
            StoreUnavailableError, StoreBusyError: they were not recorded, or that is not known.
        """
        made: tuple[_T, ...] = await self._result_of(Job(tuple(submissions)))
        return made

    async def record_once(self, submissions: Sequence[Submission[_T]], once: Once[Sequence[_T]]) -> Done[Sequence[_T]]:
        """Record submissions as ``record`` does, if nothing was for this key before, and keep what is answered.

        Raises:
            DomainError, StoreUnavailableError, StoreBusyError: as above; try again with the key.
            KeyReusedError, KeyInFlightError: the key stands against it.
        """
        done: Done[Sequence[_T]] = await self._result_of(Job(tuple(submissions), once))
        return done

    async def check(self) -> None:
        """See that a batch can be recorded now, by recording one of nothing.

        Raises:
            StoreUnavailableError, StoreBusyError: none can.
        """
        await self.record(())

    async def _result_of(self, job: Job[Any]) -> Any:  # noqa: ANN401 - what a result is hangs on the job
        if self._stopping or self._size >= _MOST_WAITING:
            raise StoreBusyError("More is waiting to be recorded than can be recorded soon")
        name = _name_of(job)
        if name is not None:
            if name in self._keys:
                raise KeyInFlightError("The first request with this Idempotency-Key is still being recorded")
            self._keys.add(name)
        size = max(1, len(job.submissions))
        self._size += size
        loop = asyncio.get_running_loop()
        weight = max(1, sum(submission.weight for submission in job.submissions))
        waiting = _Waiting(job, weight, loop.create_future(), loop.time() + self._timeout)
        (self._small if weight < _LARGE else self._large).append(waiting)
        self._arrived.set()
        deadline = loop.call_at(waiting.until, _expire, waiting, loop)
        try:
            # A caller who hangs up gives up what has not begun; what is on its way into the record stays there.
            return await waiting.result
        finally:
            deadline.cancel()
            self._size -= size
            if name is not None:
                self._keys.discard(name)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._small or self._large or self._aside or not self._stopping:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._arrived.wait(), _PAUSE if self._aside else None)
            self._arrived.clear()
            while batch := self._next_batch():
                began = loop.time()
                await self._record(batch)
                self._observe(len(batch), loop.time() - began)
                if not self._small and not self._large:
                    break

    def _next_batch(self) -> list[_Waiting]:
        again = _taken(self._aside, _MOST_TRIED_AGAIN)
        return again + (_taken(next(self._turns), _MOST_IN_A_BATCH) or _taken(next(self._turns), _MOST_IN_A_BATCH))

    async def _record(self, batch: list[_Waiting]) -> None:
        try:
            results = await self._write(batch)
        except StoreUnavailableError as error:
            results = [error] * len(batch)
        except Exception as error:  # noqa: BLE001 - told to whom it concerns, below
            if len(batch) > 1:
                await self._record_one_by_one(batch)
                return
            results = [error]
        for waiting, result in zip(batch, results, strict=True):
            if isinstance(result, StoreBusyError):
                self._put_aside(waiting, result)
            else:
                _give(waiting.result, result)

    async def _record_one_by_one(self, batch: list[_Waiting]) -> None:
        """Let each have its own end. Those about an account that was found to be held need not find it out again."""
        held: dict[str, StoreBusyError] = {}
        for waiting in batch:
            accounts = [submission.account_id for submission in waiting.job.submissions]
            why = next((held[account] for account in accounts if account in held), None)
            if why is not None:
                self._put_aside(waiting, why)
            elif not waiting.result.done():
                await self._record([waiting])
                if waiting.put_aside is not None and not waiting.under_way:
                    held |= dict.fromkeys(accounts, waiting.put_aside)

    def _put_aside(self, waiting: _Waiting, why: StoreBusyError) -> None:
        waiting.under_way, waiting.put_aside = False, why
        if asyncio.get_running_loop().time() < waiting.until:
            self._aside.append(waiting)
        else:
            _give(waiting.result, why)

    async def _write(self, batch: list[_Waiting]) -> list[JobResult]:
        jobs = [waiting.job for waiting in batch]

        def decide(loaded: Loaded) -> tuple[Writes, list[JobResult]]:
            return plan(jobs, loaded, self._clock)

        return await self._writer.write(_request_for(jobs), decide)


def _taken(queue: deque[_Waiting], most: int) -> list[_Waiting]:
    """The first of a queue that are still waited for, up to some weight; one at least, whatever it weighs."""
    taken: list[_Waiting] = []
    while queue and not (taken and queue[0].weight > most):
        waiting = queue.popleft()
        if not waiting.result.done():
            most -= waiting.weight
            waiting.under_way = True
            taken.append(waiting)
    return taken


def _expire(waiting: _Waiting, loop: asyncio.AbstractEventLoop) -> None:
    if waiting.under_way:
        loop.call_later(_MOMENT, _give_up, waiting)
    else:
        _give_up(waiting)


def _give_up(waiting: _Waiting) -> None:
    _give(waiting.result, _too_late(waiting))


def _too_late(waiting: _Waiting) -> StoreBusyError | StoreUnavailableError:
    if waiting.under_way:
        return StoreUnavailableError("The database did not answer in time; it is not known whether it was recorded")
    return waiting.put_aside or StoreBusyError("It could not be recorded in time; nothing was recorded")


def _name_of(job: Job[Any]) -> CallerKey | None:
    return None if job.once is None else (job.once.key.caller, job.once.key.key)


def _request_for(jobs: list[Job[Any]]) -> LoadRequest:
    submissions = [submission for job in jobs for submission in job.submissions]
    events = [submission.event for submission in submissions if submission.event is not None]
    days = {(submission.account_id, submission.on) for submission in submissions if submission.on is not None}
    return LoadRequest(
        account_ids=sorted({submission.account_id for submission in submissions}),
        records=sorted({event.record for event in events}),
        event_keys=sorted({key for event in events for key in event.keys}),
        keys=sorted({name for job in jobs if (name := _name_of(job)) is not None}),
        whole=sorted({submission.account_id for submission in submissions if submission.whole} | _of_two_days(days)),
        days=sorted(days),
        accused=sorted({submission.account_id for submission in submissions if submission.of_conduct is not None}),
        disputed=sorted({submission.account_id for submission in submissions if submission.of_dispute}),
        proof=any(not job.submissions for job in jobs),
    )


def _of_two_days(days: Iterable[tuple[str, date]]) -> set[str]:
    """The accounts of which several days are asked for: what stands now may be the past when the next is decided."""
    return {account for account, count in Counter(account for account, _ in days).items() if count > 1}


def _give(waiting: asyncio.Future[Any], result: JobResult) -> None:
    if waiting.done():
        return
    if isinstance(result, Exception):
        waiting.set_exception(result)
        waiting.exception()  # a caller who hung up will not ask for it
    else:
        waiting.set_result(result)
