"""Forget what CRMs sent, and remove settled deliveries, once they are old enough: a few to a commit."""

import asyncio
from datetime import timedelta

from service.entrypoints.common.background import WorkerContext
from service.store.delivery.removal import remove_settled, settled_before
from service.store.events import forget_payloads

FORGETTING_SECONDS = 600
"""How long it rests once nothing is left to forget."""
_AT_ONCE = 20
_DELIVERIES_AT_ONCE, _DELIVERIES_FOUND = 50, 500
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


async def remove_old_deliveries(context: WorkerContext, keep_for: timedelta) -> bool:
    """Remove some of the deliveries that were settled longer ago than they are kept; whether more may be left.

    Raises:
        StoreError: the database is away; they are removed when it is back.
    """
    engine, before = context.database.engine, context.now() - keep_for
    found = await asyncio.to_thread(settled_before, engine, before, _DELIVERIES_FOUND)
    removed = 0
    for first in range(0, len(found), _DELIVERIES_AT_ONCE):
        some = found[first : first + _DELIVERIES_AT_ONCE]
        removed += await asyncio.to_thread(remove_settled, engine, some, before)
        await asyncio.sleep(_REST)
    if removed:
        context.log("deliveries_removed", deliveries=removed)
    return removed > 0
