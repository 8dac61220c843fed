"""Put together what was added to counts, so that there stay few rows to sum up."""

import asyncio

from service.entrypoints.common.background import WorkerContext
from service.store.counts import fold_counts

FOLDING_SECONDS = 5
"""How long it rests once all are together."""


async def put_counts_together(context: WorkerContext) -> bool:
    """Put some of them together; whether more is left.

    Raises:
        StoreError: the database is away; they are put together when it is back, and counts are right meanwhile.
    """
    return await asyncio.to_thread(fold_counts, context.database.engine)
