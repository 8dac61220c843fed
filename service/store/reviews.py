"""Find reviews: one, or a page of the VP's queue."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import JSON, ColumnElement, Engine, and_, case, cast, false, func, not_, or_, tuple_, type_coerce
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from service.domain.account_ids import full_id
from service.domain.review_queue import Resolution, Review, ReviewFilter, ReviewOrder
from service.domain.reviews import ReviewState, ReviewStatus, ReviewType
from service.domain.terms import Segment, Team
from service.domain.triggers import Move
from service.store.engine import is_account, open_session
from service.store.policy_cache import read_decision, read_policies
from service.store.rows import value_of
from service.store.rows.moves import MAKING_MOVES, with_what_it_rests_on
from service.store.rows.reviews import dispute_of, review_state
from service.store.tables.decisions import AccountRow, DecisionRow
from service.store.tables.reviews import DisputeRow, ReviewRow

_ABOUT, _STANDING = aliased(DecisionRow), aliased(DecisionRow)
_ANYTHING = ReviewFilter()
_Table: TypeAlias = type[ReviewRow] | type[DisputeRow]
_TABLES: dict[ReviewType, _Table] = {ReviewType.SIZE: ReviewRow, ReviewType.DISPUTE: DisputeRow}


def find_review(engine: Engine, review_id: UUID) -> Review | None:
    """One review, or None where there is none of that identifier."""
    return next(iter(find_reviews(engine, [review_id])), None)


def find_reviews(engine: Engine, review_ids: Sequence[UUID]) -> list[Review]:
    """Those reviews that there are of some identifiers, in no order."""
    with open_session(engine) as session:
        return [
            _review(session, *found)
            for table in _TABLES.values()
            for found in session.exec(_reviews(table).where(col(table.id).in_(review_ids)))
        ]


def page_of_reviews(
    engine: Engine,
    wanted: ReviewFilter = _ANYTHING,
    *,
    limit: int,
    order: ReviewOrder = ReviewOrder.NEWEST,
    behind: UUID | None = None,
) -> list[Review]:
    """At most ``limit`` reviews that are wanted, in their order; those that come behind one, where that is named."""
    newest = order is ReviewOrder.NEWEST
    found: list[Review] = []
    with open_session(engine) as session:
        for kind, table in _TABLES.items():
            if wanted.kind and kind not in wanted.kind:
                continue
            query, column = _reviews(table).where(*_conditions(session, wanted, table)), col(table.id)
            if behind is not None:
                query = query.where(column < behind if newest else column > behind)
            query = query.order_by(column.desc() if newest else column.asc()).limit(limit)
            found += [_review(session, *each) for each in session.exec(query)]
    return sorted(found, key=lambda review: review.id, reverse=newest)[:limit]


@dataclass(frozen=True, slots=True)
class ReviewCount:
    """How many reviews there are of a kind and a status, that block or not, of accounts with a team."""

    kind: ReviewType
    status: ReviewStatus
    blocking: bool
    team: Team | None
    count: int


def count_reviews(engine: Engine, wanted: ReviewFilter) -> list[ReviewCount]:
    """How many reviews are wanted, of each kind, status and team.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    found: list[ReviewCount] = []
    with open_session(engine) as session:
        for kind, table in _TABLES.items():
            if wanted.kind and kind not in wanted.kind:
                continue
            blocking = () if table is DisputeRow else (col(ReviewRow.blocking),)
            of = (col(table.status), col(_STANDING.team), *blocking)
            query = _reviews(table).where(*_conditions(session, wanted, table)).with_only_columns(*of, func.count())
            for status, team, *blocks, count in session.execute(query.group_by(*of)):
                standing = None if team is None else Team(team)
                found.append(ReviewCount(kind, ReviewStatus(status), any(blocks), standing, count))
    return found


def _reviews(table: _Table) -> Select[*tuple[Any, ...]]:
    # While a review is open its counts are those of what the account stands on, which may know more than the first.
    is_open = col(table.status) == ReviewStatus.OPEN
    about = case((is_open, col(AccountRow.decision_id)), else_=col(table.opened_by_decision_id))
    return (
        select(table, _ABOUT, _STANDING)
        .join(AccountRow, col(AccountRow.account_id) == col(table.account_id))
        .join(_ABOUT, col(_ABOUT.id) == about)
        .join(_STANDING, col(_STANDING.id) == col(AccountRow.decision_id))
    )


def _conditions(session: Session, wanted: ReviewFilter, table: _Table) -> Iterator[ColumnElement[bool]]:
    if table is ReviewRow:
        yield col(ReviewRow.dispute_id).is_(None)
    if wanted.account_id is not None:
        yield is_account(table.account_id, wanted.account_id)
    if wanted.status:
        yield col(table.status).in_(wanted.status)
    if wanted.blocking is not None:
        blocking: ColumnElement[bool] = false() if table is DisputeRow else col(ReviewRow.blocking).is_(True)
        yield blocking if wanted.blocking else not_(blocking)
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
    said = (row.resolved_segment, row.resolved_reason, row.resolved_by)
    return review_state(row.id, row.counts_fingerprint, row.status, said, row.dispute_id)


def _review(session: Session, row: ReviewRow | DisputeRow, about: DecisionRow, standing: DecisionRow) -> Review:
    decision = read_decision(session, about)
    stands = decision if standing.id == about.id else read_decision(session, standing)
    own: dict[str, Any] = (
        {"kind": ReviewType.SIZE, "dispute": None}
        if isinstance(row, ReviewRow)
        else {"kind": ReviewType.DISPUTE, "dispute": dispute_of(row), "blocking": False}
    )
    account_id, resolution = full_id(row.account_id), _resolution(row)
    return value_of(
        Review, row, account_id=account_id, decision=decision, standing=stands, resolution=resolution, **own
    )


def _resolution(row: ReviewRow | DisputeRow) -> Resolution | None:
    if row.resolved_at is None or row.resolved_reason is None or row.resolved_by is None:
        return None
    return Resolution(
        segment=None if row.resolved_segment is None else Segment(row.resolved_segment),
        reason=row.resolved_reason,
        decided_by=row.resolved_by,
        decided_at=row.resolved_at,
        decision_id=row.resolution_decision_id,
    )
