"""Find recorded decisions again: one, a page, all that match, what an account stands on and stood on."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, and_, func, union_all
from sqlalchemy import select as sa_select
from sqlalchemy.orm import InstrumentedAttribute
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from service.domain.account_ids import forms_of
from service.domain.decision import RecordedDecision
from service.domain.identifiers import first_uuid7, instant_of
from service.domain.terms import Team
from service.store.engine import open_session
from service.store.facets import Listed, facets_that, newest_of_facets
from service.store.filters import DecisionFilter
from service.store.ledger.numbers import numbered
from service.store.newest_of_days import newest_of_days
from service.store.policy_cache import read_decision
from service.store.recording import AccountState
from service.store.rows import value_of
from service.store.rows.moves import decode_move
from service.store.tables.decisions import AccountRow, DecisionRow, FacetRow

_CHUNK = 50
_FEW_FACETS = 16
_FEWDECISIONS = 50
_WINDOW = 20
_HAS_STOOD = col(DecisionRow.stands).is_not(False)
_OLDEST, _NEWEST = col(DecisionRow.id).asc(), col(DecisionRow.id).desc()
DECISIONS = Listed(DecisionRow, cast("InstrumentedAttribute[UUID]", col(DecisionRow.id)))
"""Decisions, by when they were recorded."""
_LATEST = (col(DecisionRow.effective_on).desc(), _NEWEST)

_FIRST_INSTANT = datetime(1970, 1, 1, tzinfo=UTC)


def find_decision(engine: Engine, decision_id: UUID) -> RecordedDecision | None:
    """One decision, or None where there is none of that identifier."""
    with open_session(engine) as session:
        return _one(session, session.get(DecisionRow, decision_id))


def find_decisions(engine: Engine, decision_ids: Collection[UUID]) -> dict[UUID, RecordedDecision]:
    """Several decisions by their identifiers; without those that there are not."""
    if not decision_ids:
        return {}
    with open_session(engine) as session:
        rows = session.exec(select(DecisionRow).where(col(DecisionRow.id).in_(decision_ids)))
        return {each.id: each for each in numbered(session, [read_decision(session, row) for row in rows])}


def page_of_decisions(
    engine: Engine, wanted: DecisionFilter, *, limit: int, before: UUID | None = None
) -> list[RecordedDecision]:
    """At most ``limit`` decisions that match, newest first; with ``before``, those that come after that one."""
    with open_session(engine) as session:
        newest = _newest(session, wanted, limit, before)
        return numbered(session, [read_decision(session, row) for row in newest])


def chunks_of_decisions(engine: Engine, wanted: DecisionFilter) -> Iterator[list[RecordedDecision]]:
    """Every decision that matches, newest first, a chunk at a time, so that memory stays bounded."""
    before = None
    while chunk := page_of_decisions(engine, wanted, limit=_CHUNK, before=before):
        yield chunk
        before = chunk[-1].id


def standing_decision(engine: Engine, account_id: str) -> RecordedDecision | None:
    """The decision that an account stands on; None where there is none yet."""
    query = (
        select(DecisionRow)
        .join(AccountRow, col(AccountRow.decision_id) == col(DecisionRow.id))
        .where(AccountRow.account_id == account_id)
    )
    with open_session(engine) as session:
        return _one(session, session.exec(query).first())


def decision_as_of(engine: Engine, account_id: str, by: datetime) -> RecordedDecision | None:
    """What an account stood on at an instant; None where it stood nowhere yet.

    It is the newest that stood when it was recorded: what came after it by then was history. Of what an earlier
    release recorded the newest always stood.
    """
    stood = _of_account(account_id, col(DecisionRow.recorded_at) <= by, _HAS_STOOD, order=(_NEWEST,), limit=1)
    forms = len(forms_of(account_id))
    with open_session(engine) as session:
        newest = session.exec(select(DecisionRow).where(stood).order_by(_NEWEST).limit(forms))
        # One of each form of its id, where it was an account of its own by either.
        return _one(session, max(newest, key=lambda each: (each.effective_on, each.id), default=None))


def decision_on(engine: Engine, account_id: str, on: date, by: datetime | None = None) -> RecordedDecision | None:
    """What holds of an account for a day, as is known now, or was ``by`` an instant; None where nothing does.

    Of the decisions of no later day it is the one of the latest, and of those of one day the newest.
    """
    known = () if by is None else (col(DecisionRow.recorded_at) <= by,)
    latest = _of_account(account_id, col(DecisionRow.effective_on) <= on, *known, order=_LATEST, limit=1)
    return _first(engine, select(DecisionRow).where(latest).order_by(*_LATEST))


def _of_account(account_id: str, *which: ColumnElement[bool], order: Sequence[Any], limit: int) -> ColumnElement[bool]:
    """The condition for decisions of an account: of several forms of its id the first of each in an order, so many.

    So they are found by an index, and few are sorted.
    """
    forms = forms_of(account_id)
    if len(forms) == 1:
        return and_(col(DecisionRow.account_id) == account_id, *which)
    of_one = (
        select(DecisionRow.id).where(DecisionRow.account_id == form, *which).order_by(*order).limit(limit).subquery()
        for form in forms
    )
    return col(DecisionRow.id).in_(union_all(*(sa_select(each.c.id) for each in of_one)))


def _first(engine: Engine, query: SelectOfScalar[DecisionRow]) -> RecordedDecision | None:
    with open_session(engine) as session:
        return _one(session, session.exec(query.limit(1)).first())


def _one(session: Session, row: DecisionRow | None) -> RecordedDecision | None:
    return None if row is None else numbered(session, [read_decision(session, row)])[0]


def standing_state(engine: Engine, account_id: str) -> AccountState | None:
    """Where an account stands, as deciding needs it; None where nothing was decided yet."""
    query = (
        select(AccountRow, col(DecisionRow.effective_on))
        .join(DecisionRow, col(AccountRow.decision_id) == col(DecisionRow.id))
        .where(AccountRow.account_id == account_id)
    )
    with open_session(engine) as session:
        found = session.exec(query).first()
        return None if found is None else account_state(*found)


def account_state(row: AccountRow, effective_on: date) -> AccountState:
    """Where an account stands by its row, and by the day of the decision that the row names."""
    return value_of(AccountState, row, move=decode_move(row.move), effective_on=effective_on)


def oldest_decision(engine: Engine, account_id: str) -> RecordedDecision | None:
    """The first decision about an account; None where there was none yet."""
    first = col(DecisionRow.id)
    return _first(engine, select(DecisionRow).where(_of_account(account_id, order=(first,), limit=1)).order_by(first))


def span_recorded(engine: Engine) -> tuple[datetime, datetime] | None:
    """When the first and the last decision were recorded, to the millisecond; None where there is none."""
    with open_session(engine) as session:
        ends = [session.exec(select(DecisionRow.id).order_by(order).limit(1)).first() for order in (_OLDEST, _NEWEST)]
    first, last = ends
    return None if first is None or last is None else (instant_of(first), instant_of(last))


def team_as_prospect(engine: Engine, account_id: str) -> Team | None:
    """The team that owned an account before it became a customer; its team where it is none; None where not known."""
    stood = _of_account(account_id, _HAS_STOOD, order=(_NEWEST,), limit=_FEWDECISIONS)
    newest_first = select(DecisionRow).where(stood).order_by(_NEWEST).limit(_FEWDECISIONS)
    with open_session(engine) as session:
        for row in session.exec(newest_first):
            decision = read_decision(session, row).decision
            if decision.facts.account.customer is not True:
                return decision.team
    return None


def first_identifier(instant: datetime) -> UUID:
    """The identifier from which on decisions were recorded at an instant or later; none was before 1970."""
    return first_uuid7(max(instant, _FIRST_INSTANT))


def _newest(session: Session, wanted: DecisionFilter, limit: int, before: UUID | None) -> Iterable[DecisionRow]:
    bounds, values = conditions_of(wanted, before), facets_that(wanted)
    newest = select(DecisionRow).order_by(_NEWEST).limit(limit)
    asked = sa_select(col(FacetRow.facet)).where(*values)
    of_facets = [col(DecisionRow.facet).in_(asked)] if values else []
    if wanted.account_id is not None:
        conditions = (*bounds, *of_facets)
        return session.exec(newest.where(_of_account(wanted.account_id, *conditions, order=(_NEWEST,), limit=limit)))
    of_days = wanted.effective_since is not None or wanted.effective_until is not None
    if not values and wanted.actor is None and not of_days:
        return session.exec(newest.where(*bounds))

    facets = list(session.scalars(asked))
    if not facets:
        return []
    of_days = of_days and wanted.actor is None
    # Reckoned with, a column is found by no index: these rows are read in the order of their identifiers.
    among = [(col(DecisionRow.facet) + 0).in_(asked)] if values else []
    if len(facets) > _FEW_FACETS or of_days:
        # Many facets are many decisions: a page of them is likely found among the newest of all.
        window = select(DecisionRow.id).where(*within(wanted, before)).order_by(_NEWEST)
        lowest = session.exec(window.offset(_WINDOW * limit).limit(1)).first()
        recent = [] if lowest is None else [col(DecisionRow.id) >= lowest]
        by = [] if wanted.actor is None else [func.coalesce(col(DecisionRow.actor), "") == wanted.actor]
        others = conditions_of(replace(wanted, actor=None), before)
        found = list(session.exec(newest.where(*others, *by, *among, *recent)))
        if lowest is None or len(found) == limit:
            return found
    if of_days:
        days = wanted.effective_since, wanted.effective_until
        ids = newest_of_days(session, *days, [*within(wanted, before), *among], limit)
        return session.exec(newest.where(col(DecisionRow.id).in_(ids)))
    ids = newest_of_facets(session, DECISIONS, facets, bounds, limit)
    return session.exec(newest.where(col(DecisionRow.id).in_(ids)))


def within(wanted: DecisionFilter, before: UUID | None = None) -> list[ColumnElement[bool]]:
    """The bounds of the identifier, which holds the instant to the microsecond."""
    bounds: list[ColumnElement[bool]] = []
    if wanted.recorded_since is not None:
        bounds.append(col(DecisionRow.id) >= first_identifier(wanted.recorded_since))
    if wanted.recorded_until is not None:
        bounds.append(col(DecisionRow.id) < first_identifier(wanted.recorded_until))
    if before is not None:
        bounds.append(col(DecisionRow.id) < before)
    return bounds


def conditions_of(wanted: DecisionFilter, before: UUID | None = None) -> list[ColumnElement[bool]]:
    """What is asked for beside the values of facets, and an account."""
    conditions = within(wanted, before)
    if wanted.actor is not None:
        conditions.append(col(DecisionRow.actor) == wanted.actor)
    if wanted.effective_since is not None:
        conditions.append(col(DecisionRow.effective_on) >= wanted.effective_since)
    if wanted.effective_until is not None:
        conditions.append(col(DecisionRow.effective_on) <= wanted.effective_until)
    return conditions
