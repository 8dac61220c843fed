"""Carry out the retries of events that were asked for, one after the other; one that a crash interrupted goes on."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from uuid import UUID

from service.crm.mapping import FieldMapping
from service.domain.calendar import day_of
from service.entrypoints.common.background import WorkerContext
from service.store.event_retries import claim_retry, finish_retry, note_retry
from service.store.recording import Asked
from service.usecases.receive_events import Reception
from service.usecases.retry_events import retry_matching

_LEASE = timedelta(seconds=60)


async def retry_events(context: WorkerContext, mapping: FieldMapping, new_id: Callable[[], UUID]) -> bool:
    """Carry out one retry, if one waits; whether there was one.

    Raises:
        StoreUnavailableError, StoreBusyError: it stopped half-way, and goes on when it is claimed again.
    """
    engine, now = context.database.engine, context.now()
    claimed = await asyncio.to_thread(claim_retry, engine, now, now + _LEASE)
    if claimed is None:
        return False

    def note(after: UUID, outcomes: Mapping[str, int]) -> None:
        note_retry(engine, claimed.id, after, outcomes, context.now() + _LEASE)

    asked = Asked(claimed.requested_by, "", claimed.request_id)
    reception = Reception(
        mapping=mapping, at=now, today=day_of(now, mapping.zone), new_id=new_id, asked=asked, again=True
    )
    await retry_matching(context.database, claimed, reception, note)
    await asyncio.to_thread(finish_retry, engine, claimed.id, context.now())
    context.log("event_retry_done", id=str(claimed.id))
    return True
