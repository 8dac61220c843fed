"""Receive what a CRM tells: keep it, put it together with what is known, and decide where that changes the facts."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from itertools import chain
from operator import itemgetter
from uuid import UUID

from service.crm.known_record import KnownRecord, RecordChange, RecordKind, merge
from service.crm.mapping import FieldMapping
from service.crm.payloads import impossible, milliseconds_to
from service.crm.statements import EventOrder
from service.store.database import Database
from service.store.decisions import team_as_prospect
from service.store.delivery.writes import Written, find_written
from service.store.events import known_records
from service.store.inbox import EventOf, Payload, RecordedEvent, RecordName
from service.store.recording import Asked, SettleEvent, Standing, Submission
from service.usecases.account_events import deleted_accounts, settle_account_event
from service.usecases.duties_told import Told, keep_told_duties
from service.usecases.event_settlements import read_known, without_its_own
from service.usecases.opportunity_events import OpportunityEvent, first_order_won
from service.usecases.read_payload import key_of

IN_ONE_COMMIT = 50
"""Events. Whatever is to be recorded beside a long payload waits for so many and not for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """What receiving rests on: the mapping, the instant and its day, new identifiers, and who asks.

    ``again``: of rejected events. ``with_wins``: opportunities are told of beside accounts.
    """

    mapping: FieldMapping
    at: datetime
    today: date
    new_id: Callable[[], UUID]
    asked: Asked
    again: bool = False
    with_wins: bool = False


async def record(
    database: Database, payload: Payload, changes: Iterable[RecordChange], reception: Reception
) -> tuple[RecordedEvent, ...]:
    """What became of each change that a payload tells of, in the CRM's own order, once all of them are durable.

    They are recorded fifty at a time, accounts first, those of one record together, and each fifty are durable
    before the next is begun.

    Raises:
        StoreUnavailableError, StoreBusyError: it stopped on the way; sent again, what was recorded is known as such.
    """
    recorded: list[tuple[EventOrder, RecordedEvent]] = []
    changes = list(changes)
    by_kind = {kind: [change for change in changes if change.kind is kind] for kind in RecordKind}
    reception = replace(reception, with_wins=bool(by_kind[RecordKind.OPPORTUNITY]))
    # Who owned an account as a prospect is on record before a win in the same payload asks for it.
    for part in chain.from_iterable(map(_parts, by_kind.values())):
        submissions = await asyncio.to_thread(receive, database, payload, part, reception)
        events = await database.recorder.record(submissions)
        recorded += zip([change.order for change in part], events, strict=True)
        payload = replace(payload, recorded=not all(event.repeated for _, event in recorded))
        told = [change.record_id for change in part if change.kind is RecordKind.OPPORTUNITY and change.record_id]
        if told:
            asked = replace(reception.asked, source=payload.source)
            occasion = Told(reception.today, reception.at, reception.new_id, asked)
            won = reception.mapping.opportunity.closed_won
            await asyncio.to_thread(keep_told_duties, database, told, won, occasion)
    return tuple(event for _, event in sorted(recorded, key=itemgetter(0)))


def _parts(changes: Iterable[RecordChange]) -> Iterator[list[RecordChange]]:
    """The changes in parts of at most fifty, each in the CRM's order, and of a record all in one where they fit."""
    of_records: dict[RecordName, list[RecordChange]] = {}
    for change in sorted(changes, key=_order):
        of_records.setdefault((change.kind, change.about), []).append(change)
    part: list[RecordChange] = []
    for told in of_records.values():
        for first in range(0, len(told), IN_ONE_COMMIT):
            piece = told[first : first + IN_ONE_COMMIT]
            if part and len(part) + len(piece) > IN_ONE_COMMIT:
                yield sorted(part, key=_order)
                part = []
            part += piece
    if part:
        yield sorted(part, key=_order)


def _order(change: RecordChange) -> EventOrder:
    return change.order


