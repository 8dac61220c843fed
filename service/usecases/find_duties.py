"""Find the duties of an opportunity, and keep what they were found by in the opportunity's own timeline."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from uuid import UUID

from pydantic import TypeAdapter

from service.domain.duties.opportunity import OpportunityFacts
from service.domain.duties.policy import DutyPolicy
from service.domain.duties.program import DutyProgram
from service.domain.duties.program_json import duty_program_digest, duty_program_from_json, duty_program_json
from service.domain.errors import DomainError, NotYetError, UnknownAccountError
from service.domain.found_duties import FoundDuty, find_duties
from service.domain.lab.duty_backtest import DutyBacktest, try_duties
from service.domain.notices import Notice
from service.domain.policies import Policies
from service.domain.questions_json import UnknownProcedureError
from service.domain.sales_notices import AccountCalled, duties_changed
from service.domain.sales_records import SalesRecord, SalesRecordKind
from service.domain.subscriptions import MessageType
from service.store.database import Database, Readable
from service.store.decisions import decision_on
from service.store.idempotency import do_once
from service.store.once import Answer, Done, IdempotencyKey
from service.store.policies import current_policies, stored_programs
from service.store.recording import Asked
from service.store.sales_records import (
    News,
    every_standing_record,
    keep_with_program,
    newest_records,
    page_of_records,
    records_of_account,
)
from service.usecases.people import call_accounts


class NamelessOpportunityError(DomainError):
    """What is recorded is of an opportunity and its account: name both."""

    code = "invalid_request"

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} is missing: to be recorded, the duties need the opportunity and its account")
        self.pointer = f"/{field}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """An opportunity as it was stated of a day, and the revision of the policy that its duties are found under."""

    opportunity: OpportunityFacts
    on: date
    policy_id: str
    policy_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Duties:
    """The duties of an opportunity on a day, by a program; ``record`` where they are on record.

    ``found`` is None where another release's program reads them.
    """

    stated: Stated
    program: str
    found: tuple[FoundDuty, ...] | None
    record: SalesRecord | None = None


_STATED = TypeAdapter(Stated)


def duties_of(database: Readable, opportunity: OpportunityFacts, on: date, today: date) -> Duties:
    """The duties of an opportunity on a day, under the policy in force then.

    Where no segment is stated it is that of the account, as it stood for that day, if anything does.

    Raises:
        NoPolicyInForceError: none was.
        NotYetError: the day has not come.
        StoreUnavailableError: the database cannot be reached.
    """
    if opportunity.segment is None and opportunity.account_id is not None:
        stood = decision_on(database.engine, opportunity.account_id, on)
        if stood is not None:
            opportunity = opportunity.model_copy(update={"segment": stood.decision.segment})
    return duties_under(current_policies(database.engine), opportunity, on, today)


def duties_under(policies: Policies, opportunity: OpportunityFacts, on: date, today: date) -> Duties:
    """The duties of an opportunity as it is stated, under the policy in force on the day.

    Raises:
        NoPolicyInForceError: none was.
        NotYetError: the day has not come.
    """
    if on > today:
        raise NotYetError("/on", on, today)
    policy = policies.duties_on(on)
    stated = Stated(opportunity=opportunity, on=on, policy_id=policy.id, policy_version=policy.version)
    return Duties(
        stated=stated,
        program=duty_program_digest(policy.program),
        found=find_duties(opportunity, policy.program, on),
    )


def record_duties(  # noqa: PLR0913 - with what there is to be noted of it
    database: Database,
    opportunity: OpportunityFacts,
    on: date,
    today: date,
    *,
    record_id: UUID,
    asked: Asked,
    at: datetime,
    key: IdempotencyKey | None,
    told: Callable[[Duties], Answer],
) -> Done[SalesRecord]:
    """Keep an opportunity, and with it its duties on a day, in its own timeline. Its account stands as it did.

    Raises:
        NamelessOpportunityError: it does not say of which opportunity, or of which account.
        UnknownAccountError: nothing was ever decided about the account.
        DomainError, StoreError: see ``duties_of`` and ``do_once``.
    """
    account_id, opportunity_id = opportunity.account_id, opportunity.opportunity_id
    if opportunity_id is None:
        raise NamelessOpportunityError("opportunity_id")
    if account_id is None:
        raise NamelessOpportunityError("account_id")
    found = duties_of(database, opportunity, on, today)
    called = call_accounts(database, [account_id], today).get(account_id)
    if called is None:
        raise UnknownAccountError(account_id)
    policy = current_policies(database.engine).duties_on(on)

    record = SalesRecord(
        id=record_id,
        kind=SalesRecordKind.DUTIES,
        subject=opportunity_id,
        account_id=account_id,
        body=_STATED.dump_json(found.stated, exclude_none=True).decode(),
        program=found.program,
        recorded_by=asked.actor,
        recorded_at=at,
    )
    program = duty_program_json(policy.program)
    news = News(MessageType.DUTIES_CHANGED, partial(_changed, found, called))
    keep = partial(keep_with_program, record=record, request_id=asked.request_id, program=program, news=news)
    return do_once(database.engine, key, at, keep, lambda kept: told(replace(found, record=kept)))


def _changed(
    found: Duties, account: AccountCalled, kept: SalesRecord, before: SalesRecord | None, read_by: str | None
) -> Notice | None:
    """That an opportunity's duties are others than those of its record before, read by the program of that one."""
    earlier = None if before is None else _duties(before, _read_program(read_by)).found
    stated = found.stated
    return duties_changed(kept, stated.opportunity.title, account, stated.on, found.found or (), earlier)


