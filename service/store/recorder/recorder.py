"""The recorder: collects the jobs that are waiting, and records them in one transaction (group commit).

An answer leaves only when everything it speaks of is durable. Jobs of one batch share one commit, yet each succeeds or
fails by itself.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from service.store.batch import CallerKey, Gathered, Writes
from service.store.clock import Stamp
from service.store.errors import KeyInFlightError, StoreBusyError, StoreUnavailableError
from service.store.recorder.plan import Outcome, plan
from service.store.recorder.writer import BatchWriter, Need
from service.store.recording import Answer, Done, Job

_MOST_WAITING = 20_000
_MOST_IN_A_BATCH = 1_000


@dataclass(slots=True)
class _Waiting:
    job: Job
    done: asyncio.Future[Done]


class Recorder:
    """Takes jobs from one event loop. ``start`` it there, and ``stop`` it when no more will come."""

    def __init__(self, writer: BatchWriter, stamp: Stamp, observe: Callable[[int, float], None]) -> None:
        self._writer = writer
        self._stamp = stamp
        self._observe = observe
        self._waiting: deque[_Waiting] = deque()
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

    async def record(self, job: Job) -> Done:
        """Record a job, and give its answer once that is durable.

        Raises:
            DomainError: the job's own answer was this error; nothing of it was recorded.
            StoreUnavailableError, StoreBusyError: it was not recorded, or that is not known; try again with its key.
            KeyReusedError, KeyInFlightError: its idempotency key stands against it.
        """
        if self._stopping or self._size >= _MOST_WAITING:
            raise StoreBusyError("More is waiting to be recorded than can be recorded soon")
        name = None if job.idempotency is None else (job.idempotency.caller, job.idempotency.key)
        if name is not None:
            if name in self._keys:
                raise KeyInFlightError("The first request with this Idempotency-Key is still being recorded")
            self._keys.add(name)
        size = max(1, len(job.submissions))
        self._size += size
        waiting = _Waiting(job, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._arrived.set()
        try:
            # A caller who hangs up gives up the answer alone: what is on its way into the record stays there.
            return await waiting.done
        finally:
            self._size -= size
            if name is not None:
                self._keys.discard(name)

    async def check(self) -> None:
        """See that a batch can be recorded now, by recording one of nothing.

        Raises:
            StoreUnavailableError, StoreBusyError: none can.
        """
        await self.record(Job((), lambda _: Answer(b"")))

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting or not self._stopping:
            await self._arrived.wait()
            self._arrived.clear()
            while batch := self._next_batch():
                began = loop.time()
                await self._record(batch)
                self._observe(len(batch), loop.time() - began)

    def _next_batch(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        size = 0
        while self._waiting and size < _MOST_IN_A_BATCH:
            waiting = self._waiting.popleft()
            size += max(1, len(waiting.job.submissions))
            batch.append(waiting)
        return batch

    async def _record(self, batch: list[_Waiting]) -> None:
        try:
            outcomes = await self._write(batch)
        except StoreUnavailableError as error:
            outcomes = [error] * len(batch)
        except Exception as error:  # noqa: BLE001 - told to whom it concerns, below
            if len(batch) > 1:
                for waiting in batch:
                    await self._record([waiting])
                return
            outcomes = [error]
        for waiting, outcome in zip(batch, outcomes, strict=True):
            _settle(waiting.done, outcome)

    async def _write(self, batch: list[_Waiting]) -> list[Outcome]:
        jobs = [waiting.job for waiting in batch]

        def planned(gathered: Gathered) -> tuple[Writes, list[Outcome]]:
            return plan(jobs, gathered, self._stamp)

        return await self._writer.write(_need(jobs), planned)


def _need(jobs: list[Job]) -> Need:
    submissions = [submission for job in jobs for submission in job.submissions]
    events = [submission.event for submission in submissions if submission.event is not None]
    return Need(
        account_ids=sorted({submission.account_id for submission in submissions}),
        records=sorted({event.record for event in events}),
        event_keys=sorted({event.key for event in events}),
        keys=sorted({(job.idempotency.caller, job.idempotency.key) for job in jobs if job.idempotency is not None}),
        whole=sorted({submission.account_id for submission in submissions if submission.whole}),
        proof=any(not job.submissions for job in jobs),
    )


def _settle(done: asyncio.Future[Done], outcome: Outcome) -> None:
    if done.done():
        return
    if isinstance(outcome, Done):
        done.set_result(outcome)
    else:
        done.set_exception(outcome)
        done.exception()  # a caller who hung up will not ask for it
