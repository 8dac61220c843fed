"""Receive what a CRM tells: keep it, put it together with what is known, and decide where that changes the facts."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from service.crm.known_record import KnownRecord, RecordChange, RecordKind, merge
from service.crm.mapping import FieldMapping
from service.crm.payloads import MalformedPayloadError, impossible, milliseconds_to
from service.domain.errors import EventNotRejectedError
from service.store.database import Database
from service.store.decisions import team_as_prospect
from service.store.events import find_event, find_payload, known_records
from service.store.inbox import EventOf, EventStatus, Payload, RecordedEvent, Settlement
from service.store.recording import Asked, SettleEvent, Standing, Submission
from service.usecases.account_events import settle_account_event
from service.usecases.event_settlements import read_known, without_its_own
from service.usecases.opportunity_events import OpportunityEvent, first_order_won
from service.usecases.read_payload import EventSource, changes_in, key_of, quoted_part

IN_ONE_COMMIT = 100
"""Events. Whatever is to be recorded beside a long payload waits for so many and not for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """What receiving rests on: the mapping, the instant and its day, new identifiers, and who asks.

    ``again``: of rejected events.
    """

    mapping: FieldMapping
    at: datetime
    today: date
    new_id: Callable[[], UUID]
    asked: Asked
    again: bool = False


async def record(
    database: Database, payload: Payload, changes: Iterable[RecordChange], reception: Reception
) -> tuple[RecordedEvent, ...]:
    """What became of each change that a payload tells of, in the CRM's own order, once all of them are durable.

    They are recorded a hundred at a time, each hundred durable before the next is begun.

    Raises:
        StoreUnavailableError, StoreBusyError: it stopped on the way; sent again, what was recorded is known as such.
    """
    ordered = sorted(changes, key=lambda change: change.order)
    recorded: list[RecordedEvent] = []
    for first in range(0, len(ordered), IN_ONE_COMMIT):
        part = ordered[first : first + IN_ONE_COMMIT]
        submissions = await asyncio.to_thread(receive, database, payload, part, reception)
        recorded += await database.recorder.record(submissions)
        payload = replace(payload, recorded=not all(event.repeated for event in recorded))
    return tuple(recorded)


def receive(
    database: Database, payload: Payload, changes: Iterable[RecordChange], reception: Reception
) -> tuple[Submission[RecordedEvent], ...]:
    """The changes that a payload tells of, to be recorded one by one in the CRM's own order.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    ordered = sorted(changes, key=lambda change: change.order)
    won = [change.record_id for change in ordered if change.kind is RecordKind.OPPORTUNITY and change.record_id]
    found = known_records(database.engine, RecordKind.OPPORTUNITY, won)
    foreseen = {record_id: read_known(known, record_id) for record_id, known in found.items()}
    return tuple(
        _of_an_opportunity(database, change, payload, foreseen, reception)
        if change.kind is RecordKind.OPPORTUNITY
        else _of_an_account(change, payload, reception)
        for change in ordered
    )


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
    """The events of one payload to be recorded anew, in the CRM's own order."""
    source, received_at = EventSource(payload.source), events[0].received_at
    found: dict[tuple[str, str, str], RecordChange] = {}
    reason = "What was sent is not read as this event any more"
    try:
        # A signed message has one event, and no other payload a name.
        for message_id in _message_ids(events[0]) if source is EventSource.EVENTS else ("",):
            changes = changes_in(source, payload.body, message_id, reception.mapping, received_at)
            # A payload may hold one twice: the first of them was recorded, and the other was the same again.
            for change in sorted(changes, key=lambda change: change.order):
                for key in (event_key(source, change), _former_key(source, change)):
                    found.setdefault((key, change.kind, change.about), change)
    except MalformedPayloadError as error:
        reason = str(error)
    read = [(found.get((event.key, *event.record)), event) for event in events]
    told = sorted(((change, event) for change, event in read if change), key=lambda pair: pair[0].order)
    submissions = receive(database, payload, [change for change, _ in told], reception)
    again = [(event, submission) for (_, event), submission in zip(told, submissions, strict=True)]
    again += [(event, _not_read(event, reason, reception)) for change, event in read if change is None]
    return [(event, replace(submission, event=_again(event))) for event, submission in again]