def page_of_duties(database: Readable, opportunity_id: str, *, limit: int, before: UUID | None = None) -> list[Duties]:
    """At most ``limit`` records of an opportunity, newest first, each by the program that it was found under.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    wanted = page_of_records(database.engine, SalesRecordKind.DUTIES, opportunity_id, limit=limit, before=before)
    return _read(database, wanted)


def duties_of_account(database: Readable, account_id: str) -> list[Duties]:
    """The newest record of each opportunity of an account.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    return _read(database, records_of_account(database.engine, SalesRecordKind.DUTIES, account_id))


def open_opportunities(database: Readable, most: int) -> list[Duties]:
    """Those of the ``most`` opportunities recorded last of which a duty is open as recorded, the first to close first.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    read = _read(database, newest_records(database.engine, SalesRecordKind.DUTIES, most))
    found = [each for each in read if any(duty.is_open for duty in each.found or ())]
    return sorted(found, key=lambda each: each.stated.opportunity.close_on or date.max)


def backtest_duties(database: Readable, before: DutyPolicy, after: DutyPolicy) -> DutyBacktest:
    """What a draft makes of every opportunity as it was last recorded, each for its own day.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    records = every_standing_record(database.engine, SalesRecordKind.DUTIES)
    stated = (_STATED.validate_json(record.body) for record in records)
    return try_duties(((each.opportunity, each.on) for each in stated), before.program, after.program)


def _read(database: Readable, records: Sequence[SalesRecord]) -> list[Duties]:
    digests = {record.program for record in records if record.program is not None}
    programs = {digest: _read_program(text) for digest, text in stored_programs(database.engine, digests).items()}
    return [_duties(record, programs.get(record.program or "")) for record in records]


def _read_program(text: str | None) -> DutyProgram | None:
    try:
        return None if text is None else duty_program_from_json(text)
    except UnknownProcedureError:
        return None


def _duties(record: SalesRecord, program: DutyProgram | None) -> Duties:
    stated = _STATED.validate_json(record.body)
    found = None if program is None else find_duties(stated.opportunity, program, stated.on)
    return Duties(stated=stated, program=record.program or "", found=found, record=record)
