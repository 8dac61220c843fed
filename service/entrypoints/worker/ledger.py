"""Seal what was recorded, a few hundred entries to a commit. What stops that is said, and stops no recording.

Where much waits, processes of their own make the entries of what is sealed next, one fewer than there are cores.
"""

import asyncio
import os
from collections.abc import Callable, Sequence

from anyio import CapacityLimiter

from service.entrypoints.common.apart import made_apart
from service.entrypoints.common.background import WorkerContext
from service.store.ledger.queue import Part
from service.usecases.ledger_key import LedgerStoppedError
from service.usecases.prepare_entries import prepare_entries
from service.usecases.seal import Sealer

SEALING_SECONDS = 0.5
"""How long it rests once all is sealed."""
_PARTS = 16
"""How many parts of the queue are taken up together."""
MUCH, MUCH_BESIDE_REQUESTS = 16, 2
"""From how many parts on others make their entries: sooner where this process answers, for it has one interpreter."""
_TOLD_AFTER = 60.0
"""Seconds that the ledger may be behind before that is said, and between two times of saying what is wrong with it."""


class Sealing:
    """Seals, and says what is wrong no more than once a minute. ``stopped`` is told at each step whether it stopped.

    From ``much`` parts of the queue on, other processes make the entries.
    """

    def __init__(self, sealer: Sealer, stopped: Callable[[bool], object] = lambda _: None, much: int = MUCH) -> None:
        self._sealer = sealer
        self._much = much
        self._stopped = stopped
        self._told_at: float | None = None
        self._has_stopped = False
        self._limiter = CapacityLimiter(max(1, (os.cpu_count() or 1) - 1))  # who seals has the other core

    async def step(self, context: WorkerContext) -> bool:
        """Seal some of what waits; whether more may be left.

        Raises:
            StoreError: the database is away; what waits is sealed when it is back.
        """
        try:
            waiting = await asyncio.to_thread(self._sealer.waiting, _PARTS)
            # What stopped it may be found with the first part: no others are made for nothing then.
            if len(waiting) < self._much or self._has_stopped:
                more = await asyncio.to_thread(self._sealer.step, waiting)
            else:
                more = await self._seal_together(context, waiting)
        except LedgerStoppedError as error:
            self._has_stopped = True
            self._stopped(True)  # noqa: FBT003 - it is
            self._tell(context, "ledger_stopped", reason=str(error))
            return False
        except OSError as error:
            self._tell(context, "checkpoint_unpublished", reason=str(error))
            return True
        self._has_stopped = False
        self._stopped(False)  # noqa: FBT003 - it is not
        if more and (lag := self._sealer.lag) > _TOLD_AFTER:
            self._tell(context, "ledger_behind", seconds=round(lag))
        return more

    async def _seal_together(self, context: WorkerContext, waiting: Sequence[Part]) -> bool:
        """Seal parts of the queue one after the other, while the entries of those that follow are made elsewhere."""
        made = [
            asyncio.ensure_future(made_apart(context.database, prepare_entries, part, limiter=self._limiter))
            for part in waiting
        ]
        try:
            return any([await asyncio.to_thread(self._sealer.seal, await each) for each in made])
        finally:
            for each in made:
                each.cancel()
            await asyncio.gather(*made, return_exceptions=True)

    def _tell(self, context: WorkerContext, event: str, **fields: object) -> None:
        now = asyncio.get_running_loop().time()
        if self._told_at is None or now - self._told_at >= _TOLD_AFTER:
            self._told_at = now
            context.warn(event, **fields)
