"""Reviews by the VP of Commercial Sales: which one, where it stands, what is recommended and posted (SEG-4, SEG-5)."""

import hashlib
from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from service.domain.clauses import Citation
from service.domain.decision import Decision
from service.domain.facts import EmployeeCount, Facts, VpDecision
from service.domain.fy23_citations import FEBRUARY_CLEANUP, NOVEMBER_CLEANUP
from service.domain.parameters import Parameters
from service.domain.policy import Policy, UnknownRevision
from service.domain.redaction import REDACTED
from service.domain.terms import Segment, Source
from service.domain.vocabulary import THIRD_PARTIES_NAMED
from service.domain.wording import BASIS_NAMES, SEGMENT_NAMES, SOURCE_NAMES, quantity


class ReviewStatus(StrEnum):
    """Where a review stands. A superseded one opens again when its counts are posted again.

    A dispute is superseded by nothing; one that is rejected changes nothing.
    """

    OPEN = "open"
    RESOLVED = "resolved"
    SUPERSEDED = "superseded"
    REJECTED = "rejected"


class ReviewType(StrEnum):
    """What a review is about: the size that employee counts say, or what somebody disputes."""

    SIZE = "size"
    DISPUTE = "dispute"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewState:
    """A review of one set of counts of an account, as far as deciding needs it.

    Of counts that nobody reviewed, only what the VP decided on a dispute is known: it goes by the ``dispute_id``.
    """

    id: UUID
    counts_fingerprint: str
    status: ReviewStatus
    verdict: VpDecision | None
    dispute_id: UUID | None = None

    @property
    def named(self) -> UUID:
        """The review by which it is found."""
        return self.dispute_id or self.id


def counts_fingerprint(counts: tuple[EmployeeCount, ...], known: Container[str] = ()) -> str:
    """Identify a set of employee counts: equal for the same numbers from the same sources, in whatever order.

    Two postings with one fingerprint are the same counts to the VP. A source without data is as good as absent; the
    wording of a gap and the day of observation do not make another count.

    Third parties without data once made another count. A review of then is found among the ``known`` by its own, and
    one of an account that was redacted since by that without names.
    """
    counted, named = _counted(counts)
    fingerprint = _hash(counted)
    if fingerprint in known or all(count.name is None for count in named):
        return fingerprint
    others = (named, _unnamed(counted), _unnamed(named))
    return next((each for each in map(_hash, others) if each in known), fingerprint)


def redacted_fingerprints(counts: tuple[EmployeeCount, ...]) -> dict[str, str]:
    """The fingerprints that counts may be known by, each with what becomes of it where the counts are redacted."""
    return {_hash(each): _hash(_unnamed(each)) for each in _counted(counts)}


def _counted(counts: tuple[EmployeeCount, ...]) -> tuple[list[EmployeeCount], list[EmployeeCount]]:
    """The counts that have data; and those with third parties without, as they once counted."""
    counted = [count for count in counts if count.known_employees is not None]
    named = [count for count in counts if count.known_employees is not None or count.source is Source.THIRD_PARTY]
    return counted, named


def _unnamed(counts: list[EmployeeCount]) -> list[EmployeeCount]:
    return [count if count.name is None else count.model_copy(update={"name": REDACTED}) for count in counts]


def _hash(counts: list[EmployeeCount]) -> str:
    lines = sorted(
        f"{count.source.value}\x00{count.name or ''}\x00{count.employees or ''}\x00{count.wholly_wrong}"
        for count in counts
    )
    return hashlib.sha256("\x01".join(lines).encode()).hexdigest()


def review_after(
    decision: Decision,
    fingerprint: str,
    review: ReviewState | None,
    resolved: VpDecision | None,
    new_id: Callable[[], UUID],
) -> ReviewState | None:
    """The review that a decision is about, as it stands after it; None where the decision is about none.

    ``review`` is that of its counts before, ``resolved`` the VP's decision where this one follows from it.
    """
    if review is not None and resolved is not None:
        return replace(review, status=ReviewStatus.RESOLVED, verdict=resolved)
    if decision.facts.vp_decision is not None:
        return review
    if not decision.needs_review:
        return None
    if review is not None:
        return replace(review, status=ReviewStatus.OPEN)
    return ReviewState(id=new_id(), counts_fingerprint=fingerprint, status=ReviewStatus.OPEN, verdict=None)


