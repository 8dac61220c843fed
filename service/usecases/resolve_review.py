"""Resolve a review: the VP of Commercial Sales decides the segment, and the account is routed by it (SEG-5)."""

from dataclasses import replace
from datetime import date
from functools import partial
from uuid import UUID

from service.domain.decide import decide
from service.domain.decision import RecordedDecision
from service.domain.facts import VpDecision
from service.domain.reviews import ReviewStatus
from service.store.database import Database
from service.store.decisions import standing_decision
from service.store.errors import ReviewClosedError, StandingChangedError
from service.store.recording import Asked, ResolveReview, Standing, Submission
from service.store.reviews import Review, find_review
from service.usecases.classify import with_the_record, without_what_nobody_asked


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
    on = standing.effective_day(today, today)
    facts = replace(reviewed.decision.facts, vp_decision=verdict, move=standing.account.move, trigger=None)
    facts = with_the_record(facts, standing.previous, standing.handoffs)
    policy = standing.policies.on(on)
    decision = without_what_nobody_asked(decide(facts, policy, on), policy)
    return ResolveReview(decision=decision, counts_fingerprint=review.counts_fingerprint, resolves=verdict)
