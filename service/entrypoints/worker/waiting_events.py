"""Apply the events that waited for their account's first decision, or for their day, once it is there."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from service.crm.mapping import FieldMapping
from service.domain.calendar import day_of
from service.entrypoints.common.background import WorkerContext
from service.store.events import events_that_waited
from service.store.recording import Asked
from service.usecases.receive_events import Reception
from service.usecases.retry_events import retry_all

_AT_ONCE = 100


async def apply_waiting(context: WorkerContext, mapping: FieldMapping, new_id: Callable[[], UUID]) -> bool:
    """Apply the events that wait no more, a hundred at most, as who sent them; whether there were any.

    Raises:
        StoreUnavailableError, StoreBusyError: none was; they are found again.
    """
    database, today = context.database, day_of(context.now(), mapping.zone)
    waited = await asyncio.to_thread(events_that_waited, database.engine, today, _AT_ONCE)
    if not waited:
        return False
    asked = Asked("", "", "")
    reception = Reception(mapping=mapping, at=context.now(), today=today, new_id=new_id, asked=asked, again=True)
    again = await asyncio.to_thread(retry_all, database, waited, reception)
    by_sender = [
        replace(submission, asked=Asked(event.actor, event.source, event.request_id)) for event, submission in again
    ]
    tried = await database.recorder.record(by_sender)
    context.log("waiting_events_tried", applied=sum(event.status == "applied" for event in tried), tried=len(tried))
    return True
