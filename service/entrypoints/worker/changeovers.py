"""Carry out the changeovers that were asked for, one after the other; one that a crash interrupted goes on."""

import asyncio
from datetime import timedelta

from service.entrypoints.common.background import WorkerContext
from service.store.changeovers import claim_changeover, finish_changeover, note_progress
from service.store.recording import Asked
from service.usecases.change_over import Progress, change_over

_LEASE = timedelta(seconds=60)
SOURCE = "changeover"


async def run_changeovers(context: WorkerContext) -> bool:
    """Carry out one changeover, if one waits; whether there was one.

    Raises:
        StoreUnavailableError, StoreBusyError: it stopped half-way, and goes on when it is claimed again.
    """
    engine, now = context.database.engine, context.now()
    claimed = await asyncio.to_thread(claim_changeover, engine, now, now + _LEASE)
    if claimed is None:
        return False
    on = claimed.on

    def note(progress: Progress) -> None:
        until = context.now() + _LEASE
        note_progress(engine, on, progress.after or "", progress.examined, progress.unsettled, until)

    begun = Progress(after=claimed.after_account_id, examined=claimed.examined, unsettled=claimed.unsettled)
    asked = Asked(claimed.requested_by, SOURCE, claimed.request_id)
    progress = await change_over(context.database, on, asked, note, begun)
    await asyncio.to_thread(finish_changeover, engine, on, context.now())
    context.log("changeover_done", on=on.isoformat(), examined=progress.examined, moved=progress.moved)
    return True
