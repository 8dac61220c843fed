"""Reviews to rows and back: those of employee counts, and disputes."""

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from pydantic import TypeAdapter

from service.domain.account_ids import full_id
from service.domain.disputes import Dispute
from service.domain.facts import EmployeeCounts, VpDecision
from service.domain.reviews import ReviewState, ReviewStatus
from service.domain.terms import Segment
from service.store.batch import Writes
from service.store.rows import Decoders, Insert, Row, Update
from service.store.tables.reviews import DisputeRow, ReviewRow

DISPUTES = "SELECT account_id, id, status FROM disputes WHERE account_id "
"""Where the disputes of accounts stand; each database says in its own way of which."""
_COUNTS = TypeAdapter(EmployeeCounts)
_RESOLUTION = (
    *("status", "resolved_at", "resolved_by", "resolved_segment", "resolved_reason", "resolution_decision_id"),
)
"""What changes of a review: its status, and its resolution where it was resolved."""


def decode_review(row: Sequence[object], decoders: Decoders) -> ReviewState | None:
    """A review as deciding needs it, from the last columns of ``STANDINGS``; None where the account has none."""
    identifier, fingerprint, status, segment, reason, by, dispute_id = row
    if identifier is None:
        return None
    dispute = None if dispute_id is None else decoders.identifier(dispute_id)
    return review_state(decoders.identifier(identifier), str(fingerprint), str(status), (segment, reason, by), dispute)


def review_state(
    identifier: UUID, fingerprint: str, status: str, said: tuple[object, object, object], dispute_id: UUID | None
) -> ReviewState:
    """A review as deciding needs it; what was ``said`` is segment, reason and by whom: together there, or None each."""
    segment, reason, by = said
    verdict = (
        None
        if segment is None or reason is None or by is None
        else VpDecision(segment=Segment(str(segment)), reason=str(reason), decided_by=str(by))
    )
    return ReviewState(
        id=identifier,
        counts_fingerprint=fingerprint,
        status=ReviewStatus(status),
        verdict=verdict,
        dispute_id=dispute_id,
    )


def decode_disputes(rows: Iterable[Row], decoders: Decoders) -> dict[str, dict[UUID, ReviewStatus]]:
    """Where the disputes of each account stand, from the rows of ``DISPUTES``."""
    found: dict[str, dict[UUID, ReviewStatus]] = {}
    for account_id, identifier, status in rows:
        found.setdefault(full_id(account_id), {})[decoders.identifier(identifier)] = ReviewStatus(status)
    return found


def dispute_of(row: DisputeRow) -> Dispute:
    """What was put forward."""
    counts = _COUNTS.validate_json(row.employee_counts)
    return Dispute(reason=row.reason, employee_counts=counts, evidence=row.evidence, opened_by=row.opened_by)


def _opened(writes: Writes) -> Iterator[Row]:
    """The rows of reviews that a batch opens."""
    for review, by in writes.new_reviews:
        blocking = by.decision.team is None
        opened = (review.id, by.account_id, review.counts_fingerprint, blocking, ReviewStatus.OPEN, by.recorded_at)
        yield (*opened, by.id, None, None, None, None, None, review.dispute_id)


def _changed(writes: Writes) -> Iterator[Row]:
    """What changes of reviews that stood before, in the order of ``_RESOLUTION``, and the id."""
    for review, by in writes.changed_reviews.values():
        verdict = review.verdict if review.status is ReviewStatus.RESOLVED else None
        if verdict is None:
            yield (review.status, None, None, None, None, None, review.dispute_id, review.id)
        else:
            resolution = (by.recorded_at, verdict.decided_by, verdict.segment, verdict.reason, by.id)
            yield (review.status, *resolution, review.dispute_id, review.id)


def _disputed(writes: Writes) -> Iterator[Row]:
    """The rows of disputes that a batch opens."""
    for review, request_id in writes.new_disputes:
        if review.dispute is not None:
            counts = _COUNTS.dump_json(review.dispute.employee_counts, exclude_none=True).decode()
            stated = (review.dispute.reason, counts, review.dispute.evidence, review.dispute.opened_by)
            opened = (review.opened_at, review.opened_by_decision_id, request_id)
            yield (review.id, review.account_id, ReviewStatus.OPEN, *stated, *opened, None, None, None, None, None)


def _closed(writes: Writes) -> Iterator[Row]:
    """What changes of disputes that are closed, in the order of ``_RESOLUTION``, and the id."""
    for review in writes.closed_disputes:
        if (said := review.resolution) is not None:
            decided = (said.decided_at, said.decided_by, said.segment, said.reason, said.decision_id)
            yield (review.status, *decided, review.id)


STATEMENTS = (
    Insert(ReviewRow, _opened),
    Update(ReviewRow, (*_RESOLUTION, "dispute_id"), _changed),
    Insert(DisputeRow, _disputed),
    Update(DisputeRow, _RESOLUTION, _closed),
)
"""What a batch writes of reviews."""
