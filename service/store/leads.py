"""Leads as they stand: each by its last assignment and the first touch since, kept beside what is recorded of it."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, not_
from sqlmodel import Session, and_, col, select

from service.domain.errors import UnknownLeadError
from service.domain.leads import LEAD_JSON
from service.domain.people import same_person
from service.domain.sales_records import SalesRecord, SalesRecordKind
from service.store.engine import is_account, open_session
from service.store.sales_records import hold_alone, keep_record, recorded
from service.store.tables.leads import LeadClockRow
from service.store.tables.sales_records import SalesRecordRow


@dataclass(frozen=True, slots=True)
class StandingLead:
    """A lead: the record of its last assignment, and when its SDR first reached out since, if at all."""

    assignment: SalesRecord
    touched_at: datetime | None


def keep_assignment(
    session: Session, record: SalesRecord, due_at: datetime | None, days_alone: int, request_id: str
) -> StandingLead:
    """Record an assignment, and give the lead as it stands: by the assignment that came last, whichever is told last.

    ``due_at`` is the end of its hour, if it has one, and ``days_alone`` how many days are its SDR's. One that the lead
    stands by is not recorded again, and one that is told otherwise begins no clock anew: what was noticed stays so.
    """
    hold_alone(session, SalesRecordKind.LEAD, "clocks", record.subject)
    row = session.get(LeadClockRow, record.subject, with_for_update=True)
    stands = None if row is None else _record(session, row.assignment)
    if row is not None and stands is not None and _says_the_same(record, stands):
        return StandingLead(stands, row.touched_at)
    kept = keep_record(session, record, request_id)
    session.flush()
    if row is None or stands is None or not _came_before(kept, stands):
        row = row or LeadClockRow(lead_id=record.subject, assignment=kept.id, sdr="")
        row.noticed = row.noticed if stands is not None and _is_same_assignment(kept, stands) else None
        row.assignment, row.sdr, row.due_at = kept.id, same_person(record.person or ""), due_at
        row.touched_at = _first_touch(session, kept)
        row.assigned_at, row.days_alone = kept.happened_at, days_alone
        session.add(row)
    return StandingLead(_record(session, row.assignment), row.touched_at)


def keep_touch(session: Session, record: SalesRecord, request_id: str) -> StandingLead:
    """Record a touch, and give the lead as it stands.

    Raises:
        UnknownLeadError: there is no such lead.
    """
    hold_alone(session, SalesRecordKind.LEAD, "clocks", record.subject)
    row = session.get(LeadClockRow, record.subject)
    if row is None:
        raise UnknownLeadError(record.subject)
    keep_record(session, record, request_id)
    session.flush()
    assignment = _record(session, row.assignment)
    row.touched_at = _first_touch(session, assignment)
    session.add(row)
    return StandingLead(assignment, row.touched_at)


def find_lead(engine: Engine, lead_id: str) -> StandingLead | None:
    """A lead as it stands; None where there is none.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    with open_session(engine) as session:
        row = session.get(LeadClockRow, lead_id)
        return None if row is None else StandingLead(_record(session, row.assignment), row.touched_at)


def page_of_leads(
    engine: Engine,
    now: datetime,
    *,
    overdue: bool | None,
    sdrs: Collection[str] | None,
    account_id: str | None = None,
    limit: int,
    before: UUID | None = None,
) -> list[StandingLead]:
    """At most ``limit`` leads, those assigned last first, and from behind that of the assignment ``before`` on.

    ``overdue`` at an instant are those whose hour is over without a touch; ``sdrs`` are names of one person, and
    ``account_id`` is that of the last assignment.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    clock = LeadClockRow
    late = and_(col(clock.due_at).is_not(None), col(clock.touched_at).is_(None), col(clock.due_at) < now)
    wanted: list[ColumnElement[bool]] = []
    if overdue is not None:
        wanted.append(late if overdue else not_(late))
    if sdrs is not None:
        wanted.append(col(clock.sdr).in_({same_person(each) for each in sdrs}))
    if account_id is not None:
        of_account = is_account(col(SalesRecordRow.account_id), account_id)
        wanted += [of_account, col(SalesRecordRow.kind) == SalesRecordKind.LEAD]
    if before is not None:
        wanted.append(col(clock.assignment) < before)
    query = select(SalesRecordRow, clock.touched_at).where(col(SalesRecordRow.id) == col(clock.assignment), *wanted)
    with open_session(engine) as session:
        found = session.exec(query.order_by(col(clock.assignment).desc()).limit(limit))
        return [StandingLead(recorded(row), touched_at) for row, touched_at in found]


def _came_before(one: SalesRecord, other: SalesRecord) -> bool:
    return one.happened_at is not None and other.happened_at is not None and one.happened_at < other.happened_at


def _is_same_assignment(one: SalesRecord, other: SalesRecord) -> bool:
    return one.happened_at == other.happened_at and same_person(one.person or "") == same_person(other.person or "")


def _says_the_same(one: SalesRecord, other: SalesRecord) -> bool:
    """Whether two records are of one assignment, and say the same of it, whatever revision was in force."""
    said = (replace(LEAD_JSON.validate_json(each.body), sdr="", policy_version=1) for each in (one, other))
    return _is_same_assignment(one, other) and next(said) == next(said)


def _record(session: Session, record_id: UUID) -> SalesRecord:
    return recorded(session.exec(select(SalesRecordRow).where(SalesRecordRow.id == record_id)).one())


def _first_touch(session: Session, assignment: SalesRecord) -> datetime | None:
    at = col(SalesRecordRow.happened_at)
    query = select(SalesRecordRow.happened_at).where(
        SalesRecordRow.kind == SalesRecordKind.TOUCH,
        SalesRecordRow.subject == assignment.subject,
        at >= assignment.happened_at,
    )
    return session.exec(query.order_by(at).limit(1)).first()
