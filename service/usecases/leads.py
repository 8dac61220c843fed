"""Record how leads are assigned and touched, and find out how they stand (LEAD-1 to LEAD-3)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import partial
from uuid import UUID

from pydantic import TypeAdapter

from service.domain.calendar import day_of
from service.domain.duties.policy import DutyPolicy
from service.domain.errors import InstantToComeError
from service.domain.leads import LEAD_JSON, AssignedLead, Channel, KeptLead, LeadResponse, respond_to
from service.domain.policies import Policies
from service.domain.sales_records import SalesRecord, SalesRecordKind
from service.store.database import Database, Readable
from service.store.idempotency import do_once
from service.store.leads import StandingLead, find_lead, keep_assignment, keep_touch, page_of_leads
from service.store.once import Answer, Done, IdempotencyKey
from service.store.policies import current_policies
from service.store.recording import Asked
from service.store.sales_records import page_of_records
from service.usecases.people import person_meant

_TOUCH = TypeAdapter(dict[str, str])


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead as it was assigned last, how it stands by the revision of that day, and the first touch since."""

    lead: AssignedLead
    response: LeadResponse
    touched_at: datetime | None
    record: SalesRecord
    policy: DutyPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """When something is done, on which day of the organisation, whose days ``zone`` tells; and by whom."""

    at: datetime
    today: date
    zone: tzinfo
    record_id: UUID
    asked: Asked
    key: IdempotencyKey | None = None


def assign_lead(
    database: Database, lead: AssignedLead, occasion: Occasion, told: Callable[[Lead], Answer]
) -> Done[StandingLead]:
    """Record that a lead was assigned to an SDR: both of its clocks begin anew, by the policy of that day.

    Raises:
        InstantToComeError: it is to be assigned only later.
        SeveralPeopleError: a name fits several SDRs.
        StoreError: see ``do_once``.
    """
    if lead.assigned_at > occasion.at:
        raise InstantToComeError("/assigned_at", lead.assigned_at)
    policies = current_policies(database.engine)
    policy = policies.sales_on(day_of(lead.assigned_at, occasion.zone))
    stated = {name: getattr(lead, name) for name in AssignedLead.__dataclass_fields__}
    kept = KeptLead(**stated, policy_version=policy.version)
    record = SalesRecord(
        id=occasion.record_id,
        kind=SalesRecordKind.LEAD,
        subject=lead.id,
        account_id=lead.account_id,
        person=person_meant(database, lead.sdr, occasion.today, "/sdr"),
        happened_at=lead.assigned_at,
        body=LEAD_JSON.dump_json(kept).decode(),
        recorded_by=occasion.asked.actor,
        recorded_at=occasion.at,
    )
    bounds = policy.parameters
    clocks = partial(keep_assignment, due_at=lead.due_at(bounds), days_alone=bounds.lead_days_alone)
    keep = partial(clocks, record=record, request_id=occasion.asked.request_id)
    answer = partial(_answer, policies, occasion, told)
    return do_once(database.engine, occasion.key, occasion.at, keep, answer)


def touch_lead(
    database: Database, lead_id: str, channel: Channel, at: datetime, occasion: Occasion, told: Callable[[Lead], Answer]
) -> Done[StandingLead]:
    """Record that the SDR of a lead reached out, whether or not anybody answered.

    It counts for the assignment that stood at that time: one from before the last is kept, and changes nothing.

    Raises:
        UnknownLeadError: it was never assigned.
        InstantToComeError: the touch is to come.
        StoreError: see ``do_once``.
    """
    if at > occasion.at:
        raise InstantToComeError("/at", at)
    record = SalesRecord(
        id=occasion.record_id,
        kind=SalesRecordKind.TOUCH,
        subject=lead_id,
        happened_at=at,
        body=_TOUCH.dump_json({"channel": channel}).decode(),
        recorded_by=occasion.asked.actor,
        recorded_at=occasion.at,
    )

    policies = current_policies(database.engine)
    keep = partial(keep_touch, record=record, request_id=occasion.asked.request_id)
    return do_once(database.engine, occasion.key, occasion.at, keep, partial(_answer, policies, occasion, told))


def lead_of(database: Readable, lead_id: str, now: datetime, zone: tzinfo) -> Lead | None:
    """A lead as it stands at an instant; None where there is none.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    found = find_lead(database.engine, lead_id)
    return None if found is None else _stands(found, current_policies(database.engine), now, zone)


@dataclass(frozen=True, slots=True)
class Touch:
    """That somebody reached out to a lead: how, when, and who recorded it."""

    channel: Channel
    at: datetime
    recorded_by: str


def touches_of(database: Readable, lead_id: str, limit: int) -> list[Touch]:
    """At most ``limit`` touches of a lead, whatever they count for, those that were recorded last first.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    found = page_of_records(database.engine, SalesRecordKind.TOUCH, lead_id, limit=limit)
    told = ((_TOUCH.validate_json(each.body)["channel"], each) for each in found)
    return [Touch(Channel(how), each.happened_at or each.recorded_at, each.recorded_by) for how, each in told]


def leads_asked(
    database: Database,
    now: datetime,
    zone: tzinfo,
    *,
    overdue: bool | None,
    names: tuple[str, ...] | None,
    limit: int,
    before: UUID | None = None,
) -> list[Lead]:
    """At most ``limit`` leads, those that were recorded last first; ``names`` are what their SDR may be called.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    found = page_of_leads(database.engine, now, overdue=overdue, sdrs=names, limit=limit, before=before)
    policies = current_policies(database.engine)
    return [_stands(each, policies, now, zone) for each in found]


def leads_of_account(database: Readable, account_id: str, now: datetime, zone: tzinfo, limit: int) -> list[Lead]:
    """At most ``limit`` leads of an account, those that were recorded last first.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    found = page_of_leads(database.engine, now, overdue=None, sdrs=None, account_id=account_id, limit=limit)
    policies = current_policies(database.engine)
    return [_stands(each, policies, now, zone) for each in found]


def _answer(policies: Policies, occasion: Occasion, told: Callable[[Lead], Answer], stands: StandingLead) -> Answer:
    return told(_stands(stands, policies, occasion.at, occasion.zone))


def _stands(found: StandingLead, policies: Policies, now: datetime, zone: tzinfo) -> Lead:
    lead = LEAD_JSON.validate_json(found.assignment.body)
    policy = policies.sales_of(lead.policy_version, day_of(lead.assigned_at, zone))
    response = respond_to(lead, found.touched_at, now, zone, policy.parameters)
    return Lead(lead, response, found.touched_at, found.assignment, policy)
