"""How far a policy reaches: which of its questions ever decide, and which accounts it leaves out."""

from dataclasses import dataclass
from typing import TypeAlias

from service.domain.cells import Cell, nearest_in
from service.domain.clauses import Outcome
from service.domain.decision import Decision, Status
from service.domain.lab.boxes import Box, Space, explored, simplified
from service.domain.lab.classified import BASIS, BY_A_SOURCE, account_at, alike_in, impossible_boxes, space_of
from service.domain.lab.compare_words import bounds_words
from service.domain.lab.verdicts import decided
from service.domain.policy import Policy


@dataclass(frozen=True, slots=True)
class Reach:
    """What comes of a policy over all accounts.

    ``answers`` are those that each question ever gets where it is asked; ``deciding`` the bands and routing rules that
    ever decide. ``without_band`` and ``uncovered`` tell the accounts that no band and that no rule holds.
    """

    answers: dict[str, frozenset[Outcome]]
    deciding: frozenset[str]
    without_band: tuple[str, ...]
    uncovered: tuple[str, ...]


_Way: TypeAlias = tuple[dict[str, Cell], Decision | None]


def reach_of(policy: Policy) -> Reach:
    """Follow every way through the classifications of a policy, each once."""
    space = space_of((policy,), same_bands=False)
    ways = _ways(policy, space)
    answers: dict[str, set[Outcome]] = {}
    deciding: set[str] = set()
    decisive = {case.step.key for case in policy.program.bands.cases}
    decisive |= {route.when.key for route in policy.program.routes.routes}
    for _, decision in ways.values():
        for key, outcomes in () if decision is None else decision.trail:
            answers.setdefault(key, set()).add(outcomes[-1])
            # The walk over bands, and that over rules, ends with the first that holds.
            if outcomes[-1] and key in decisive:
                deciding.add(key)
    gaps = [
        box
        for box, (point, decision) in ways.items()
        if nearest_in(point[BASIS]) == BY_A_SOURCE and decision is not None and decision.status is Status.PENDING_REVIEW
    ]
    as_decided = space_of((policy,), same_bands=True)
    all_covered = all(decision is not None for _, decision in ways.values())
    again = {} if all_covered else _ways(policy, as_decided)  # in words of segments, whatever they rest on
    uncovered = [box for box, (_, decision) in again.items() if decision is None]
    return Reach(
        {key: frozenset(each) for key, each in answers.items()},
        frozenset(deciding),
        _told(gaps, space),
        _told(uncovered, as_decided),
    )


def _ways(policy: Policy, space: Space) -> dict[Box, _Way]:
    alike = alike_in(space, policy)

    def judged(point: dict[str, Cell]) -> tuple[Box, _Way]:
        facts = account_at(point, policy)
        decision = decided(facts, policy, policy.effective_from)
        return alike(point, facts, decision), (point, decision)

    return dict(explored(space, impossible_boxes(space), judged))


def _told(boxes: list[Box], space: Space) -> tuple[str, ...]:
    regions = simplified(boxes, impossible_boxes(space), space.whole)
    return tuple(bounds_words(space.bounds(region)) for region in sorted(regions))
