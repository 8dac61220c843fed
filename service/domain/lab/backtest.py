"""A draft tried against recorded decisions: each is taken again, and what the draft says otherwise is told.

A recorded decision is decided twice from its recorded facts, for its own day: under the revision that it was recorded
under, which must say what was recorded, and under the draft. Where an account stood at a discovery, a changeover or a
handoff, and which move stood, is taken as recorded too: it is not what the draft would have made of earlier decisions.
"""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from service.domain.clauses import Outcome
from service.domain.decision import LETTERS, Decision, Status
from service.domain.explain import words_of
from service.domain.facts import Facts
from service.domain.lab.verdicts import Verdict, decided, verdict_of
from service.domain.policy import Policy
from service.domain.terms import Team


class Obstacle(StrEnum):
    """Why a decision cannot be replayed, the first that holds.

    The policy revision that it was recorded under is not known; that revision does not give the recorded outcome, as
    something that it rested on was not recorded; or no rule of the draft covers the facts.
    """

    UNKNOWN_REVISION = "unknown_revision"
    NOT_REPEATED = "not_repeated"
    NOT_COVERED = "not_covered"


class Recorded(NamedTuple):
    """What is read of a recorded decision. ``outcome`` is as ``Decision.outcome``; its terms may be plain text."""

    effective_on: date
    outcome: tuple[object, ...]
    facts: Facts


class Change(NamedTuple):
    """What was recorded, and what the draft says; both may be the same."""

    before: Verdict
    after: Verdict

    @property
    def way(self) -> tuple[Team | None, Team | None]:
        """From which team to which; None is no team yet."""
        return self.before.team, self.after.team

    @property
    def moves(self) -> bool:
        """Whether another team owns the account, none being a team of its own here."""
        return self.before.team is not self.after.team


class Again(NamedTuple):
    """What came of a decision taken again: an obstacle, or else a change.

    ``wanted`` are the facts for want of which it becomes provisional, parted by semicolons. ``flips`` are the clauses
    that answered otherwise, of a decision that moves: ``ROUTE-3/3:TF ROUTE-3/test:TU`` (see ``flips_of``).
    """

    obstacle: Obstacle | None
    change: Change | None = None
    wanted: str = ""
    flips: str = ""


class Sample(NamedTuple):
    """A decision to look at. They sort as they were recorded."""

    decision_id: UUID
    account_id: str


def take_again(recorded: Recorded, policy: Policy | None, draft: Policy) -> Again:
    """Take one decision again. ``policy`` is the revision that it was recorded under, None where that is not known."""
    if policy is None:
        return Again(Obstacle.UNKNOWN_REVISION)
    before = decided(recorded.facts, policy, recorded.effective_on)
    if before is None or before.outcome != recorded.outcome:
        return Again(Obstacle.NOT_REPEATED)
    after = decided(recorded.facts, draft, recorded.effective_on)
    if after is None:
        return Again(Obstacle.NOT_COVERED)
    change = Change(verdict_of(before), verdict_of(after))
    becomes_provisional = after.status is Status.PROVISIONAL is not before.status
    return Again(
        None,
        change,
        wanted=";".join(after.missing_facts) if becomes_provisional else "",
        flips=flips_of(before, policy, after, draft) if change.moves else "",
    )


def flips_of(before: Decision, policy: Policy, after: Decision, draft: Policy) -> str:
    """The clauses that both decisions asked and that answered otherwise, each with the letters of its two answers.

    A clause goes by the key of its step, a numbered one by its rule and its number. One that only one of the decisions
    came to ask is no flip: that follows from the flip of another, before it.
    """
    then, now = answers_of(before, policy), answers_of(after, draft)
    return " ".join(
        f"{name}:{LETTERS[answer]}{LETTERS[now[name]]}"
        for name, answer in then.items()
        if name in now and now[name] is not answer
    )


def answers_of(decision: Decision, policy: Policy) -> dict[str, Outcome]:
    """What each clause answered that a decision asked."""
    return {name: outcomes[place] for key, outcomes in decision.trail for name, place in _named(policy, key)}


def _named(policy: Policy, key: str) -> Iterator[tuple[str, int]]:
    *numbered, whole = words_of(policy.steps[key])
    yield from ((f"{words.rule}/{words.clause}", words.place) for words in numbered)
    yield key, whole.place
