"""Resolve a review: the VP of Commercial Sales decides the segment, and the account is routed by it (SEG-5)."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import partial
from uuid import UUID

from service.domain.decide import decide
from service.domain.decision import Decision, RecordedDecision
from service.domain.errors import DomainError
from service.domain.facts import VpDecision
from service.domain.handoff.recorded import RecordedHandoff
from service.domain.policies import Policies
from service.domain.reviews import ReviewStatus
from service.domain.standing_moves import standing_move
from service.domain.terms import Segment
from service.domain.triggers import Move
from service.store.database import Database
from service.store.decisions import standing_decision
from service.store.errors import ReviewClosedError, StandingChangedError
from service.store.policies import current_policies
from service.store.recording import Asked, ResolveReview, Standing, Submission
from service.store.reviews import Review, complete_move, find_review
from service.usecases.classify import asks_for_the_owner, handoffs_of, with_the_record, without_what_nobody_asked

_TRIED = {segment: VpDecision(segment=segment, reason="To see", decided_by="nobody") for segment in Segment}


def propose_resolution(
    database: Database, review_id: UUID, verdict: VpDecision, today: date, asked: Asked
) -> Submission[RecordedDecision] | None:
    """A resolution to be recorded: the reviewed facts decided again with the VP's segment. None: no such review.

    An open review is about the counts of what the account stands on, so that decision's facts are the ones. Whether
    it is still open is asked when the resolution is recorded: one that is sent again with its key finds it resolved.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    review = find_review(database.engine, review_id)
    if review is None:
        return None
    reviewed = standing_decision(database.engine, review.account_id) or review.decision
    decide_on = partial(_decide_on, review=review, reviewed=reviewed, verdict=verdict, today=today)
    return Submission(account_id=review.account_id, asked=asked, decide=decide_on, whole=True)


def _decide_on(
    standing: Standing, review: Review, reviewed: RecordedDecision, verdict: VpDecision, today: date
) -> ResolveReview:
    current = standing.reviews.get(review.counts_fingerprint)
    if current is None or current.status is not ReviewStatus.OPEN:
        status = review.status if current is None else current.status
        raise ReviewClosedError(f"Review {review.id} is not open; it is {status}")
    if standing.account is None or standing.account.decision_id != reviewed.id:
        raise StandingChangedError(f"Account {review.account_id} was decided anew meanwhile; look at the review again")
    on, move = standing.effective_day(today, today), standing.account.move
    decision = _decide_by(verdict, reviewed, move, standing.handoffs, standing.policies, on)
    return ResolveReview(decision=decision, counts_fingerprint=review.counts_fingerprint, resolves=verdict)


def outcomes_of(database: Database, reviews: Iterable[Review], today: date) -> list[dict[Segment, Decision]]:
    """What each answer would lead to today, for reviews in their order; nothing where none is taken any more.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    policies = current_policies(database.engine)
    return [_outcomes(database, review, policies, today) for review in reviews]


def _outcomes(database: Database, review: Review, policies: Policies, today: date) -> dict[Segment, Decision]:
    found: dict[Segment, Decision] = {}
    if review.status is not ReviewStatus.OPEN:
        return found
    standing = review.standing
    move = complete_move(database.engine, review.account_id, standing_move(standing.decision))
    handoffs = handoffs_of(database, review.account_id) if asks_for_the_owner(standing.decision.facts) else []
    for segment, verdict in _TRIED.items():
        with suppress(DomainError):  # an answer that would be refused leads to nothing
            found[segment] = _decide_by(verdict, standing, move, handoffs, policies, today)
    return found


def _decide_by(
    verdict: VpDecision,
    standing: RecordedDecision,
    move: Move | None,
    handoffs: Iterable[RecordedHandoff],
    policies: Policies,
    on: date,
) -> Decision:
    """The decision on the facts of what stands, with the VP's segment, and with the move that stands."""
    facts = replace(standing.decision.facts, vp_decision=verdict, move=move, trigger=None)
    facts, policy = with_the_record(facts, standing, handoffs), policies.on(on)
    return without_what_nobody_asked(decide(facts, policy, on), policy)
