"""Find reviews: one, or a page of the VP's queue."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, case
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from service.domain.decision import RecordedDecision
from service.domain.facts import VpDecision
from service.domain.fields import RecordedId
from service.domain.reviews import ReviewState, ReviewStatus
from service.domain.triggers import Move
from service.store.engine import is_account, newest_first, open_session
from service.store.policy_cache import read_decision
from service.store.rows import value_of
from service.store.rows.decisions import decode_review
from service.store.rows.moves import MAKING_MOVES, with_what_it_rests_on
from service.store.tables.decisions import AccountRow, DecisionRow, ReviewRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A review (SEG-4), with the decision that it is about: the one that stands while it is open, else its first."""

    id: UUID
    account_id: RecordedId
    counts_fingerprint: str
    blocking: bool
    status: ReviewStatus
    opened_at: datetime
    opened_by_decision_id: UUID
    decision: RecordedDecision
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
    *,
    limit: int,
    status: ReviewStatus | None = None,
    account_id: str | None = None,
    before: UUID | None = None,
) -> list[Review]:
    """At most ``limit`` reviews that match, newest first; with ``before``, those that come after that one."""
    query = newest_first(_reviews(), ReviewRow, limit, before, status=status, account_id=account_id)
    with open_session(engine) as session:
        return [_review(session, *found) for found in session.exec(query)]


def _reviews() -> Select[ReviewRow, DecisionRow]:
    # While a review is open its counts are those of what the account stands on, which may know more than the first.
    is_open = col(ReviewRow.status) == ReviewStatus.OPEN
    about = case((is_open, col(AccountRow.decision_id)), else_=col(ReviewRow.opened_by_decision_id))
    return (
        select(ReviewRow, DecisionRow)
        .join(AccountRow, col(AccountRow.account_id) == col(ReviewRow.account_id))
        .join(DecisionRow, col(DecisionRow.id) == about)
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


def _review(session: Session, row: ReviewRow, decision: DecisionRow) -> Review:
    return value_of(Review, row, decision=read_decision(session, decision), verdict=_state(row).verdict)
