"""Carry out the redactions that were asked for, one after the other; one that a crash interrupted goes on."""

import asyncio
from collections.abc import Callable
from uuid import UUID

from service.entrypoints.common.background import WorkerContext
from service.usecases.redact import carry_out_next

REDACTING_SECONDS = 3
"""How long it rests where there is none, or one cannot be carried out now."""


async def run_redactions(context: WorkerContext, new_id: Callable[[], UUID]) -> bool:
    """Carry out one redaction, if one waits; whether there was one.

    Raises:
        StoreError: it could not be carried out now, and is tried again.
    """
    done = await asyncio.to_thread(carry_out_next, context.database, context.now, new_id)
    if done is None:
        return False
    context.log("account_redacted", redaction=str(done.id))
    return True
