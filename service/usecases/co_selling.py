"""Log the co-selling calls of an ASM, and count them (CAL-4)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import partial

from pydantic import TypeAdapter

from service.domain.calendar import end_of, start_of
from service.domain.co_selling import CoSellingWeek, co_selling_week, first_day
from service.domain.duties.policy import DutyPolicy
from service.domain.errors import InstantToComeError, NotYetError
from service.domain.sales_records import SalesRecord, SalesRecordKind
from service.store.database import Database, Readable
from service.store.idempotency import do_once
from service.store.once import Answer, Done
from service.store.policies import current_policies
from service.store.sales_records import LoggedCall, count_between, keep_call, page_of_records, records_between
from service.usecases.leads import Occasion
from service.usecases.people import names_of, person_meant

_LEAST = timedelta(microseconds=1)
_CALL = TypeAdapter(dict[str, str])


@dataclass(frozen=True, slots=True)
class CoSelling:
    """The calls of an ASM on some days: how they are judged, by which policy, and the last of them."""

    week: CoSellingWeek
    calls: Sequence[SalesRecord]
    policy: DutyPolicy


def log_call(
    database: Database,
    asm: str,
    account_id: str,
    at: datetime,
    occasion: Occasion,
    told: Callable[[LoggedCall], Answer],
) -> Done[LoggedCall]:
    """Log a call that an ASM joined. The same call (ASM, account, instant) is logged once, however often it is told.

    Raises:
        InstantToComeError: the call is to come.
        SeveralPeopleError: a name fits several ASMs.
        StoreError: see ``do_once``.
    """
    if at > occasion.at:
        raise InstantToComeError("/at", at)
    person = person_meant(database, asm, occasion.today, "/asm")
    record = SalesRecord(
        id=occasion.record_id,
        kind=SalesRecordKind.CO_SELLING,
        subject=account_id,
        account_id=account_id,
        person=person,
        happened_at=at,
        body=_CALL.dump_json({"asm": person}).decode(),
        recorded_by=occasion.asked.actor,
        recorded_at=occasion.at,
    )

    names = names_of(database, asm, occasion.today, "/asm")
    keep = partial(keep_call, record=record, names=names, request_id=occasion.asked.request_id)
    return do_once(database.engine, occasion.key, occasion.at, keep, told)


def asm_of(call: SalesRecord) -> str:
    """Whose a call is: a person's id, or what was said where nobody was known by that."""
    return _CALL.validate_json(call.body)["asm"]


def calls_on(database: Readable, account_id: str, limit: int) -> Sequence[SalesRecord]:
    """At most ``limit`` calls that ASMs joined on an account, those that were logged last first.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    return page_of_records(database.engine, SalesRecordKind.CO_SELLING, account_id, limit=limit)


def co_selling_of(
    database: Database, names: Sequence[str], on: date, today: date, zone: tzinfo, most: int
) -> CoSelling:
    """The calls of an ASM, by any of their names, on the days of the organisation up to one; ``most`` are given.

    How many days these are, and how many calls there have to be, is up to the policy of the last of them.

    Raises:
        NotYetError: the day has not come.
        StoreUnavailableError: the database cannot be reached.
    """
    if on > today:
        raise NotYetError("on", on, today)
    engine, kind = database.engine, SalesRecordKind.CO_SELLING
    policy = current_policies(engine).sales_on(on)
    since, until = start_of(first_day(on, policy.parameters), zone), end_of(on, zone) + _LEAST
    week = co_selling_week(on, count_between(engine, kind, names, since, until), policy.parameters)
    return CoSelling(week, records_between(engine, kind, names, since, until, most), policy)
