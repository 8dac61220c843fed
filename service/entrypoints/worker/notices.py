"""Find the handoffs that are due or overdue, for those who asked to be told."""

import asyncio
from collections.abc import Callable
from datetime import date
from uuid import UUID

from service.entrypoints.common.background import WorkerContext
from service.store.delivery.due_handoffs import notice_handoffs


async def run_notices(context: WorkerContext, today: Callable[[], date], new_id: Callable[[], UUID]) -> bool:
    """Put a notice of each into the outbox; whether there were any.

    Raises:
        StoreUnavailableError: the database is away; they are found when it is back.
    """
    engine, now = context.database.engine, context.now()
    return await asyncio.to_thread(notice_handoffs, engine, today(), now, new_id) > 0
