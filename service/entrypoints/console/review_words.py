"""A review in words: the counts on either side, what each answer leads to, and what was said of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.domain.decision import Decision, RecordedDecision
from service.domain.facts import EmployeeCount
from service.domain.review_queue import Review
from service.domain.reviews import ReviewStatus, ReviewType, recommendation_of
from service.domain.terms import Segment, Source, Team
from service.domain.wording import SOURCE_NAMES, value_words
from service.entrypoints.console.times import When, on_day
from service.entrypoints.console.words import STATUSES, Pill, segment_words, team_words

REVIEW_STATUSES = {
    ReviewStatus.OPEN: Pill("provisional", "Open"),
    ReviewStatus.RESOLVED: Pill("final", "Resolved"),
    ReviewStatus.SUPERSEDED: Pill("", "Superseded"),
    ReviewStatus.REJECTED: Pill("pending", "Rejected"),
}
REVIEW_KINDS = {ReviewType.SIZE: "Review of its size", ReviewType.DISPUTE: "Dispute"}


@dataclass(frozen=True, slots=True)
class CountView:
    """What a source says: its number, the gap that was found, where and when it was seen."""

    source: str
    number: str
    gap: str
    url: str | None
    seen: When | None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to a review: what is sent, and what it leads to, as a sentence."""

    value: str
    says: str
    recommended: bool = False


def counts_told(counts: Iterable[EmployeeCount], *, all_sources: bool = True) -> list[CountView]:
    """What each source says, the three asked first; of ``all_sources`` also those that say nothing."""
    found: dict[Source, EmployeeCount] = {each.source: each for each in counts if each.source is not Source.THIRD_PARTY}
    told = [_count(name, found.get(source)) for source, name in SOURCE_NAMES.items() if all_sources or source in found]
    return told + [_count(each.name or "", each) for each in counts if each.source is Source.THIRD_PARTY]


def _count(name: str, count: EmployeeCount | None) -> CountView:
    if count is None or count.known_employees is None:
        return CountView(name, "no number", "", None if count is None else count.url, None)
    seen = None if count.observed_on is None else on_day(count.observed_on)
    return CountView(name, value_words(count.known_employees), count.gap or "", count.url, seen)


def goes(before: Team | None, decision: Decision) -> str:
    """Where a decision leaves an account that a team had: the same before it is recorded and after."""
    status = STATUSES[decision.status].text.lower()
    if decision.team is None:
        return f"Nobody owns it yet; it {status}"
    verb = "stays with" if decision.team is before else "goes to"
    return f"It {verb} {team_words(decision.team)}, {status}"


def answer_said(segment: Segment, before: Team | None, decision: Decision) -> str:
    """What an answer leads to, as in ``Mid-Market: it goes to Key Accounts First Order, final``."""
    told = goes(before, decision)
    return f"{segment_words(segment)}: {told[0].lower()}{told[1:]}."


def answers_of(review: Review) -> list[Answer]:
    """What may be answered, with what each answer would lead to."""
    standing, recommended = review.standing.decision, recommendation_of(review.decision.decision)[0]
    return [
        Answer(segment.value, answer_said(segment, standing.team, decision), segment is recommended)
        for segment, decision in review.outcomes.items()
    ]


def rejection_said(review: Review) -> str:
    """What it means that a dispute is rejected."""
    return f"Rejected: what stands goes on to stand. {stands_said(review.standing)}"


def stands_said(standing: RecordedDecision) -> str:
    """Where an account stands now."""
    team = standing.decision.team
    return "Nobody owns it yet." if team is None else f"{team_words(team)} owns it."


def resolved_said(review: Review, led: RecordedDecision | None) -> str:
    """What was decided of a review, and what that led to."""
    said = review.resolution
    if said is None:
        return ""
    if said.segment is None:
        return rejection_said(review)
    if led is None:
        return f"{segment_words(said.segment)}."
    return answer_said(said.segment, led.team_before, led.decision)


def recommended(review: Review) -> tuple[str, str]:
    """What is recommended, in a word, and why."""
    found, why, _ = recommendation_of(review.decision.decision)
    return ("None" if found is None else segment_words(found)), why


def put_forward(review: Review) -> Sequence[CountView]:
    """The counts that a dispute puts forward."""
    return () if review.dispute is None else counts_told(review.dispute.employee_counts, all_sources=False)
