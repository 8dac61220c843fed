"""Two policies compared without data: every region of facts that they decide differently, each with a witness."""

from dataclasses import dataclass
from datetime import date

from service.domain.facts import Facts
from service.domain.lab.boxes import Box, explored, shared, simplified
from service.domain.lab.cells import Cell
from service.domain.lab.classified import account_at, alike, impossible_boxes, space_of
from service.domain.lab.questions import QuestionDifference, questions_that_differ
from service.domain.lab.verdicts import Verdict, decided, verdict_of
from service.domain.parts import FirstOf, Fork, Step
from service.domain.policy import Policy
from service.domain.terms import Team


@dataclass(frozen=True, slots=True)
class Difference:
    """What one policy says and what the other, of a witness: facts that the two decide so."""

    before: Verdict
    after: Verdict
    witness: Facts


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the space of facts where everything is decided differently, with every way in which it is.

    ``bounds`` holds facts to some of their cells; of a fact that it does not name, any value will do.
    """

    bounds: dict[str, tuple[Cell, ...]]
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Where two policies differ.

    ``regions`` hold every classification that is decided differently, in team, segment, status or rule;
    ``reassigned`` those of them that get another team or segment. ``questions`` are those outside classification: of
    advice, moves and handoffs. ``parameters`` are those that differ, each with its two values.
    """

    regions: tuple[Region, ...]
    reassigned: tuple[Region, ...]
    questions: tuple[QuestionDifference, ...]
    parameters: dict[str, tuple[object, object]]


def compare(before: Policy, after: Policy, on: date) -> Comparison:
    """Find every region of classifications that two policies decide differently, and every question they differ in.

    The regions hold all the difference and nothing else; they may overlap. Accounts are compared as routing sees them,
    without a standing move. The work is bounded by the ways through both policies, not by the number of accounts that
    there could be.

    Raises:
        ValueError: the policies walk the sources differently, which no parameter can bring about.
    """
    if _cases(before.program.sources) != _cases(after.program.sources):
        raise ValueError("The policies walk the sources differently, so their decisions have no common ground")
    ours, theirs = before.parameters.as_dict(), after.parameters.as_dict()
    bearing = frozenset(step.key for policy in (before, after) for step in policy.program.deciding)
    return Comparison(
        *_regions(before, after, on),
        questions_that_differ(before, after, beside=bearing),
        {name: (value, theirs[name]) for name, value in ours.items() if value != theirs[name]},
    )


def _regions(before: Policy, after: Policy, on: date) -> tuple[tuple[Region, ...], tuple[Region, ...]]:
    if _rules(before) == _rules(after):
        return (), ()
    comparing = _Comparing(before, after, on)
    found = comparing.differing()
    reassigned = {box: verdicts for box, verdicts in found.items() if is_reassigned(*verdicts)}
    return comparing.regions(found), comparing.regions(reassigned)


def is_reassigned(before: Verdict, after: Verdict) -> bool:
    """Whether an account gets another team or segment."""
    return (before.team, before.segment) != (after.team, after.segment)


def _asked(step: Step) -> tuple[object, ...]:
    return step.key, step.expression


def _cases(part: FirstOf) -> list[object]:
    return [part.given, *((case.given, _asked(case.step), case.binds) for case in part.cases)]


def _rules(policy: Policy) -> list[object]:
    program = policy.program
    return [_cases(program.bands), *((_asked(route.when), _to(route.to)) for route in program.routes.routes)]


def _to(to: Team | Fork) -> object:
    return to if isinstance(to, Team) else (_asked(to.test), to.if_true, to.if_false, to.if_unknown, to.keeps)


class _Comparing:
    """Two policies over the space that both cut."""

    def __init__(self, before: Policy, after: Policy, on: date) -> None:
        self._before, self._after, self._on = before, after, on
        self._space = space_of((before, after), same_bands=_cases(before.program.bands) == _cases(after.program.bands))
        self._impossible = impossible_boxes(self._space)

    def differing(self) -> dict[Box, tuple[Verdict, Verdict]]:
        """Boxes that share nothing, each with the two verdicts that hold all over it, where those differ."""
        ways = explored(self._space, self._impossible, self._judged)
        return {box: (before, after) for box, (before, after) in ways if before != after}

    def _judged(self, point: dict[str, Cell]) -> tuple[Box, tuple[Verdict, Verdict]]:
        """The two verdicts at a point, and how far the reasons for both of them reach."""
        facts, space = account_at(point, self._before), self._space
        first, second = (decided(facts, policy, self._on) for policy in (self._before, self._after))
        around = shared(
            alike(point, facts, first, self._before, space), alike(point, facts, second, self._after, space)
        )
        return around, (verdict_of(first), verdict_of(second))

    def regions(self, found: dict[Box, tuple[Verdict, Verdict]]) -> tuple[Region, ...]:
        """The boxes in few regions, in the order of their bounds."""
        regions = simplified(list(found), self._impossible, self._space.whole)
        return tuple(self._region(each, found) for each in sorted(regions))

    def _region(self, region: Box, found: dict[Box, tuple[Verdict, Verdict]]) -> Region:
        differences: dict[tuple[Verdict, Verdict], Difference] = {}
        for box, verdicts in found.items():
            common = shared(box, region)
            if all(common) and verdicts not in differences:
                witness = account_at(self._space.corner(common), self._before)
                differences[verdicts] = Difference(*verdicts, witness)
        return Region(self._space.bounds(region), tuple(differences.values()))