def after_dispute(
    fingerprint: str, review: ReviewState | None, verdict: VpDecision, dispute_id: UUID, new_id: Callable[[], UUID]
) -> ReviewState:
    """The review of counts over which the VP's decision on a dispute leads (SEG-5); made where there is none."""
    if review is None:
        status, own = ReviewStatus.RESOLVED, new_id()
        return ReviewState(
            id=own, counts_fingerprint=fingerprint, status=status, verdict=verdict, dispute_id=dispute_id
        )
    named = None if review.dispute_id is None else dispute_id
    return replace(review, status=ReviewStatus.RESOLVED, verdict=verdict, dispute_id=named)


def recommended_segment(facts: Facts, parameters: Parameters, on: date) -> tuple[Segment | None, str]:
    """The segment to recommend to the VP, and why: that of the size clean-up in force on the day (SEG-5)."""
    cleanup = facts.account.size_cleanup
    if on < parameters.november_cleanup_from:
        name, segment = "February 2019", None if cleanup is None else cleanup.feb_2019
    else:
        name, segment = "November 2019", None if cleanup is None else cleanup.nov_2019
    if segment is None:
        return None, f"No segment is on record for the size clean-up of {name}, so none is recommended."
    return segment, f"The size clean-up of {name} put the account in {SEGMENT_NAMES[segment]}."


def recommendation_rests_on(parameters: Parameters, on: date) -> Citation:
    """Where the handbook says which size clean-up is in force on the day."""
    return FEBRUARY_CLEANUP if on < parameters.november_cleanup_from else NOVEMBER_CLEANUP


def recommendation_of(decision: Decision) -> tuple[Segment | None, str, Citation | None]:
    """What is recommended on a decision: the segment, if any, and why; and where the handbook says so.

    The last is None where the policy revision is not on record here.
    """
    policy, on = decision.policy, decision.effective_on
    if isinstance(policy, UnknownRevision):
        said = f"{policy.id} revision {policy.version} is not on record here, so none is recommended."
        return None, said, None
    segment, reason = recommended_segment(decision.facts, policy.parameters, on)
    return segment, reason, recommendation_rests_on(policy.parameters, on)


def chatter_text(decision: Decision, recommendation: str) -> str:
    """The text to post on the account: every source consulted, its number, each gap, the evidence, and the cc."""
    facts = decision.facts
    account = facts.account
    lines = [f"Employee count of {account.name or account.id}, for review. cc VP of Commercial Sales", ""]
    by_source = {count.source: count for count in facts.employee_counts}
    for source, name in SOURCE_NAMES.items():
        lines.append(f"{name}: {count_in_words(by_source.get(source))}")
        if decision.basis is not None and decision.basis.value == source.value:
            break
    third_parties = [count for count in facts.employee_counts if count.source is Source.THIRD_PARTY]
    lines += [f"{count.name}: {count_in_words(count)}" for count in third_parties]
    policy = decision.policy
    by_name = isinstance(policy, Policy) and THIRD_PARTIES_NAMED in policy.program.facts_read  # so it was read once
    if decision.basis is None and not any(by_name or count.known_employees is not None for count in third_parties):
        lines.append("Third-party evidence: missing")
    lines.append("")
    if decision.segment is None or decision.led is None:
        lines.append(f"No source leads. {recommendation}")
    elif decision.basis is not None:
        employees, segment = quantity(decision.led, "employee"), SEGMENT_NAMES[decision.segment]
        lines.append(f"{BASIS_NAMES[decision.basis]} leads with {employees}: {segment}.")
    return "\n".join(lines)


def count_in_words(count: EmployeeCount | None) -> str:
    """What a source has, with the gap that was found and where it can be seen."""
    if count is None or count.known_employees is None:
        said = "no number"
    else:
        said = quantity(count.known_employees, "employee")
    if count is not None and count.wholly_wrong and count.gap is not None:
        said += f", wholly wrong: {count.gap}"
    return said if count is None or count.url is None else f"{said} ({count.url})"
