"""Find the handoffs that are due or overdue, and the leads that are, for those who asked to be told."""

import asyncio
from collections.abc import Callable
from datetime import tzinfo
from uuid import UUID

from service.domain.calendar import day_of
from service.entrypoints.common.background import WorkerContext
from service.store.delivery.due_handoffs import notice_handoffs
from service.store.delivery.due_leads import notice_leads


async def run_notices(context: WorkerContext, zone: tzinfo, new_id: Callable[[], UUID]) -> bool:
    """Put a notice of each into the outbox, by the days of a time zone; whether there were any.

    Raises:
        StoreUnavailableError: the database is away; they are found when it is back.
    """
    engine, now = context.database.engine, context.now()
    handoffs = await asyncio.to_thread(notice_handoffs, engine, day_of(now, zone), now, new_id)
    leads = await asyncio.to_thread(notice_leads, engine, now, zone, new_id)
    return handoffs + leads > 0
