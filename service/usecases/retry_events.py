"""Try events again: what was sent is read anew, with the mapping as it is now; or dismiss them, for a reason."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from service.crm.known_record import RecordChange
from service.crm.payloads import MalformedPayloadError
from service.domain.account_ids import forms_of
from service.domain.errors import EventNotRejectedError, PayloadForgottenError
from service.store.database import Database
from service.store.event_retries import RecordedRetry
from service.store.events import events_to_retry, find_event, find_payload
from service.store.inbox import EventOf, EventStatus, Payload, RecordedEvent, Settlement
from service.store.recording import Asked, SettleEvent, Standing, Submission
from service.usecases.read_payload import EventSource, changes_in, quoted_part
from service.usecases.receive_events import IN_ONE_COMMIT, Reception, event_key, former_key, receive


def retry(database: Database, event_id: UUID, reception: Reception) -> Submission[RecordedEvent] | None:
    """An event to be recorded anew, as ``retry_all`` does; None: no such event.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    event = find_event(database.engine, event_id)
    return None if event is None else next((again for _, again in retry_all(database, [event], reception)), None)


def dismiss(event: RecordedEvent, reason: str, asked: Asked) -> Submission[RecordedEvent]:
    """An event that was rejected or waits to be closed, for a reason. What it told is known as before."""
    settlement = Settlement(
        status=EventStatus.DISMISSED,
        problem=event.problem,
        remarks=event.remarks,
        left_out=event.left_out,
        reason=reason,
    )

    def close(_: Standing) -> SettleEvent:
        if not event.is_open:
            raise EventNotRejectedError(event.id, event.status)
        return SettleEvent(settlement)

    return Submission(
        account_id=event.record[1],
        asked=replace(asked, source=event.source),
        decide=close,
        event=_again(event),
    )


def retry_all(
    database: Database, events: Sequence[RecordedEvent], reception: Reception
) -> list[tuple[RecordedEvent, Submission[RecordedEvent]]]:
    """Events to be recorded anew, from what was sent, with the mapping as it is now; each payload is read once.

    Whether an event may still be tried again is asked when that is recorded; one that somebody else tried since is left
    as it is then. Where what was sent is not read as an event any more, it is rejected still.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    by_payload = attrgetter("payload_id")
    return [
        again
        for payload_id, told in groupby(sorted(events, key=by_payload), by_payload)
        if (payload := find_payload(database.engine, payload_id)) is not None
        for again in _read_again(database, payload, list(told), reception)
    ]


def _read_again(
    database: Database, payload: Payload, events: Sequence[RecordedEvent], reception: Reception
) -> list[tuple[RecordedEvent, Submission[RecordedEvent]]]:
    """The events of one payload to be recorded anew, in the CRM's own order.

    Where it was forgotten, recording them fails with ``PayloadForgottenError``.
    """
    if payload.forgotten_at is not None:
        return [(event, _forgotten(event, payload, payload.forgotten_at, reception)) for event in events]
    source, received_at = EventSource(payload.source), events[0].received_at
    found: dict[tuple[str, str, str], RecordChange] = {}
    reason = "What was sent is not read as this event any more"
    try:
        # A signed message has one event, and no other payload a name.
        for message_id in _message_ids(events[0]) if source is EventSource.EVENTS else ("",):
            changes = changes_in(source, payload.body, message_id, reception.mapping, received_at)
            # A payload may hold one twice: the first of them was recorded, and the other was the same again.
            for change in sorted(changes, key=lambda change: change.order):
                for key in (event_key(source, change), former_key(source, change)):
                    found.setdefault((key, change.kind, change.about), change)
    except MalformedPayloadError as error:
        reason = str(error)
    read = [(found.get((event.key, *event.record)), event) for event in events]
    told = sorted(((change, event) for change, event in read if change), key=lambda pair: pair[0].order)
    submissions = receive(database, payload, [change for change, _ in told], reception)
    again = [(event, submission) for (_, event), submission in zip(told, submissions, strict=True)]
    again += [(event, _not_read(event, reason, reception)) for change, event in read if change is None]
    return [(event, replace(submission, event=_again(event))) for event, submission in again]


def _forgotten(event: RecordedEvent, payload: Payload, at: datetime, reception: Reception) -> Submission[RecordedEvent]:
    error = PayloadForgottenError(event.id, at, payload.digest)

    def refuse(_: Standing) -> SettleEvent:
        raise error

    if event.status is EventStatus.WAITING:  # tried again by nobody, it would be so without end
        return replace(_not_read(event, str(error), reception), event=_again(event))
    return replace(_not_read(event, "", reception), decide=refuse, event=_again(event))


def _again(event: RecordedEvent) -> EventOf:
    # What was sent is on record, and need not be in hand.
    payload = Payload(id=event.payload_id, source=event.source, content_type="", body=b"", recorded=True)
    return EventOf(key=event.key, payload=payload, record=event.record, again=event.settled_at)


def _message_ids(event: RecordedEvent) -> tuple[str, str]:
    """The id of a signed message by its event's key, as it is written now and as an earlier release wrote it."""
    named, about = event.key.removeprefix(f"{event.source}:"), event.record[1]
    about = next((form for form in forms_of(about) if named.endswith(f":{form}")), about)
    now = named.removesuffix(f":{quoted_part(about)}").replace("%3A", ":").replace("%25", "%")
    return now, named.removesuffix(f":{about}")


def _not_read(event: RecordedEvent, reason: str, reception: Reception) -> Submission[RecordedEvent]:
    status = EventStatus.REJECTED if event.is_open or event.status is EventStatus.DISMISSED else event.status
    settlement = Settlement(status=status, problem=((None, reason),), remarks=event.remarks)
    return Submission(
        account_id=event.record[1],
        asked=replace(reception.asked, source=event.source),
        decide=lambda _: SettleEvent(settlement),
    )


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
    unread = [
        event for event in events if event.repeated and event.remarks and event.status is not EventStatus.DISMISSED
    ]
    if not unread:
        return events
    again = await asyncio.to_thread(retry_all, database, unread, reception)
    read = await database.recorder.record([submission for _, submission in again])
    return [*(event for event in events if event not in unread), *read]
