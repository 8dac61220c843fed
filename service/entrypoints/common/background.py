"""What goes on beside the requests of a service, or is all that a worker does: side by side, until told to stop."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias

from service.store.database import Database
from service.store.errors import StoreError
from service.store.recording import Clock

Task: TypeAlias = Callable[[], Awaitable[None]]
"""Goes on until cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerContext:
    """Made in ``service.background``. ``pause`` is how many seconds to wait when there is nothing to do.

    ``log`` tells what happened, ``warn`` what somebody has to look at.
    """

    database: Database
    now: Clock
    pause: float
    log: Callable[..., None]
    warn: Callable[..., None]
    log_fault: Callable[[str, BaseException], None]


@asynccontextmanager
async def at_work(database: Database, tasks: Sequence[Task]) -> AsyncIterator[None]:
    """Record, and go on with tasks; at the end let each end in good order, and close the database."""
    await database.recorder.start()
    running = [asyncio.ensure_future(task()) for task in tasks]
    try:
        yield
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await database.recorder.stop()
        # A thread goes on when its task is cancelled, and a connection that it gave back later would stay open.
        await asyncio.get_running_loop().shutdown_default_executor()
        database.engine.dispose()


async def repeat(context: WorkerContext, name: str, do: Callable[[WorkerContext], Awaitable[bool]]) -> None:
    """Do what waits to be done, over and over until cancelled; ``do`` says whether there may be more at once.

    What goes wrong is logged, and tried again after a pause.
    """
    while True:
        try:
            if await do(context):
                continue
        except StoreError as error:
            context.log("put_off", task=name, code=error.code, reason=str(error))
        except Exception as error:  # noqa: BLE001 - the background must not end because of one fault
            context.log_fault(name, error)
        await asyncio.sleep(context.pause)
