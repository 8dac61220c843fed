"""Try all events again that match, in the background: what was sent is read anew, with the mapping as it is now."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from service.store.database import Database
from service.store.event_retries import RecordedRetry
from service.store.events import events_to_retry
from service.store.inbox import RecordedEvent
from service.usecases.receive_events import IN_ONE_COMMIT, Reception, retry_all


async def retry_matching(
    database: Database, retry: RecordedRetry, reception: Reception, note: Callable[[UUID, Mapping[str, int]], None]
) -> None:
    """Try the events of a retry again, a hundred to a commit, from the payload on that it had come to.

    ``note`` is told after each commit up to which payload all were tried, and what became of how many. What is tried
    once more, because it stopped half-way through a payload, comes to the same.

    Raises:
        StoreUnavailableError, StoreBusyError: it stopped half-way, and goes on from what was noted.
    """
    after, outcomes = retry.after_payload_id, Counter(retry.outcomes)
    while events := await asyncio.to_thread(events_to_retry, database.engine, retry.wanted, after, retry.until):
        tried: list[RecordedEvent] = []
        again = await asyncio.to_thread(retry_all, database, events, reception)
        for first in range(0, len(again), IN_ONE_COMMIT):
            part = [submission for _, submission in again[first : first + IN_ONE_COMMIT]]
            tried += await _tried(database, await database.recorder.record(part), reception)
            await asyncio.to_thread(note, after, outcomes)
        after = events[-1].payload_id
        outcomes.update(event.status.value for event in tried)
        await asyncio.to_thread(note, after, outcomes)


async def _tried(database: Database, events: Sequence[RecordedEvent], reception: Reception) -> Sequence[RecordedEvent]:
    """Events as they are tried. Another that was may have made them good meanwhile, and they had not been read yet."""
    unread = [event for event in events if event.repeated and event.remarks]
    if not unread:
        return events
    again = await asyncio.to_thread(retry_all, database, unread, reception)
    read = await database.recorder.record([submission for _, submission in again])
    return [*(event for event in events if event not in unread), *read]
