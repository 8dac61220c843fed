"""Ask what a CRM's events say of an account's record itself: that it is deleted, or that changes of it were lost."""

from dataclasses import dataclass
from datetime import datetime

from service.crm.known_record import EventOrder, KnownRecord, known_from_json
from service.crm.merging import RecordKind
from service.crm.payloads import moment_of
from service.store.database import Database
from service.store.events import known_records
from service.usecases.receive_events import EVERY_RECORD


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmState:
    """When a record was deleted, and since when changes of it are known to be missing; None where neither is so."""

    deleted_at: datetime | None
    stale_since: datetime | None


def find_crm_state(database: Database, account_id: str) -> CrmState | None:
    """The state of an account's record; None where no event told of it.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    found = known_records(database.engine, RecordKind.ACCOUNT, [account_id, EVERY_RECORD])
    if account_id not in found:
        return None
    known = known_from_json(found[account_id])
    every = known_from_json(found[EVERY_RECORD]) if EVERY_RECORD in found else KnownRecord(record_id=EVERY_RECORD)
    # What overflowed concerns every record that has not told all of itself since.
    gaps = [order for order in (known.gap_at, every.gap_at) if order is not None]
    stale = max(gaps, default=None)
    if stale is not None and known.whole_at is not None and known.whole_at > stale:
        stale = None
    return CrmState(deleted_at=_instant(known.deleted), stale_since=_instant(stale))


def _instant(order: EventOrder | None) -> datetime | None:
    return None if order is None else moment_of(order.instant_ms)
