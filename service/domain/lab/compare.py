"""Two policies compared without data: every region of facts that they decide differently, each with a witness."""

from dataclasses import dataclass
from datetime import date

from service.domain.cells import Cell
from service.domain.duties.policy import DutyPolicy
from service.domain.facts import Facts
from service.domain.lab.boxes import Box, Space, explored, shared, simplified
from service.domain.lab.classified import account_at, alike_in, impossible_boxes, space_of
from service.domain.lab.questions import QuestionDifference, questions_that_differ
from service.domain.lab.verdicts import Verdict, decided, verdict_of
from service.domain.parts import FirstOf, Fork, Step
from service.domain.policy import AnyPolicy, Policy
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


def compare(before: AnyPolicy, after: AnyPolicy, on: date) -> Comparison:
    """Find every region of classifications that two policies decide differently, and every question they differ in.

    The regions hold all the difference and nothing else; they may overlap. Accounts are compared as routing sees them,
    without a standing move. The work is bounded by the ways through both policies, not by the number of accounts that
    there could be.

    Raises:
        ValueError: the policies walk the sources differently, which no parameter can bring about.
        TypeError: one of the two is of accounts and the other of duties.
    """
    if isinstance(before, DutyPolicy) and isinstance(after, DutyPolicy):
        return Comparison((), (), questions_that_differ(before, after, beside=frozenset()), _differing(before, after))
    if isinstance(before, DutyPolicy) or isinstance(after, DutyPolicy):
        raise TypeError("A policy of accounts and one of duties have no common ground")
    if _cases(before.program.sources) != _cases(after.program.sources):
        raise ValueError("The policies walk the sources differently, so their decisions have no common ground")
    bearing = frozenset(step.key for policy in (before, after) for step in policy.program.deciding)
    return Comparison(
        *_regions(before, after, on),
        questions_that_differ(before, after, beside=bearing),
        _differing(before, after),
    )


def _differing(before: AnyPolicy, after: AnyPolicy) -> dict[str, tuple[object, object]]:
    ours, theirs = before.parameters.as_dict(), after.parameters.as_dict()
    return {name: (value, theirs[name]) for name, value in ours.items() if value != theirs[name]}


def _regions(before: Policy, after: Policy, on: date) -> tuple[tuple[Region, ...], tuple[Region, ...]]:
    if _rules(before) == _rules(after):
        return (), ()
    space = space_of((before, after), same_bands=_cases(before.program.bands) == _cases(after.program.bands))
    alike_before, alike_after = alike_in(space, before), alike_in(space, after)

    def judged(point: dict[str, Cell]) -> tuple[Box, tuple[Verdict, Verdict]]:
        """The two verdicts at a point, and how far the reasons for both of them reach."""
        facts = account_at(point, before)
        first, second = (decided(facts, policy, on) for policy in (before, after))
        around = shared(alike_before(point, facts, first), alike_after(point, facts, second))
        return around, (verdict_of(first), verdict_of(second))

    ways = explored(space, impossible_boxes(space), judged)
    found = {box: (first, second) for box, (first, second) in ways if first != second}
    reassigned = {box: verdicts for box, verdicts in found.items() if is_reassigned(*verdicts)}
    return _told(found, before, space), _told(reassigned, before, space)


def _told(found: dict[Box, tuple[Verdict, Verdict]], before: Policy, space: Space) -> tuple[Region, ...]:
    """Boxes, each with the two verdicts that hold all over it, in few regions, in the order of their bounds."""
    regions = simplified(list(found), impossible_boxes(space), space.whole)
    return tuple(_region(each, found, before, space) for each in sorted(regions))


def _region(region: Box, found: dict[Box, tuple[Verdict, Verdict]], before: Policy, space: Space) -> Region:
    differences: dict[tuple[Verdict, Verdict], Difference] = {}
    for box, verdicts in found.items():
        common = shared(box, region)
        if all(common) and verdicts not in differences:
            differences[verdicts] = Difference(*verdicts, account_at(space.corner(common), before))
    return Region(space.bounds(region), tuple(differences.values()))


def is_reassigned(before: Verdict, after: Verdict) -> bool:
    """Whether an account gets another team or segment."""
    return (before.team, before.segment) != (after.team, after.segment)


def _asked(step: Step) -> tuple[object, ...]:
    return step.key, step.expression


def _cases(part: FirstOf) -> list[object]:
    return [part.given, *((case.given, _asked(case.step), case.binds) for case in part.cases)]


def _rules(policy: Policy) -> list[object]:
    program = policy.program
    routes = program.routes.routes
    return [_cases(program.bands), *((_asked(route.when), route.needless, _to(route.to)) for route in routes)]


def _to(to: Team | Fork) -> object:
    return to if isinstance(to, Team) else (_asked(to.test), to.if_true, to.if_false, to.if_unknown, to.keeps)