def _again(event: RecordedEvent) -> EventOf:
    # What was sent is on record, and need not be in hand.
    payload = Payload(id=event.payload_id, source=event.source, content_type="", body=b"", recorded=True)
    return EventOf(key=event.key, payload=payload, record=event.record, again=event.settled_at)


def event_key(source: str, change: RecordChange) -> str:
    """What tells an event about one record from every other, and is the same however often it is delivered."""
    return key_of(source, change.order.key, change.about)


def _former_key(source: str, change: RecordChange) -> str:
    """The key that an earlier release gave the event."""
    return f"{source}:{change.former_key or change.order.key}:{change.about}"


def _message_ids(event: RecordedEvent) -> tuple[str, str]:
    """The id of a signed message by its event's key, as it is written now and as an earlier release wrote it."""
    named, about = event.key.removeprefix(f"{event.source}:"), event.record[1]
    now = named.removesuffix(f":{quoted_part(about)}").replace("%3A", ":").replace("%25", "%")
    return now, named.removesuffix(f":{about}")


def _of_an_account(change: RecordChange, payload: Payload, reception: Reception) -> Submission[RecordedEvent]:
    settle = partial(settle_account_event, change, today=reception.today, again=reception.again)
    return _submission(change.about, change, payload, reception, settle)


def _of_an_opportunity(
    database: Database, change: RecordChange, payload: Payload, foreseen: dict[str, KnownRecord], reception: Reception
) -> Submission[RecordedEvent]:
    """``foreseen`` is what will be known of opportunities before the change, and with it afterwards."""
    record_id = change.about
    known = foreseen.get(record_id, KnownRecord(record_id=record_id))
    if not change.patch.faults and impossible(change.order.instant_ms, milliseconds_to(reception.at)) is None:
        known = without_its_own(known, change) if reception.again else known
        known = foreseen[record_id] = merge(known, change)
    # Whose account it is must be known before its lock is taken; whether that holds is asked again under the lock.
    stated = known.fields.get("account_id")
    account_id = None if stated is None or stated.value is None else str(stated.value)
    team = None
    if account_id is not None and first_order_won(known, reception.mapping.opportunity) is not None:
        team = team_as_prospect(database.engine, account_id)
    event = OpportunityEvent(
        change=change,
        account_id=account_id,
        team_as_prospect=team,
        mapping=reception.mapping.opportunity,
        handoff_id=reception.new_id(),
        today=reception.today,
        again=reception.again,
    )
    return _submission(account_id or record_id, change, payload, reception, event.settle)


def _not_read(event: RecordedEvent, reason: str, reception: Reception) -> Submission[RecordedEvent]:
    status = EventStatus.REJECTED if event.status is EventStatus.WAITING else event.status
    settlement = Settlement(status=status, problem=((None, reason),), remarks=event.remarks)
    return Submission(
        account_id=event.record[1],
        asked=replace(reception.asked, source=event.source),
        decide=lambda _: SettleEvent(settlement),
    )


def _submission(
    account_id: str,
    change: RecordChange,
    payload: Payload,
    reception: Reception,
    settle: Callable[[Standing], SettleEvent],
) -> Submission[RecordedEvent]:
    key, former = event_key(payload.source, change), _former_key(payload.source, change)
    event = EventOf(
        key=key,
        payload=payload,
        record=(change.kind, change.about),
        former_key=None if former == key else former,
        stamp=change.stamp,
    )
    asked = replace(reception.asked, source=payload.source)
    return Submission(account_id=account_id, asked=asked, decide=settle, whole=True, event=event)
