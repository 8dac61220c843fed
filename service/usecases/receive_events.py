"""Receive what a CRM tells: keep it, put it together with what is known, and decide where that changes the facts."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from service.crm.known_record import KnownRecord, known_from_json
from service.crm.mapping import FieldMapping
from service.crm.merging import RecordChange, RecordKind, merge
from service.store.database import Database
from service.store.decisions import team_as_prospect
from service.store.events import known_records
from service.store.inbox import EventOf, Payload, RecordedEvent
from service.store.recording import SettleEvent, Standing, Submission
from service.usecases.account_events import settle_account_event
from service.usecases.classify import Asked
from service.usecases.opportunity_events import OpportunityEvent, first_order_won

EVERY_RECORD = "*"
"""Stands for all records of a kind: what an event tells whose changes overflowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """What receiving rests on: the mapping, the day, new identifiers, and who asks. ``again``: of rejected events."""

    mapping: FieldMapping
    today: date
    new_id: Callable[[], UUID]
    asked: Asked
    again: bool = False


def receive(
    database: Database, payload: Payload, changes: Iterable[RecordChange], reception: Reception
) -> tuple[Submission[RecordedEvent], ...]:
    """The changes that a payload tells of, to be recorded one by one in the CRM's own order.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    ordered = sorted(changes, key=lambda change: change.order)
    won = [change.record_id for change in ordered if change.kind is RecordKind.OPPORTUNITY and change.record_id]
    known = known_records(database.engine, RecordKind.OPPORTUNITY, won)
    return tuple(
        _of_an_opportunity(database, change, payload, known, reception)
        if change.kind is RecordKind.OPPORTUNITY
        else _of_an_account(change, payload, reception)
        for change in ordered
    )


def event_key(source: str, change: RecordChange) -> str:
    """What tells an event about one record from every other, and is the same however often it is delivered."""
    return f"{source}:{change.order.key}:{change.record_id or EVERY_RECORD}"


def _of_an_account(change: RecordChange, payload: Payload, reception: Reception) -> Submission[RecordedEvent]:
    record_id = change.record_id or EVERY_RECORD

    def settle(standing: Standing) -> SettleEvent:
        return settle_account_event(change, record_id, standing, reception.today, again=reception.again)

    return _submission(record_id, change, payload, reception, settle)


def _of_an_opportunity(
    database: Database, change: RecordChange, payload: Payload, known: Mapping[str, str], reception: Reception
) -> Submission[RecordedEvent]:
    record_id = change.record_id or EVERY_RECORD
    so_far = known_from_json(known[record_id]) if record_id in known else KnownRecord(record_id=record_id)
    # Whose account it is must be known before its lock is taken; whether that holds is asked again under the lock.
    foreseen = so_far if change.patch.faults else merge(so_far, change)
    stated = foreseen.fields.get("account_id")
    account_id = None if stated is None or stated.value is None else str(stated.value)
    team = None
    if account_id is not None and first_order_won(foreseen, reception.mapping.opportunity) is not None:
        team = team_as_prospect(database.engine, account_id)
    event = OpportunityEvent(
        change=change,
        record_id=record_id,
        account_id=account_id,
        team_as_prospect=team,
        mapping=reception.mapping.opportunity,
        handoff_id=reception.new_id(),
        today=reception.today,
        again=reception.again,
    )
    return _submission(account_id or record_id, change, payload, reception, event.settle)


def _submission(
    account_id: str,
    change: RecordChange,
    payload: Payload,
    reception: Reception,
    settle: Callable[[Standing], SettleEvent],
) -> Submission[RecordedEvent]:
    return Submission(
        account_id=account_id,
        actor=reception.asked.actor,
        source=payload.source,
        request_id=reception.asked.request_id,
        decide=settle,
        whole=True,
        event=EventOf(
            key=event_key(payload.source, change),
            payload=payload,
            record=(change.kind, change.record_id or EVERY_RECORD),
            again=reception.again,
        ),
    )
