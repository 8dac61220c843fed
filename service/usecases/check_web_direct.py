"""Check a web direct purchase against the open opportunities of its account, and keep what a person says (OPP-7)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from functools import partial
from uuid import UUID

from pydantic import TypeAdapter

from service.domain.duties.values import is_closed
from service.domain.errors import NotYetError, UnknownAccountError
from service.domain.sales_records import SalesRecord, SalesRecordKind
from service.domain.web_direct import OpenOpportunity, WebDirect, WebDirectCheck, check_web_direct
from service.store.database import Database, Readable
from service.store.decisions import standing_state
from service.store.idempotency import do_once
from service.store.once import Answer, Done
from service.store.sales_records import keep_record, page_of_records
from service.usecases.find_duties import duties_of_account
from service.usecases.leads import Occasion


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """A web direct purchase of an account, as it was stated, with what was known here of its opportunities then."""

    account_id: str
    purchased_on: date
    stated: WebDirect


@dataclass(frozen=True, slots=True)
class CheckedPurchase:
    """A purchase, what is to be done about it, and its record, if it has one."""

    purchase: Purchase
    check: WebDirectCheck
    record: SalesRecord | None = None


_PURCHASE = TypeAdapter(Purchase)


def check_purchase(database: Readable, purchase: Purchase) -> CheckedPurchase:
    """What is to be done about a purchase, beside whose stated opportunities those on record count.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    stated = [each.stated.opportunity for each in duties_of_account(database, purchase.account_id)]
    known = [
        OpenOpportunity(each.opportunity_id, each.title, is_recorded=True)
        for each in stated
        if each.opportunity_id is not None and not is_closed(each)
    ]
    purchase = replace(purchase, stated=replace(purchase.stated, recorded=known))
    return CheckedPurchase(purchase, check_web_direct(purchase.stated))


def record_purchase(
    database: Database, purchase: Purchase, occasion: Occasion, told: Callable[[CheckedPurchase], Answer]
) -> Done[SalesRecord]:
    """The same, kept: what is said later of the purchase is kept beside it. Its account stands as it did.

    Raises:
        NotYetError: the day of the purchase has not come.
        UnknownAccountError: nothing was ever decided about the account.
        StoreError: see ``do_once``.
    """
    if purchase.purchased_on > occasion.today:
        raise NotYetError("/purchased_on", purchase.purchased_on, occasion.today)
    if standing_state(database.engine, purchase.account_id) is None:
        raise UnknownAccountError(purchase.account_id)
    found = check_purchase(database, purchase)
    record = SalesRecord(
        id=occasion.record_id,
        kind=SalesRecordKind.WEB_DIRECT,
        subject=purchase.account_id,
        account_id=purchase.account_id,
        happened_at=datetime.combine(purchase.purchased_on, time.min, UTC),
        body=_PURCHASE.dump_json(found.purchase).decode(),
        recorded_by=occasion.asked.actor,
        recorded_at=occasion.at,
    )
    keep = partial(keep_record, record=record, request_id=occasion.asked.request_id)
    return do_once(database.engine, occasion.key, occasion.at, keep, lambda kept: told(replace(found, record=kept)))


def page_of_purchases(
    database: Readable, account_id: str, *, limit: int, before: UUID | None = None
) -> list[CheckedPurchase]:
    """At most ``limit`` records of an account's purchases, newest first, each by what was known then.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    kind = SalesRecordKind.WEB_DIRECT
    found = page_of_records(database.engine, kind, account_id, limit=limit, before=before)
    purchases = [(_PURCHASE.validate_json(record.body), record) for record in found]
    return [CheckedPurchase(each, check_web_direct(each.stated), record) for each, record in purchases]
