"""The background of a service, or all that a worker does: run side by side until told to stop."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from service.store.database import Database

Task: TypeAlias = Callable[[], Awaitable[None]]
"""Goes on until cancelled."""


async def work(database: Database, tasks: Sequence[Task], stop: asyncio.Event) -> None:
    """Go on with tasks until told to stop, and let each end in good order."""
    await database.recorder.start()
    running = [asyncio.ensure_future(task()) for task in tasks]
    try:
        await stop.wait()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await database.recorder.stop()
        # A thread goes on when its task is cancelled, and a connection that it gave back later would stay open.
        await asyncio.get_running_loop().shutdown_default_executor()
        database.engine.dispose()
