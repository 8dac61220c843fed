"""Resolve a review: the VP of Commercial Sales decides the segment, and the account is routed by it (SEG-5)."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import partial
from uuid import UUID

from service.domain.decide import decide
from service.domain.decision import Decision, RecordedDecision
from service.domain.errors import (
    DomainError,
    NotDisputeError,
    NothingToReviseError,
    ReviewClosedError,
    StandingChangedError,
)
from service.domain.facts import VpDecision
from service.domain.handoff.recorded import RecordedHandoff
from service.domain.policies import Policies
from service.domain.review_queue import Resolution, Review
from service.domain.reviews import ReviewStatus, counts_fingerprint
from service.domain.standing_moves import standing_move
from service.domain.terms import Segment
from service.domain.triggers import Move
from service.store.database import Database
from service.store.policies import current_policies
from service.store.recording import Asked, PutDispute, ResolveReview, Standing, Submission
from service.store.reviews import complete_move, find_review
from service.usecases.classify import asks_for_the_owner, handoffs_of, with_the_record, without_what_nobody_asked

_TRIED = {segment: VpDecision(segment=segment, reason="To see", decided_by="nobody") for segment in Segment}


def propose_resolution(
    database: Database, review_id: UUID, verdict: VpDecision, today: date, asked: Asked, *, revises: bool = False
) -> Submission[RecordedDecision] | None:
    """A resolution to be recorded, of a review by its identifier; see ``resolution_of``. None: no such review.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    review = find_review(database.engine, review_id)
    return None if review is None else resolution_of(review, verdict, today, asked, revises=revises)


def resolution_of(
    review: Review, verdict: VpDecision, today: date, asked: Asked, *, revises: bool = False
) -> Submission[RecordedDecision]:
    """A resolution to be recorded: the reviewed facts decided again with the VP's segment.

    An open review is about the counts of what the account stands on, so that decision's facts are the ones, as they are
    of a dispute. Whether it is still open is asked when the resolution is recorded: one that is sent again with its key
    finds it resolved. One that ``revises`` is of a review that was resolved and whose counts are still those posted.
    """
    decide_on = partial(_decide_on, review=review, verdict=verdict, today=today, revises=revises)
    about, of_dispute = review.account_id, review.dispute is not None
    return Submission(account_id=about, asked=asked, decide=decide_on, whole=True, of_dispute=of_dispute)


def rejection_of(review: Review, reason: str, asked: Asked) -> Submission[Review]:
    """The rejection of a dispute, to be recorded: what stands goes on to stand, and no decision is taken.

    Raises:
        NotDisputeError: the review is none.
    """
    if review.dispute is None:
        raise NotDisputeError(review.id)

    def decide_on(standing: Standing) -> PutDispute:
        _check_dispute(review, standing, revises=False)
        by, at = asked.actor, standing.at
        said = Resolution(segment=None, reason=reason, decided_by=by, decided_at=at, decision_id=None)
        rejected = replace(review, status=ReviewStatus.REJECTED, resolution=said)
        return PutDispute(lambda _: rejected)

    return Submission(account_id=review.account_id, asked=asked, decide=decide_on, whole=True, of_dispute=True)


def _decide_on(standing: Standing, *, review: Review, verdict: VpDecision, today: date, revises: bool) -> ResolveReview:
    reviewed, account = review.standing, standing.account
    if review.dispute is None:
        _check_counts(review, standing, revises=revises)
    else:
        _check_dispute(review, standing, revises=revises)
    if account is None or account.decision_id != reviewed.id:
        raise StandingChangedError(review.account_id)

    on = standing.effective_day(today, today)
    decision = decision_by(verdict, reviewed, account.move, standing.handoffs, standing.policies, on)

    stands = counts_fingerprint(decision.facts.employee_counts, standing.reviews)
    fingerprint = review.counts_fingerprint or stands
    resolved = ResolveReview(decision=decision, counts_fingerprint=fingerprint, resolves=verdict)
    if review.dispute is None:
        return resolved
    counts = review.dispute.employee_counts
    others = counts_fingerprint(counts, standing.reviews) if counts else fingerprint
    return replace(resolved, dispute=review, put_forward=None if others == fingerprint else others)


def _check_counts(review: Review, standing: Standing, *, revises: bool) -> None:
    """See that a review of counts is open; of one that ``revises``, that what was decided leads.

    Raises:
        ReviewClosedError, NothingToReviseError: it is not so.
    """
    of_these = standing.reviews.get(review.counts_fingerprint or "")
    status = review.status if of_these is None else of_these.status
    stands = standing.previous
    if status is ReviewStatus.RESOLVED and stands is not None and of_these is not None:
        if counts_fingerprint(stands.decision.facts.employee_counts, standing.reviews) != of_these.counts_fingerprint:
            raise ReviewClosedError(
                f"Review {review.id} was resolved, and leads no more: other counts were posted since, and decision "
                f"{stands.id} leads"
            )
        _check_resolved(review, of_these.verdict, stands, revises=revises)
    else:
        _check_status(review, status, revises=revises)


def _check_dispute(review: Review, standing: Standing, *, revises: bool) -> None:
    """The same of a dispute: what was decided of it is revised whichever counts stand."""
    status, stands = standing.disputes.get(review.id, review.status), standing.previous
    if status is ReviewStatus.RESOLVED and stands is not None:
        _check_resolved(review, stands.decision.facts.vp_decision, stands, revises=revises)
    else:
        _check_status(review, status, revises=revises)


def _check_status(review: Review, status: ReviewStatus, *, revises: bool) -> None:
    if status is not ReviewStatus.OPEN:
        raise ReviewClosedError(f"Review {review.id} is not open; it is {status}")
    if revises:
        raise NothingToReviseError(review.id)


def _check_resolved(review: Review, leads: VpDecision | None, stands: RecordedDecision, *, revises: bool) -> None:
    if not revises:
        said = "what stands" if leads is None else f"{leads.segment}, decided by {leads.decided_by},"
        by = stands.id if review.resolution is None else review.resolution.decision_id
        raise ReviewClosedError(
            f"Review {review.id} was resolved: {said} leads by decision {by}; with revises it is decided anew"
        )


def outcomes_now(database: Database, review: Review, today: date) -> dict[Segment, Decision]:
    """What each answer to a review would lead to today, also of one that was resolved and is decided anew.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    return _outcomes(database, review, current_policies(database.engine), today)


def with_outcomes(database: Database, reviews: Iterable[Review], today: date) -> list[Review]:
    """Reviews with what each answer would lead to today; nothing where none is taken any more.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    policies = current_policies(database.engine)
    return [
        replace(review, outcomes=_outcomes(database, review, policies, today))
        if review.status is ReviewStatus.OPEN
        else review
        for review in reviews
    ]


def _outcomes(database: Database, review: Review, policies: Policies, today: date) -> dict[Segment, Decision]:
    standing = review.standing
    move = complete_move(database.engine, review.account_id, standing_move(standing.decision))
    handoffs = handoffs_of(database, review.account_id) if asks_for_the_owner(standing.decision.facts) else []
    return outcomes(standing, move, handoffs, policies, today)


def outcomes(
    standing: RecordedDecision, move: Move | None, handoffs: Iterable[RecordedHandoff], policies: Policies, on: date
) -> dict[Segment, Decision]:
    """What each segment would lead to, of an account that stands so; without those that would be refused."""
    found: dict[Segment, Decision] = {}
    for segment, verdict in _TRIED.items():
        with suppress(DomainError):
            found[segment] = decision_by(verdict, standing, move, handoffs, policies, on)
    return found


def decision_by(
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