def receive(
    database: Database, payload: Payload, changes: Iterable[RecordChange], reception: Reception
) -> tuple[Submission[RecordedEvent], ...]:
    """The changes that a payload tells of, to be recorded in the CRM's own order; of an account one decision follows.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    ordered = sorted(changes, key=_order)
    won = [change.record_id for change in ordered if change.kind is RecordKind.OPPORTUNITY and change.record_id]
    found = known_records(database.engine, RecordKind.OPPORTUNITY, won)
    foreseen = {record_id: read_known(known, record_id) for record_id, known in found.items()}
    accounts = {change.about for change in ordered if change.kind is RecordKind.ACCOUNT}
    written = find_written(database.engine, accounts)
    return tuple(
        _of_an_opportunity(database, change, payload, foreseen, reception)
        if change.kind is RecordKind.OPPORTUNITY
        else _of_an_account(change, payload, written, reception, ahead)
        for change, ahead in zip(ordered, _what_follows(ordered, reception), strict=True)
    )


def _what_follows(ordered: Sequence[RecordChange], reception: Reception) -> list[KnownRecord | None]:
    """What the changes behind each of them tell of the same record; None where there are none.

    Beside a win no decision looks past the account's becoming a customer: who owned it before receives that.
    """
    now_ms = milliseconds_to(reception.at)
    count = Counter((change.kind, change.about) for change in ordered)
    told: dict[RecordName, KnownRecord] = {}
    ahead: list[KnownRecord | None] = []
    for change in reversed(ordered):
        name = (change.kind, change.about)
        ahead.append(told.get(name))
        if reception.with_wins and change.patch.stated.get("customer") is True:
            told.pop(name, None)
        elif count[name] > 1 and not change.patch.faults and impossible(change.order.instant_ms, now_ms) is None:
            told[name] = merge(told.get(name) or KnownRecord(record_id=change.about), change)
    return ahead[::-1]


def event_key(source: str, change: RecordChange) -> str:
    """What tells an event about one record from every other, and is the same however often it is delivered."""
    return key_of(source, change.order.key, change.named or change.about)


def former_key(source: str, change: RecordChange) -> str:
    """The key that an earlier release gave the event."""
    return f"{source}:{change.former_key or change.order.key}:{change.named or change.about}"


def _of_an_account(
    change: RecordChange,
    payload: Payload,
    written: Mapping[str, Written],
    reception: Reception,
    ahead: KnownRecord | None,
) -> Submission[RecordedEvent]:
    own = written.get(change.about) or Written(account_id=change.about)
    settle = partial(
        settle_account_event, change, today=reception.today, written=own, again=reception.again, ahead=ahead
    )
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
    team, is_of_a_deleted = None, False
    if account_id is not None and first_order_won(known, reception.mapping.opportunity) is not None:
        team = team_as_prospect(database.engine, account_id)
        is_of_a_deleted = bool(deleted_accounts(database, [account_id]))
    event = OpportunityEvent(
        change=change,
        account_id=account_id,
        team_as_prospect=team,
        mapping=reception.mapping.opportunity,
        handoff_id=reception.new_id(),
        today=reception.today,
        again=reception.again,
        is_of_a_deleted=is_of_a_deleted,
    )
    return _submission(account_id or record_id, change, payload, reception, event.settle)


def _submission(
    account_id: str,
    change: RecordChange,
    payload: Payload,
    reception: Reception,
    settle: Callable[[Standing], SettleEvent],
) -> Submission[RecordedEvent]:
    key, former = event_key(payload.source, change), former_key(payload.source, change)
    event = EventOf(
        key=key,
        payload=payload,
        record=(change.kind, change.about),
        former_key=None if former == key else former,
        stamp=change.stamp,
    )
    asked = replace(reception.asked, source=payload.source)
    return Submission(account_id=account_id, asked=asked, decide=settle, whole=True, event=event)
