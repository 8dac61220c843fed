"""Carry out the application of a policy that was asked for; one that a crash interrupted goes on."""

import asyncio
from collections.abc import Callable
from datetime import date, timedelta

from service.entrypoints.common.background import WorkerContext
from service.store.applications import Applied, claim_application, finish_application, note_application
from service.usecases.apply_policy import apply_policy

_LEASE = timedelta(seconds=60)


async def run_applications(context: WorkerContext, today: Callable[[], date]) -> bool:
    """Carry out one application, if one waits; whether there was one.

    Raises:
        StoreUnavailableError, StoreBusyError: it stopped half-way, and goes on when it is claimed again.
    """
    engine, now = context.database.engine, context.now()
    claimed = await asyncio.to_thread(claim_application, engine, now, now + _LEASE)
    if claimed is None:
        return False

    def note(progress: Applied) -> None:
        note_application(engine, claimed.id, progress, context.now() + _LEASE)

    status = await apply_policy(context.database, claimed, today, note)
    ended = await asyncio.to_thread(finish_application, engine, claimed.id, status, context.now())
    context.log("application_done", id=str(ended.id), status=status, decided=ended.progress.decided)
    return True
