"""Say whether the service can record, at whatever rate that is asked."""

import asyncio
from collections.abc import Callable

from service.store.database import Database
from service.store.migrations import check_schema

_BELIEVED_FOR = 1.0


class Readiness:
    """Asks the database at most once a second, for all who want to know, and says no once the service is to stop.

    ``ticks`` counts seconds.
    """

    def __init__(self, database: Database, ticks: Callable[[], float]) -> None:
        self._database = database
        self._ticks = ticks
        self._asked: asyncio.Task[None] | None = None
        self._asked_at = 0.0
        self.leaving = False

    def leave(self) -> None:
        """Say no from now on: the service is to stop."""
        self.leaving = True

    async def check(self) -> None:
        """See that the database answers, that its schema is this release's, and that a batch can be written.

        Raises:
            StoreError: it is not so, or was not so within the last second.
        """
        if self._asked is None or (self._asked.done() and self._asked_at + _BELIEVED_FOR <= self._ticks()):
            self._asked_at = self._ticks()
            self._asked = asyncio.create_task(self._ask())
            self._asked.add_done_callback(_see)
        await asyncio.shield(self._asked)

    async def _ask(self) -> None:
        await asyncio.to_thread(check_schema, self._database.engine)
        await self._database.recorder.check()


def _see(asked: asyncio.Task[None]) -> None:
    if not asked.cancelled():
        asked.exception()  # those who still wait are told of it; those who hung up will not ask for it
