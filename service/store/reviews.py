"""Find reviews: one, or a page of the VP's queue."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ColumnElement, Engine, and_, case, cast, false, not_, or_, tuple_, type_coerce
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from service.domain.decision import RecordedDecision
from service.domain.facts import VpDecision
from service.domain.fields import RecordedId
from service.domain.review_queue import ReviewFilter, ReviewOrder
from service.domain.reviews import ReviewState, ReviewStatus, ReviewType
from service.domain.triggers import Move
from service.store.engine import is_account, open_session
from service.store.policy_cache import read_decision, read_policies
from service.store.rows import value_of
from service.store.rows.decisions import decode_review
from service.store.rows.moves import MAKING_MOVES, with_what_it_rests_on
from service.store.tables.decisions import AccountRow, DecisionRow, ReviewRow

_ABOUT, _STANDING = aliased(DecisionRow), aliased(DecisionRow)
_ANYTHING = ReviewFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A review (SEG-4), with the decision that it is about: the one that stands while it is open, else its first.

    ``standing`` is what the account stands on now.
    """

    id: UUID
    kind: ReviewType
    account_id: RecordedId
    counts_fingerprint: str
    blocking: bool
    status: ReviewStatus
    opened_at: datetime
    opened_by_decision_id: UUID
    decision: RecordedDecision
    standing: RecordedDecision
    verdict: VpDecision | None
    resolved_at: datetime | None
    resolution_decision_id: UUID | None


def find_review(engine: Engine, review_id: UUID) -> Review | None:
    """One review, or None where there is none of that identifier."""
    with open_session(engine) as session:
        found = session.exec(_reviews().where(ReviewRow.id == review_id)).first()
        return None if found is None else _review(session, *found)


def page_of_reviews(
    engine: Engine,
    wanted: ReviewFilter = _ANYTHING,
    *,
    limit: int,
    order: ReviewOrder = ReviewOrder.NEWEST,
    behind: UUID | None = None,
) -> list[Review]:
    """At most ``limit`` reviews that are wanted, in their order; those that come behind one, where that is named."""
    if wanted.kind and ReviewType.SIZE not in wanted.kind:
        return []
    with open_session(engine) as session:
        query = _in_order(_reviews().where(*_conditions(session, wanted)), limit, order, behind)
        return [_review(session, *found) for found in session.exec(query)]


def _reviews() -> Select[*tuple[Any, ...]]:
    # While a review is open its counts are those of what the account stands on, which may know more than the first.
    is_open = col(ReviewRow.status) == ReviewStatus.OPEN
    about = case((is_open, col(AccountRow.decision_id)), else_=col(ReviewRow.opened_by_decision_id))
    return (
        select(ReviewRow, _ABOUT, _STANDING)
        .join(AccountRow, col(AccountRow.account_id) == col(ReviewRow.account_id))
        .join(_ABOUT, col(_ABOUT.id) == about)
        .join(_STANDING, col(_STANDING.id) == col(AccountRow.decision_id))
    )


def _in_order(
    query: Select[*tuple[Any, ...]], limit: int, order: ReviewOrder, behind: UUID | None
) -> Select[*tuple[Any, ...]]:
    column, oldest = col(ReviewRow.id), order is ReviewOrder.OLDEST
    if behind is not None:
        query = query.where(column > behind if oldest else column < behind)
    return query.order_by(column.asc() if oldest else column.desc()).limit(limit)


def _conditions(session: Session, wanted: ReviewFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.account_id is not None:
        yield is_account(ReviewRow.account_id, wanted.account_id)
    if wanted.status:
        yield col(ReviewRow.status).in_(wanted.status)
    if wanted.blocking is not None:
        yield col(ReviewRow.blocking).is_(wanted.blocking)
    if wanted.team:
        yield col(_STANDING.team).in_(wanted.team)
    if wanted.has_recommendation is not None:
        has = _has_recommendation(session)
        yield has if wanted.has_recommendation else not_(has)


def _has_recommendation(session: Session) -> ColumnElement[bool]:
    """Whether a segment is recommended on the decision that a review is about: see ``recommended_segment``."""
    revisions: dict[date, list[tuple[str, int]]] = {}
    for policy in read_policies(session).published:
        revisions.setdefault(policy.parameters.november_cleanup_from, []).append((policy.id, policy.version))
    text = col(_ABOUT.facts)
    is_lite = session.connection().dialect.name == "sqlite"
    facts: Any = type_coerce(text, JSON) if is_lite else cast(text, JSON)
    february, november = (facts["account", "size_cleanup", of].as_string() for of in ("feb_2019", "nov_2019"))
    under = tuple_(col(_ABOUT.policy_id), col(_ABOUT.policy_version))
    return or_(
        false(),
        *(
            and_(under.in_(those), case((col(_ABOUT.effective_on) < day, february), else_=november).is_not(None))
            for day, those in revisions.items()
        ),
    )


def reviews_of_account(engine: Engine, account_id: str) -> dict[str, ReviewState]:
    """The reviews of an account by the fingerprint of their counts, as deciding needs them."""
    with open_session(engine) as session:
        rows = session.exec(select(ReviewRow).where(ReviewRow.account_id == account_id))
        return {row.counts_fingerprint: _state(row) for row in rows}


def complete_move(engine: Engine, account_id: str, move: Move | None) -> Move | None:
    """A move of an account with what it rests on, which the decision has that made it."""
    if move is None or not move.is_bare:
        return move
    of_the_account = select(DecisionRow).where(is_account(DecisionRow.account_id, account_id))
    with open_session(engine) as session:
        made = session.exec(of_the_account.where(col(DecisionRow.kind).in_(MAKING_MOVES)))
        return with_what_it_rests_on(move, [read_decision(session, row) for row in made])


def _state(row: ReviewRow) -> ReviewState:
    resolution = (row.resolved_segment, row.resolved_reason, row.resolved_by)
    return decode_review(row.id, row.counts_fingerprint, row.status, *resolution)


def _review(session: Session, row: ReviewRow, about: DecisionRow, standing: DecisionRow) -> Review:
    decision = read_decision(session, about)
    stands = decision if standing.id == about.id else read_decision(session, standing)
    verdict = _state(row).verdict
    return value_of(Review, row, kind=ReviewType.SIZE, decision=decision, standing=stands, verdict=verdict)
