"""What a batch writes of disputes: pure, as all that is planned."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from service.domain.decision import RecordedDecision
from service.domain.notices import dispute_told
from service.domain.review_queue import Resolution, Review
from service.domain.reviews import ReviewState, ReviewStatus, after_dispute
from service.store.batch import Writes
from service.store.recording import PutDispute, ResolveReview


class Disputing:
    """Adds disputes, and what becomes of them, to what a batch writes; ``statuses`` are where an account's stand."""

    def __init__(
        self, writes: Writes, statuses: dict[str, dict[UUID, ReviewStatus]], new_id: Callable[[datetime], UUID]
    ) -> None:
        self._writes = writes
        self._new_id = new_id
        self.statuses = statuses

    def put(self, proposal: PutDispute, request_id: str, at: datetime) -> Review:
        """Open a dispute, or reject one."""
        review = proposal.named(self._new_id(at))
        if review.status is not ReviewStatus.OPEN:
            return self._close(review, at)
        self._writes.new_disputes.append((review, request_id))
        return self._told(review, at)

    def resolve(
        self, proposal: ResolveReview, dispute: Review, recorded: RecordedDecision, reviews: dict[str, ReviewState]
    ) -> None:
        """Close a dispute with what was decided of it, which leads over the counts that it is about."""
        at = recorded.recorded_at
        for fingerprint in filter(None, (proposal.counts_fingerprint, proposal.put_forward)):
            known = reviews.get(fingerprint)
            review = after_dispute(fingerprint, known, proposal.resolves, dispute.id, lambda: self._new_id(at))
            self._writes.put_reviews(recorded, review, fingerprint, reviews)
        said = proposal.resolves
        resolution = Resolution(
            segment=said.segment,
            reason=said.reason,
            decided_by=said.decided_by,
            decided_at=at,
            decision_id=recorded.id,
        )
        self._close(replace(dispute, status=ReviewStatus.RESOLVED, resolution=resolution), at)

    def _close(self, review: Review, at: datetime) -> Review:
        self._writes.closed_disputes.append(review)
        return self._told(review, at)

    def _told(self, review: Review, at: datetime) -> Review:
        self.statuses.setdefault(review.account_id, {})[review.id] = review.status
        self._writes.notices.append(dispute_told(self._new_id(at), review, at))
        return review
