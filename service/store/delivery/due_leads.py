"""Leads that nobody reached out to in time: each is noticed once for either of its clocks, in the commit that notes it.

To assign it again starts both anew.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, TextClause, and_, func, or_
from sqlmodel import Session, col, select

from service.domain.calendar import day_of, days_from, end_of
from service.domain.facts import Account
from service.domain.identifiers import next_to
from service.domain.leads import LEAD_JSON
from service.domain.notices import Notice
from service.domain.people import Period, name_of, people_on
from service.domain.policies import Policies
from service.domain.sales_bounds import SalesBounds
from service.domain.sales_notices import AccountCalled, lead_waiting
from service.domain.subscriptions import MessageType
from service.store.accounts import standing_accounts
from service.store.engine import open_session, open_writer
from service.store.people import standing_periods
from service.store.policy_cache import read_policies
from service.store.rows.notices import put_notices, types_asked_for
from service.store.tables.leads import UNTOLD_LEFT, UNTOLD_OVERDUE, LeadClockRow
from service.store.tables.sales_records import SalesRecordRow

_MOST = 200
_KINDS = (MessageType.LEAD_OVERDUE, MessageType.LEAD_AE_MAY_STEP_IN)


def notice_leads(engine: Engine, now: datetime, zone: tzinfo, new_id: Callable[[], UUID]) -> int:
    """Put a notice of each lead whose hour, or whose fourteen days, are over into the outbox, unless one was before.

    Gives how many. Of a type that nobody asks for none is put there: who asks later hears of what comes then.

    Raises:
        StoreUnavailableError: the database cannot be reached. Nothing was noticed.
    """
    with open_session(engine) as session:
        if not any(leads_to_notice(session, of, now, zone, most=1) for of in _KINDS):
            return 0
        asked, policies = types_asked_for(session).intersection(_KINDS), read_policies(session)
    people = people_on(day_of(now, zone), standing_periods(engine)) if asked else {}
    noticed, ids = 0, _behind_each_other(new_id())
    with open_writer(engine) as session:
        for of in _KINDS:
            found = leads_to_notice(session, of, now, zone, most=_MOST)
            if of in asked:
                put_notices(session, _notices(session, of, found, people, policies, now=now, zone=zone, ids=ids))
            for row in found:
                row.noticed = of
            session.flush()
            noticed += len(found)
        session.commit()
    return noticed


def leads_to_notice(
    session: Session, of: MessageType, now: datetime, zone: tzinfo, most: int
) -> Sequence[LeadClockRow]:
    """Leads to be noticed, locked; those that another worker has at hand are left to it."""
    untold: TextClause
    late: ColumnElement[bool]
    if of is MessageType.LEAD_OVERDUE:
        since, untold = col(LeadClockRow.due_at), UNTOLD_OVERDUE
        late = since < now
    else:
        since, untold = col(LeadClockRow.assigned_at), UNTOLD_LEFT
        alone = func.coalesce(col(LeadClockRow.days_alone), SalesBounds().lead_days_alone)
        today = day_of(now, zone)
        lengths = {policy.parameters.lead_days_alone for policy in read_policies(session).duties}
        late = or_(*(and_(alone == days, since <= end_of(days_from(today, -(days + 1)), zone)) for days in lengths))
    query = select(LeadClockRow).where(untold, late).order_by(since).limit(most)
    return session.exec(query.with_for_update(skip_locked=True)).all()


def _notices(  # noqa: PLR0913 - what there is to be told
    session: Session,
    of: MessageType,
    found: Sequence[LeadClockRow],
    people: Mapping[str, Period],
    policies: Policies,
    *,
    now: datetime,
    zone: tzinfo,
    ids: Iterator[UUID],
) -> Iterator[Notice]:
    said = select(SalesRecordRow.id, SalesRecordRow.body).where(
        col(SalesRecordRow.id).in_([row.assignment for row in found])
    )
    bodies = dict(session.exec(said).all())
    leads = [LEAD_JSON.validate_json(bodies[row.assignment]) for row in found]
    accounts = standing_accounts(session, {lead.account_id for lead in leads if lead.account_id is not None})
    for lead in leads:
        assigned_on = day_of(lead.assigned_at, zone)
        bounds = policies.sales_of(lead.policy_version, assigned_on).parameters
        ae_on = days_from(assigned_on, bounds.lead_days_alone + 1)
        sdr = name_of(lead.sdr, people) or lead.sdr
        called = _called(accounts.get(lead.account_id or ""), people)
        yield lead_waiting(next(ids), of, lead, bounds, ae_on=ae_on, sdr=sdr, account=called, at=now)


def _behind_each_other(first: UUID) -> Iterator[UUID]:
    """Identifiers in the order in which a lead's notices are told."""
    while True:
        yield first
        first = next_to(first)


def _called(account: Account | None, people: Mapping[str, Period]) -> AccountCalled:
    if account is None:
        return AccountCalled()
    return AccountCalled(account.name, None if account.owner_id is None else name_of(account.owner_id, people))
