"""Find the handoffs and leads that are due or overdue, and a newer checkpoint, for those who asked to be told."""

import asyncio
from collections.abc import Callable
from datetime import timedelta, tzinfo
from uuid import UUID

from service.domain.calendar import day_of
from service.entrypoints.common.background import WorkerContext
from service.store.delivery.due_checkpoint import notice_checkpoint
from service.store.delivery.due_handoffs import notice_handoffs
from service.store.delivery.due_leads import notice_leads


async def run_notices(
    context: WorkerContext, zone: tzinfo, new_id: Callable[[], UUID], checkpoints: timedelta = timedelta(0)
) -> bool:
    """Put a notice of each into the outbox, by the days of a time zone; whether there were any.

    ``checkpoints``: how long after one checkpoint the next is told; with nothing, none is.

    Raises:
        StoreUnavailableError: the database is away; they are found when it is back.
    """
    engine, now = context.database.engine, context.now()
    handoffs = await asyncio.to_thread(notice_handoffs, engine, day_of(now, zone), now, new_id)
    leads = await asyncio.to_thread(notice_leads, engine, now, zone, new_id)
    newer = await asyncio.to_thread(notice_checkpoint, engine, now, checkpoints, new_id)
    return handoffs + leads + newer > 0
