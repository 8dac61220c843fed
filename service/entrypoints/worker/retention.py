"""Forget what CRMs sent once it is old enough, a few payloads to a commit."""

import asyncio
from datetime import timedelta

from service.entrypoints.common.background import WorkerContext
from service.store.events import forget_payloads

FORGETTING_SECONDS = 600
"""How long it rests once nothing is left to forget."""
_AT_ONCE = 20
_REST = 0.05
"""Seconds between commits, in which whoever records has its turn: SQLite lets in who asks first, not who waits."""


async def forget_old_payloads(context: WorkerContext, keep_for: timedelta) -> bool:
    """Forget some of the payloads that were received longer ago than they are kept; whether more may be left.

    Raises:
        StoreError: the database is away; they are forgotten when it is back.
    """
    now = context.now()
    forgotten = await asyncio.to_thread(forget_payloads, context.database.engine, now - keep_for, now, _AT_ONCE)
    if forgotten:
        context.log("payloads_forgotten", payloads=forgotten)
        await asyncio.sleep(_REST)
    return forgotten == _AT_ONCE
