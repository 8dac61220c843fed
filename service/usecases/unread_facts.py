"""Facts of an account that are unknown because what a CRM said of them last could not be read."""

from dataclasses import dataclass
from uuid import UUID

from service.crm.facts_by_name import FACTS_BY_NAME, PLAIN_NAMES
from service.crm.known_record import RecordKind
from service.crm.mapping import FieldMapping
from service.domain.account_ids import forms_of
from service.store.database import Database
from service.store.events import known_records, remarked_events
from service.usecases.event_settlements import read_known
from service.usecases.read_payload import EventSource, key_of


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadFact:
    """A fact, the field of the event that last told it, and why that could not be read."""

    fact: str
    field: str
    reason: str
    event_id: UUID


def unread_facts(database: Database, account_id: str, mapping: FieldMapping) -> tuple[UnreadFact, ...]:
    """The facts of an account of which the newest news was refused, by the mapping as it is now, in their order.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    found = known_records(database.engine, RecordKind.ACCOUNT, [account_id])
    known = read_known(found.get(account_id), account_id)
    empty = {(name, stated.order.key) for name, stated in known.fields.items() if stated.value is None}
    keys = {
        key_of(source, order_key, form): order_key
        for _, order_key in empty
        for source in EventSource
        for form in forms_of(account_id)
    }
    unread = (
        UnreadFact(fact=fact, field=field, reason=reason, event_id=event.id)
        for event in remarked_events(database.engine, list(keys))
        for field, reason in event.remarks
        if field is not None
        and (fact := _fact_of(field, EventSource(event.source), mapping)) is not None
        and (fact, keys[event.key]) in empty
    )
    return tuple(sorted(unread, key=lambda each: list(FACTS_BY_NAME).index(each.fact)))


def _fact_of(field: str, source: EventSource, mapping: FieldMapping) -> str | None:
    match source:
        case EventSource.EVENTS:
            facts = FACTS_BY_NAME
        case EventSource.HUBSPOT:
            facts = {**mapping.company.facts}
        case _:
            facts = {**mapping.account.facts}
    fact = facts.get(field)
    return None if fact is None else PLAIN_NAMES[fact.place]
