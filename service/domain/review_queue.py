"""The VP's queue: what reviews are asked for by, and what is alike in those that decisions open."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from service.domain.decision import Decision, RecordedDecision, Status
from service.domain.disputes import Dispute
from service.domain.policy import Policy
from service.domain.reviews import ReviewStatus, ReviewType, recommended_segment
from service.domain.terms import Basis, Segment, Source, Team
from service.domain.wording import BASIS_NAMES, SEGMENT_NAMES, SOURCE_NAMES, listing


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What the VP decided of a review: the segment; None: a dispute was rejected, which led to no decision."""

    segment: Segment | None
    reason: str
    decided_by: str
    decided_at: datetime
    decision_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A review (SEG-4, SEG-5), with the decision that it is about: what stands while it is open, else its first.

    ``standing`` is what the account stands on now. A dispute is about no set of counts. ``outcomes`` are what each
    answer would lead to, where that was asked.
    """

    id: UUID
    kind: ReviewType
    account_id: str
    counts_fingerprint: str | None = None
    dispute: Dispute | None = None
    blocking: bool
    status: ReviewStatus
    opened_at: datetime
    opened_by_decision_id: UUID
    decision: RecordedDecision
    standing: RecordedDecision
    resolution: Resolution | None = None
    outcomes: Mapping[Segment, Decision] = field(default_factory=dict)


class ReviewOrder(StrEnum):
    """Which reviews come first: those that were opened first, or last."""

    OLDEST = "oldest"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFilter:
    """Which reviews are asked for; None and nothing are any.

    ``team`` are teams that the account stands with now, ``has_recommendation`` whether a segment is recommended.
    """

    status: Collection[ReviewStatus] = ()
    blocking: bool | None = None
    kind: Collection[ReviewType] = ()
    team: Collection[Team] = ()
    has_recommendation: bool | None = None
    account_id: str | None = None


class ReviewKind(NamedTuple):
    """What reviews have in common (SEG-4, SEG-5).

    ``wrong`` are the sources whose number is wholly wrong, ``unclear`` those whose range lies in two bands. ``leads``
    is what leads all the same; where nothing does, the review blocks, ``evidence`` says whether a third party has a
    number, and ``recommended`` which segment the size clean-up gave.
    """

    blocking: bool
    wrong: tuple[Source, ...]
    unclear: tuple[Source, ...]
    leads: Basis | None
    evidence: bool
    recommended: Segment | None


def review_kind(decision: Decision) -> ReviewKind | None:
    """Of which kind the review is that a decision opens; None where it opens none."""
    if not decision.needs_review or not isinstance(decision.policy, Policy):
        return None
    counts = {count.source: count for count in decision.facts.employee_counts}
    asked = dict(decision.trail)
    passed = [
        count
        for source in SOURCE_NAMES
        if (count := counts.get(source)) is not None
        and count.known_employees is not None
        and (answers := asked.get(f"SEG-2/{source}")) is not None
        and answers[-1] is not True
    ]
    nobody_leads = decision.segment is None
    parameters, on = decision.policy.parameters, decision.effective_on
    return ReviewKind(
        blocking=decision.status is Status.PENDING_REVIEW,
        wrong=tuple(count.source for count in passed if count.wholly_wrong),
        unclear=tuple(count.source for count in passed if not count.wholly_wrong),
        leads=None if nobody_leads else decision.basis,
        evidence=nobody_leads
        and any(
            count.source is Source.THIRD_PARTY and count.known_employees is not None
            for count in decision.facts.employee_counts
        ),
        recommended=recommended_segment(decision.facts, parameters, on)[0] if nobody_leads else None,
    )


def review_kind_words(kind: ReviewKind) -> str:
    """What is asked of the VP in reviews of a kind: ``Datafox is wholly wrong; Zoominfo leads``."""
    said = []
    if kind.wrong:
        verb = "is" if len(kind.wrong) == 1 else "are"
        said.append(f"{listing([SOURCE_NAMES[source] for source in kind.wrong])} {verb} wholly wrong")
    if kind.unclear:
        names = listing([SOURCE_NAMES[source] for source in kind.unclear])
        said.append(f"{names}: the range lies in two segments")
    if kind.leads is not None:
        return "; ".join([*said, f"{BASIS_NAMES[kind.leads]} leads"])
    evidence = "a third party has a number" if kind.evidence else "third-party evidence is missing"
    segment = "no segment" if kind.recommended is None else SEGMENT_NAMES[kind.recommended]
    return "; ".join([*said, "no source leads", evidence, f"the size clean-up recommends {segment}"])
