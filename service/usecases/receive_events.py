"""Receive what a CRM tells: keep it, put it together with what is known, and decide where that changes the facts."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from uuid import UUID

from service.crm.known_record import KnownRecord, RecordChange, RecordKind, merge
from service.crm.mapping import FieldMapping
from service.crm.payloads import MalformedPayloadError
from service.store.database import Database
from service.store.decisions import team_as_prospect
from service.store.delivery.writes import Written, find_written
from service.store.events import find_event, find_payload, known_records
from service.store.inbox import EventOf, EventStatus, Payload, RecordedEvent, Settlement
from service.store.recording import Asked, SettleEvent, Standing, Submission
from service.usecases.account_events import settle_account_event
from service.usecases.event_settlements import read_known
from service.usecases.opportunity_events import OpportunityEvent, first_order_won
from service.usecases.read_payload import EventSource, changes_in

_IN_ONE_COMMIT = 100
"""Events. Whatever is to be recorded beside a long payload waits for so many and not for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """What receiving rests on: the mapping, the day, new identifiers, and who asks. ``again``: of rejected events."""

    mapping: FieldMapping
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
    for first in range(0, len(ordered), _IN_ONE_COMMIT):
        part = ordered[first : first + _IN_ONE_COMMIT]
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
    accounts = {change.about for change in ordered if change.kind is RecordKind.ACCOUNT}
    written = find_written(database.engine, accounts)
    return tuple(
        _of_an_opportunity(database, change, payload, foreseen, reception)
        if change.kind is RecordKind.OPPORTUNITY
        else _of_an_account(change, payload, written, reception)
        for change in ordered
    )


def retry(database: Database, event_id: UUID, reception: Reception) -> Submission[RecordedEvent] | None:
    """A rejected event to be recorded anew, from what was sent, with the mapping as it is now; None: no such event.

    Whether it is still rejected is asked when that is recorded. Where what was sent is not read as that event any more,
    it is.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    event = find_event(database.engine, event_id)
    payload = None if event is None else find_payload(database.engine, event.payload_id)
    if event is None or payload is None:
        return None
    source = EventSource(event.source)
    for message_id in _message_ids(event):
        try:
            changes = changes_in(source, payload.body, message_id, reception.mapping, event.received_at)
        except MalformedPayloadError as error:
            return _not_read(event, payload, str(error), reception)
        # A payload may hold it twice: the first of them was recorded, and the other was the same again.
        same = sorted((change for change in changes if _is_of(event, change)), key=lambda change: change.order)
        if same:
            (submission,) = receive(database, payload, same[:1], reception)
            again = EventOf(key=event.key, payload=payload, record=event.record, again=reception.again)
            return replace(submission, event=again)
    return _not_read(event, payload, "What was sent is not read as this event any more", reception)


def _is_of(event: RecordedEvent, change: RecordChange) -> bool:
    keys = {event_key(event.source, change), _former_key(event.source, change)}
    return event.key in keys and (change.kind, change.about) == event.record


def event_key(source: str, change: RecordChange) -> str:
    """What tells an event about one record from every other, and is the same however often it is delivered."""
    return f"{source}:{_part(change.order.key)}:{_part(change.about)}"


def _part(text: str) -> str:
    # Joined as they stand, a + b:c and a:b + c would be one.
    return text.replace("%", "%25").replace(":", "%3A")


def _former_key(source: str, change: RecordChange) -> str:
    """The key that an earlier release gave the event."""
    return f"{source}:{change.former_key or change.order.key}:{change.about}"


def _message_ids(event: RecordedEvent) -> tuple[str, str]:
    """The id of a signed message by its event's key, as it is written now and as an earlier release wrote it."""
    named, about = event.key.removeprefix(f"{event.source}:"), event.record[1]
    now = named.removesuffix(f":{_part(about)}").replace("%3A", ":").replace("%25", "%")
    return now, named.removesuffix(f":{about}")


def _of_an_account(
    change: RecordChange, payload: Payload, written: Mapping[str, Written], reception: Reception
) -> Submission[RecordedEvent]:
    own = written.get(change.about) or Written(account_id=change.about)
    settle = partial(settle_account_event, change, today=reception.today, written=own, again=reception.again)
    return _submission(change.about, change, payload, reception, settle)


def _of_an_opportunity(
    database: Database, change: RecordChange, payload: Payload, foreseen: dict[str, KnownRecord], reception: Reception
) -> Submission[RecordedEvent]:
    """``foreseen`` is what will be known of opportunities before the change, and with it afterwards."""
    record_id = change.about
    known = foreseen.get(record_id, KnownRecord(record_id=record_id))
    if not change.patch.faults:
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


def _not_read(event: RecordedEvent, payload: Payload, reason: str, reception: Reception) -> Submission[RecordedEvent]:
    settlement = Settlement(status=EventStatus(event.status), problem=((None, reason),), remarks=event.remarks)
    return Submission(
        account_id=event.record[1],
        asked=replace(reception.asked, source=payload.source),
        decide=lambda _: SettleEvent(settlement),
        event=EventOf(key=event.key, payload=payload, record=event.record, again=reception.again),
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
        again=reception.again,
        former_key=None if former == key else former,
        stamp=change.stamp,
    )
    asked = replace(reception.asked, source=payload.source)
    return Submission(account_id=account_id, asked=asked, decide=settle, whole=True, event=event)
