"""Disputes: somebody who sells asks the VP of Commercial Sales for a review, beside what stands (SEG-5)."""

from dataclasses import dataclass

from service.domain.decision import Decision
from service.domain.facts import EmployeeCounts
from service.domain.reviews import count_in_words
from service.domain.wording import SEGMENT_NAMES, SOURCE_NAMES, TEAM_NAMES


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """What is disputed: why, with the counts that are put forward and other evidence, if any."""

    reason: str
    employee_counts: EmployeeCounts = ()
    evidence: str | None = None
    opened_by: str


def dispute_text(dispute: Dispute, decision: Decision, recommendation: str) -> str:
    """The text to post on the account: what stands and why it is disputed, every count on either side, and the cc."""
    account = decision.facts.account
    stands = "no segment" if decision.segment is None else SEGMENT_NAMES[decision.segment]
    owner = "no team" if decision.team is None else TEAM_NAMES[decision.team]
    lines = [
        f"Segment of {account.name or account.id}, disputed. cc VP of Commercial Sales",
        "",
        f"It stands as {stands} with {owner}. Disputed by {dispute.opened_by}: {dispute.reason}",
        "",
        "On record:",
        *_counts(decision.facts.employee_counts),
    ]
    if dispute.employee_counts:
        lines += ["Put forward:", *_counts(dispute.employee_counts)]
    if dispute.evidence is not None:
        lines.append(f"Evidence: {dispute.evidence}")
    return "\n".join([*lines, "", recommendation])


def _counts(counts: EmployeeCounts) -> list[str]:
    if not counts:
        return ["no count"]
    return [f"{SOURCE_NAMES.get(count.source, count.name)}: {count_in_words(count)}" for count in counts]
