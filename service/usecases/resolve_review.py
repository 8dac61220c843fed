"""Resolve a review: the VP of Commercial Sales decides the segment, and the account is routed by it (SEG-5)."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import partial
from uuid import UUID

from service.domain.decide import decide
from service.domain.decision import Decision, RecordedDecision
from service.domain.errors import DomainError, NothingToReviseError, ReviewClosedError, StandingChangedError
from service.domain.facts import VpDecision
from service.domain.handoff.recorded import RecordedHandoff
from service.domain.policies import Policies
from service.domain.reviews import ReviewStatus, counts_fingerprint
from service.domain.standing_moves import standing_move
from service.domain.terms import Segment
from service.domain.triggers import Move
from service.store.database import Database
from service.store.policies import current_policies
from service.store.recording import Asked, ResolveReview, Standing, Submission
from service.store.reviews import Review, complete_move, find_review
from service.usecases.classify import asks_for_the_owner, handoffs_of, with_the_record, without_what_nobody_asked

_TRIED = {segment: VpDecision(segment=segment, reason="To see", decided_by="nobody") for segment in Segment}


def propose_resolution(
    database: Database, review_id: UUID, verdict: VpDecision, today: date, asked: Asked, *, revises: bool = False
) -> Submission[RecordedDecision] | None:
    """A resolution to be recorded: the reviewed facts decided again with the VP's segment. None: no such review.

    An open review is about the counts of what the account stands on, so that decision's facts are the ones. Whether
    it is still open is asked when the resolution is recorded: one that is sent again with its key finds it resolved.
    One that ``revises`` is of a review that was resolved, and whose counts are still the ones posted.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    review = find_review(database.engine, review_id)
    return None if review is None else resolution_of(review, verdict, today, asked, revises=revises)


def resolution_of(
    review: Review, verdict: VpDecision, today: date, asked: Asked, *, revises: bool = False
) -> Submission[RecordedDecision]:
    """The resolution to be recorded of a review as it was found."""
    decide_on = partial(_decide_on, review=review, verdict=verdict, today=today, revises=revises)
    return Submission(account_id=review.account_id, asked=asked, decide=decide_on, whole=True)


def _decide_on(standing: Standing, *, review: Review, verdict: VpDecision, today: date, revises: bool) -> ResolveReview:
    reviewed, account = review.standing, standing.account
    _check_open(review, standing, revises=revises)
    if account is None or account.decision_id != reviewed.id:
        raise StandingChangedError(review.account_id)
    on = standing.effective_day(today, today)
    decision = _decide_by(verdict, reviewed, account.move, standing.handoffs, standing.policies, on)
    return ResolveReview(decision=decision, counts_fingerprint=review.counts_fingerprint, resolves=verdict)


def _check_open(review: Review, standing: Standing, *, revises: bool) -> None:
    """See that a review is open; of one that ``revises``, that what was decided leads.

    Raises:
        ReviewClosedError, NothingToReviseError: it is not so.
    """
    now = standing.reviews.get(review.counts_fingerprint)
    status, said = (review.status, review.verdict) if now is None else (now.status, now.verdict)
    if status is ReviewStatus.OPEN:
        if revises:
            raise NothingToReviseError(review.id)
        return
    stands = standing.previous
    if stands is None or status is not ReviewStatus.RESOLVED or said is None:
        raise ReviewClosedError(f"Review {review.id} is not open; it is {status}")
    if counts_fingerprint(stands.decision.facts.employee_counts, standing.reviews) != review.counts_fingerprint:
        raise ReviewClosedError(
            f"Review {review.id} was resolved, and leads no more: other counts were posted since, and decision "
            f"{stands.id} leads"
        )
    if not revises:
        raise ReviewClosedError(
            f"Review {review.id} was resolved: {said.segment}, decided by {said.decided_by}, leads by decision "
            f"{review.resolution_decision_id or stands.id}; with revises it is decided anew"
        )


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
