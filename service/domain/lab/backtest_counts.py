"""What a draft makes of recorded decisions, in numbers: counted as they are taken again."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from heapq import nsmallest
from typing import TypeVar

from service.domain.clauses import Outcome
from service.domain.decision import OUTCOMES
from service.domain.lab.backtest import Again, Change, Obstacle, Sample
from service.domain.terms import Team

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
    changes: dict[Change, Some]
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
        self._changes: dict[Change, Some] = {}
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
        for flip in again.flips.split():
            name, _, answers = flip.rpartition(":")
            self._flips.setdefault(name, Counter())[OUTCOMES[answers[0]], OUTCOMES[answers[1]]] += decisions

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
