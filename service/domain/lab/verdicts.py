"""What comes of facts: the part of a decision that a change is measured by."""

from dataclasses import dataclass
from datetime import date

from service.domain.decide import decide
from service.domain.decision import Decision, Status
from service.domain.errors import UnroutableAccountError
from service.domain.facts import Facts
from service.domain.policy import Policy
from service.domain.terms import Segment, Team
from service.domain.wording import SEGMENT_NAMES, TEAM_NAMES


@dataclass(frozen=True, slots=True)
class Verdict:
    """Segment, team, status and rule. All are None where no rule covers the facts."""

    segment: Segment | None
    team: Team | None
    status: Status | None
    rule: str | None


NO_RULE = Verdict(None, None, None, None)


def verdict_of(decision: Decision | None) -> Verdict:
    """What a decision says, or that there was none."""
    if decision is None:
        return NO_RULE
    return Verdict(decision.segment, decision.team, decision.status, decision.rule)


def decided(facts: Facts, policy: Policy, on: date) -> Decision | None:
    """The decision, or None where no rule covers the facts."""
    try:
        return decide(facts, policy, on)
    except UnroutableAccountError:
        return None


def status_words(verdict: Verdict) -> str:
    """How firm a verdict is, in words; where no rule covers the facts, nothing is decided."""
    return "undecided" if verdict.status is None else verdict.status.replace("_", " ")


def verdict_words(verdict: Verdict) -> str:
    """A verdict in words: ``Key Accounts First Order, provisionally``."""
    if verdict.status is None:
        return "no rule covers it"
    if verdict.team is None:
        return "a review by the VP of Commercial Sales"
    team = TEAM_NAMES[verdict.team]
    named = f"{team} ({SEGMENT_NAMES[verdict.segment]})" if verdict.segment is Segment.LARGE else team
    return f"{named}, provisionally" if verdict.status is Status.PROVISIONAL else named
