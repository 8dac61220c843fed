"""A draft tried against recorded decisions: each is taken again, and what the draft says otherwise is told.

A recorded decision is decided twice from its recorded facts, for its own day: under the revision that it was recorded
under, which must say what was recorded, and under the draft. Where an account stood at a discovery, a changeover or a
handoff, and which move stood, is taken as recorded too: it is not what the draft would have made of earlier decisions.
What comes of them is counted as they are taken again.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from heapq import nsmallest
from typing import NamedTuple, TypeVar
from uuid import UUID

from service.domain.clauses import Outcome
from service.domain.decision import LETTERS, OUTCOMES, Decision, Status
from service.domain.explain import words_of
from service.domain.facts import Facts
from service.domain.lab.verdicts import Verdict, decided, verdict_of
from service.domain.policy import Policy
from service.domain.terms import Team
from service.domain.vocabulary import named_now


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


class Transition(NamedTuple):
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
    change: Transition | None = None
    wanted: str = ""
    flips: str = ""


class Sample(NamedTuple):
    """A decision to look at. They sort as they were recorded."""

    decision_id: UUID
    account_id: str


class Mover(NamedTuple):
    """A decision with another team. ``flips`` are as ``Again`` has them."""

    sample: Sample
    name: str | None
    change: Transition
    flips: str


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
    change = Transition(verdict_of(before), verdict_of(after))
    becomes_provisional = after.status is Status.PROVISIONAL is not before.status
    return Again(
        None,
        change,
        wanted=";".join(named_now(after.missing_facts)) if becomes_provisional else "",
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


def read_flips(flips: str) -> Iterator[tuple[str, Outcome, Outcome]]:
    """Each clause that answered otherwise, with its two answers, by name, from the text that ``Again`` has of them."""
    for flip in sorted(flips.split()):
        name, _, answers = flip.rpartition(":")
        yield name, OUTCOMES[answers[0]], OUTCOMES[answers[1]]


SAMPLES = 5
"""How many decisions are named of each kind: those that were recorded first."""


@dataclass(frozen=True, slots=True)
class Some:
    """How many decisions, and the first ``SAMPLES`` of them."""

    decisions: int = 0
    samples: tuple[Sample, ...] = ()

    def plus(self, decisions: int, samples: Iterable[Sample]) -> "Some":
        """These and some more, of which the first are given."""
        return Some(self.decisions + decisions, tuple(nsmallest(SAMPLES, (*self.samples, *samples))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """What a draft makes of recorded decisions. Every number is one of decisions; the largest comes first.

    ``examined`` are all of them, and the sum of ``moved``, ``otherwise_changed``, ``stays`` and ``not_replayed``.
    """

    examined: int
    changes: dict[Transition, Some]
    """Those with another team, segment, status or rule."""
    movements: dict[tuple[Team | None, Team | None], Some]
    """Those of them with another team, from which to which; None is no team yet."""
    flips: dict[str, dict[tuple[Outcome, Outcome], int]]
    """Of those that move: for each clause the answers that it gave before and gives after. One may flip several."""
    provisional: int
    """Those that become provisional, and were not."""
    wanted: dict[str, int]
    """For each fact, how many become provisional for want of it. One may want several."""
    obstacles: dict[Obstacle, Some]
    """Those that could not be replayed."""

    @property
    def moved(self) -> int:
        """How many get another team, get one at last, or have none any more."""
        return sum(some.decisions for some in self.movements.values())

    @property
    def otherwise_changed(self) -> int:
        """How many keep their team, with another segment, status or rule."""
        return sum(some.decisions for change, some in self.changes.items() if not change.moves)

    @property
    def not_replayed(self) -> int:
        """How many could not be taken again, so that nothing is known of them."""
        return sum(some.decisions for some in self.obstacles.values())

    @property
    def stays(self) -> int:
        """How many keep team, segment, status and rule; what a provisional one wants may be another fact."""
        return self.examined - self.moved - self.otherwise_changed - self.not_replayed


_Kind = TypeVar("_Kind")


def _largest_first(found: dict[_Kind, Some]) -> dict[_Kind, Some]:
    return dict(sorted(found.items(), key=lambda item: (-item[1].decisions, item[1].samples)))


class Counting:
    """The count so far."""

    def __init__(self) -> None:
        self.examined = 0
        self._provisional = 0
        self._changes: dict[Transition, Some] = {}
        self._obstacles: dict[Obstacle, Some] = {}
        self._wanted: Counter[str] = Counter()
        self._flips: dict[str, Counter[tuple[Outcome, Outcome]]] = {}

    def add(self, again: Again, decisions: int, samples: Iterable[Sample]) -> None:
        """Add decisions that came to the same. ``samples`` are the first ``SAMPLES`` of them, or all."""
        self.examined += decisions
        obstacle, change = again.obstacle, again.change
        if obstacle is not None:
            self._obstacles[obstacle] = self._obstacles.get(obstacle, Some()).plus(decisions, samples)
        elif change is not None and change.before != change.after:
            self._changes[change] = self._changes.get(change, Some()).plus(decisions, samples)
        if again.wanted:
            self._provisional += decisions
            self._wanted.update(dict.fromkeys(again.wanted.split(";"), decisions))
        for name, before, after in read_flips(again.flips):
            self._flips.setdefault(name, Counter())[before, after] += decisions

    def result(self) -> Backtest:
        """What came of all that was added, whatever the order in which it was."""
        flips = sorted(self._flips.items(), key=lambda item: (-item[1].total(), item[0]))
        return Backtest(
            examined=self.examined,
            changes=_largest_first(self._changes),
            movements=_largest_first(self._movements()),
            flips={name: dict(sorted(answers.items(), key=_by_number)) for name, answers in flips},
            provisional=self._provisional,
            wanted=dict(sorted(self._wanted.items(), key=lambda item: (-item[1], item[0]))),
            obstacles={obstacle: self._obstacles[obstacle] for obstacle in Obstacle if obstacle in self._obstacles},
        )

    def _movements(self) -> dict[tuple[Team | None, Team | None], Some]:
        found: dict[tuple[Team | None, Team | None], Some] = {}
        for change, some in self._changes.items():
            if change.moves:
                found[change.way] = found.get(change.way, Some()).plus(some.decisions, some.samples)
        return found


def _by_number(item: tuple[tuple[Outcome, Outcome], int]) -> tuple[int, str]:
    return -item[1], str(item[0])
