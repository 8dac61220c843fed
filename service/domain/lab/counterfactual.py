"""What would alter a decision: the smallest changes of its facts, each tried by deciding again."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import combinations, product
from typing import Literal, TypeAlias

from service.domain.cells import Cell, Span, Unknown, Value, holds_in, nearest_in, part_in
from service.domain.decision import Decision
from service.domain.lab.missing import asked_for
from service.domain.lab.stated import (
    COUNTED,
    MARKS,
    OF_THE_SEGMENT,
    STATED,
    can_be_unknown,
    is_open,
    stated_cells,
    stating,
    value_of,
)
from service.domain.lab.verdicts import NO_RULE, Verdict, decided, verdict_of
from service.domain.policy import Policy
from service.domain.ranges import Range
from service.domain.vocabulary import employees_of, vp_segment

MOST_FACTS_CHANGED = 3
"""How many facts are changed together at most: a proposal with more is of no use to a person."""
_Sets: TypeAlias = Callable[[int], Iterable[tuple[str, ...]]]
Aspect: TypeAlias = Literal["team", "segment", "status"]
"""What of an outcome is to be altered."""


@dataclass(frozen=True, slots=True)
class Change:
    """A fact that is other than stated. ``after`` is the nearest such value; ``cells`` hold all that do as well."""

    fact: str
    before: Value
    after: Value
    cells: tuple[Cell, ...]

    @property
    def distance(self) -> int:
        """By how many people or days a number or a day changes; 0 where there is nothing to measure."""
        if isinstance(self.before, bool) or isinstance(self.after, bool):
            return 0
        match self.before, self.after:
            case Range(lower, upper), int(after):
                return max(lower - after, 0 if upper is None else after - upper, 0)
            case int(before), int(after):
                return abs(after - before)
            case date() as earlier, date() as later:
                return abs((later - earlier).days)
            case _:
                return 0


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """Changes that alter the outcome together, and none of them without the others; and what they lead to."""

    changes: tuple[Change, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Counterfactuals:
    """The smallest changes that alter an outcome, nearest first.

    ``found_out`` are of facts that work can bring to light alone: unknown ones, counts of people, and whether a source
    is wholly wrong. ``given`` change some fact that is as it is: region, day of creation, customer, motion and so on.
    """

    found_out: tuple[Counterfactual, ...]
    given: tuple[Counterfactual, ...]


def aspect_of(verdict: Verdict, aspect: Aspect) -> object:
    """The team, the segment or the status of a verdict."""
    return getattr(verdict, aspect)


def counterfactuals(
    decision: Decision, policy: Policy, *, aspect: Aspect = "team", at_most: int = MOST_FACTS_CHANGED
) -> Counterfactuals:
    """Find the smallest changes that would alter the team of a classification, its segment or its status.

    Smallest are the fewest facts; then, for the same facts and the same result, those of which no other is nearer in
    every fact. Facts that contradict each other are never proposed, nor ones that no rule covers, nor that a known
    fact be forgotten. The work is bounded: of some twenty facts at most ``at_most`` are changed together, each to the
    nearest value of every cell that the policy's clauses cut it into.
    """
    search = _search(_Asked(decision, policy, aspect))
    return Counterfactuals(search.smallest(0, at_most), search.smallest(1, at_most))


def nearest_change(decision: Decision, policy: Policy) -> Counterfactual | None:
    """The nearest change that would alter the team: of facts that can be found out, unless fewer given ones do."""
    search = _search(_Asked(decision, policy, "team"))
    for size in range(1, MOST_FACTS_CHANGED + 1):
        for sets in (0, 1):
            found = search.of_size(sets, size)
            if found:
                return found[0]
    return None


def _sets_of(decision: Decision) -> tuple[_Sets, _Sets]:
    """The sets of facts to change by their size: those that can be found out, and those with some given fact."""
    facts = _changeable(decision)
    findable = [fact for fact in facts if can_be_found_out(fact, decision)]

    def found_out(size: int) -> Iterable[tuple[str, ...]]:
        return combinations(findable, size)

    def given(size: int) -> Iterable[tuple[str, ...]]:
        return (chosen for chosen in combinations(facts, size) if not set(chosen) <= set(findable))

    return found_out, given


def _changeable(decision: Decision) -> tuple[str, ...]:
    """The facts that can be otherwise: a mark needs a number, and the VP decides where a review is open."""
    facts = decision.facts
    fixed = {mark for mark, source in MARKS.items() if value_of(facts, employees_of(source).name) is None}
    if facts.vp_decision is None and not decision.needs_review:
        fixed.add(vp_segment.name)
    return tuple(name for name in STATED if name not in fixed)


def can_be_found_out(fact: str, decision: Decision) -> bool:
    """Whether work can bring to light that the fact is otherwise; else it is as it is."""
    if fact in COUNTED or fact in MARKS:
        return True
    return can_be_unknown(fact, decision.facts) and is_open(value_of(decision.facts, fact))


class _Search:
    """Tries changes of one decision's facts, each once: of the first of its sets, and of the second."""

    def __init__(self, decision: Decision, policy: Policy, aspect: Aspect) -> None:
        self._decision, self._policy, self._aspect = decision, policy, aspect
        self._stands = aspect_of(verdict_of(decision), aspect)
        self._asked = asked_for(decision) if decision.missing_facts else ()
        self._options: dict[str, list[Change]] = {}
        self._tried: dict[tuple[Change, ...], Verdict] = {}
        self._sets = _sets_of(decision)
        self._found: dict[tuple[int, int], list[Counterfactual]] = {}

    def smallest(self, sets: int, at_most: int) -> tuple[Counterfactual, ...]:
        """All that alter the outcome with the fewest facts, nearest first."""
        sizes = (self.of_size(sets, size) for size in range(1, at_most + 1))
        return tuple(next((found for found in sizes if found), []))

    def of_size(self, sets: int, size: int) -> list[Counterfactual]:
        """All that alter the outcome with so many facts, nearest first."""
        if (sets, size) not in self._found:
            every = (found for facts in self._sets[sets](size) for found in self._nearest(facts))
            self._found[sets, size] = sorted(every, key=self._rank)
        return self._found[sets, size]

    def _nearest(self, facts: tuple[str, ...]) -> Iterator[Counterfactual]:
        options = [self._changes_of(fact) for fact in facts]
        # Parts come first: they were tried with fewer facts, and settle most combinations without deciding them.
        found = [changes for changes in product(*options) if not self._idle(changes)]
        tried = (Counterfactual(changes, self._verdict(changes)) for changes in found)
        altering = [each for each in tried if self._alters(each.verdict)]
        for each in _joined(altering):
            if not any(self._nearer(other, each) for other in altering):
                yield each

    def _changes_of(self, fact: str) -> list[Change]:
        if fact not in self._options:
            before = value_of(self._decision.facts, fact)
            forgotten = can_be_unknown(fact, self._decision.facts)
            cells = [
                cell
                for cell in stated_cells(self._policy)[fact]
                if not holds_in(cell, before) and not (forgotten and isinstance(cell, Unknown))
            ]
            if self._decision.facts.vp_decision is not None and fact in OF_THE_SEGMENT and isinstance(before, int):
                # The VP's decision falls with any other count, however near (SEG-5).
                cells += [Span(before + step, before + step) for step in (-1, 1) if before + step > 0]
            cells = [part_in(cell, before) or cell for cell in cells]
            self._options[fact] = [Change(fact, before, nearest_in(cell, before), (cell,)) for cell in cells]
        return self._options[fact]

    def _verdict(self, changes: tuple[Change, ...]) -> Verdict:
        if changes not in self._tried:
            stated = stating(self._decision.facts, {change.fact: change.after for change in changes})
            outcome = None if stated is None else decided(stated, self._policy, self._decision.effective_on)
            self._tried[changes] = verdict_of(outcome)
        return self._tried[changes]

    def _alters(self, verdict: Verdict) -> bool:
        return verdict != NO_RULE and aspect_of(verdict, self._aspect) != self._stands

    def _idle(self, changes: tuple[Change, ...]) -> bool:
        """Whether some of the changes alter the outcome without the others."""
        parts = (part for size in range(1, len(changes)) for part in combinations(changes, size))
        return any(self._alters(self._verdict(part)) for part in parts)

    def _nearer(self, one: Counterfactual, other: Counterfactual) -> bool:
        """Whether one leads to the same as another of the same facts, farther in none and nearer in some."""
        distances = [(mine.distance, its.distance) for mine, its in zip(one.changes, other.changes, strict=True)]
        return (
            aspect_of(one.verdict, self._aspect) == aspect_of(other.verdict, self._aspect)
            and all(mine <= its for mine, its in distances)
            and any(mine < its for mine, its in distances)
        )

    def _rank(self, found: Counterfactual) -> tuple[int, int]:
        return max(map(self._remoteness, found.changes)), sum(change.distance for change in found.changes)

    def _remoteness(self, change: Change) -> int:
        """What the decision asks for is near, then numbers that change, other unknown facts, marks, and given facts."""
        if is_open(change.before) and not change.distance and change.fact in self._asked:
            return 0
        if change.distance:
            return 1 if can_be_found_out(change.fact, self._decision) else 4
        if change.fact in MARKS:
            return 3
        return 2 if can_be_found_out(change.fact, self._decision) else 4


def _joined(found: list[Counterfactual]) -> list[Counterfactual]:
    """The same with those told as one that differ in nothing but the cell of a fact without distance."""
    for place in range(len(found[0].changes) if found else 0):
        alike: dict[object, Counterfactual] = {}
        for each in found:
            change = each.changes[place]
            rest = each.changes[:place] + each.changes[place + 1 :]
            key = (rest, each.verdict, change if change.distance or isinstance(change.before, bool) else None)
            alike[key] = _wider(alike[key], place, change) if key in alike else each
        found = list(alike.values())
    return found


def _wider(found: Counterfactual, place: int, change: Change) -> Counterfactual:
    first = found.changes[place]
    wider = replace(first, cells=(*first.cells, *change.cells))
    return replace(found, changes=(*found.changes[:place], wider, *found.changes[place + 1 :]))


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """What is searched: this very decision, as comparing two takes as long as finding out."""

    decision: Decision
    policy: Policy
    aspect: Aspect

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asked) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[int, int, Aspect]:
        return id(self.decision), id(self.policy), self.aspect


@lru_cache(maxsize=8)
def _search(asked: _Asked) -> _Search:
    """The search of it: whoever shows a decision asks for the nearest change and for the smallest, one by one."""
    return _Search(asked.decision, asked.policy, asked.aspect)
