"""The space of all classifications: what routing can read, with the source walk told by what it came to."""

from collections.abc import Callable
from contextlib import suppress
from functools import cache

from service.domain import vocabulary
from service.domain.cells import Among, Cell, Unknown, nearest_in
from service.domain.clauses import Outcome
from service.domain.decide import take_parts
from service.domain.decision import Decision
from service.domain.errors import UnroutableAccountError
from service.domain.facts import Account, Facts
from service.domain.lab.boxes import Box, Space, hold
from service.domain.lab.stated import (
    CURRENT_TEAM,
    NEVER_UNKNOWN,
    OF_THE_ACCOUNT,
    THIRD_PARTY_EMPLOYEES,
    cells_of,
    stating,
)
from service.domain.moves import bands_of
from service.domain.parts import Trail, steps_of
from service.domain.policy import Policy
from service.domain.terms import Segment
from service.domain.values import known_values

BASIS = "basis"
"""Whether a count led, or a person put the account into its segment; told apart only where the size bands differ."""
BY_A_SOURCE, BY_A_PERSON = "source", "person"
OF_ROUTING = (*(name for name in OF_THE_ACCOUNT if name != vocabulary.crm_segment.name), vocabulary.motion.name)
"""What is stated and bears on routing."""


def space_of(policies: tuple[Policy, ...], *, same_bands: bool) -> Space:
    """The space of classifications, cut by the clauses of all these policies.

    Where the bands are the same, a segment is a segment, whatever it rests on.
    """
    cells: dict[str, tuple[Cell, ...]] = {} if same_bands else {BASIS: (Among((BY_A_SOURCE,)), Among((BY_A_PERSON,)))}
    cells[vocabulary.segment.name] = tuple(Among((each.value,)) for each in Segment)
    cells[vocabulary.leading_employees.name] = (Unknown(), *cells_of(vocabulary.leading_employees.name, policies))
    for name in OF_ROUTING:
        own = cells_of(name, policies)
        cells[name] = own if name in NEVER_UNKNOWN else (*own, Unknown())
    return Space(cells)


def impossible_boxes(space: Space) -> list[Box]:
    """What no facts can be: a source that leads without a number, a customer that awaits its first order."""
    contradictions = [{vocabulary.customer.name: 1, vocabulary.first_order_available.name: 1}]
    if BASIS in space.cells:
        contradictions.append({BASIS: 1, vocabulary.leading_employees.name: 1})
    return [space.box(masks) for masks in contradictions]


def account_at(point: dict[str, Cell], policy: Policy) -> Facts:
    """An account at a point of the space.

    Raises:
        ValueError: no account can be there.
    """
    values = {fact: nearest_in(cell) for fact, cell in point.items()}
    size, number = values.pop(vocabulary.segment.name), values.pop(vocabulary.leading_employees.name)
    basis = values.pop(BASIS, None)
    if basis is None and isinstance(number, int) and bands_of(number, policy.program) == (size,):
        basis = BY_A_SOURCE
    if basis == BY_A_SOURCE:
        values[vocabulary.employees_of(vocabulary.PRIMARY_SOURCES[0]).name] = number
    elif number is None:
        values[vocabulary.crm_segment.name] = size
    else:
        values |= {vocabulary.vp_segment.name: size, THIRD_PARTY_EMPLOYEES: number}
    facts = stating(Facts(account=Account(id="witness")), values)
    if facts is None:
        raise ValueError("No facts can be so: they contradict each other")
    return facts


def alike_in(space: Space, policy: Policy) -> Callable[[dict[str, Cell], Facts, Decision | None], Box]:
    """What finds a box around a point within which the policy decides as it did there, by the reasons in its trail."""
    program = policy.program
    of_sources = {step.key for step in steps_of(program.sources)}
    bearing = {step.key for step in program.deciding} - of_sources
    bearing_without_bands = bearing - {step.key for step in steps_of(program.bands)}

    @cache  # few answers are given again and again, all over the space
    def masks_of(key: str, outcomes: tuple[Outcome, ...]) -> dict[str, int]:
        masks: dict[str, int] = {}
        hold(masks, policy.steps[key].expression, list(outcomes), space)
        return masks

    def alike(point: dict[str, Cell], facts: Facts, decision: Decision | None) -> Box:
        by_a_source = point.get(BASIS) == Among((BY_A_SOURCE,))
        fixed = (BASIS,) if by_a_source else (BASIS, vocabulary.segment.name)
        held = {fact: 1 << space.cells[fact].index(point[fact]) for fact in fixed if fact in point}
        asked = bearing if by_a_source else bearing_without_bands
        trail = [(key, outcomes) for key, outcomes in _trail(facts, decision, policy) if key in asked]
        for key, outcomes in trail:
            for fact, mask in masks_of(key, tuple(outcomes)).items():
                held[fact] = held.get(fact, mask) & mask
        if by_a_source:
            held.pop(vocabulary.segment.name, None)  # it follows from the bands, which hold the count
        if any(outcomes[-1] is None for _, outcomes in trail):
            held[CURRENT_TEAM] = _kept_alike(point[CURRENT_TEAM], policy, space)
        return space.box(held)

    return alike


def _trail(facts: Facts, decision: Decision | None, policy: Policy) -> Trail:
    if decision is not None:
        return decision.trail
    # No rule covers the facts: that each of them fails to apply is all the reason there is.
    trail: Trail = []
    with suppress(UnroutableAccountError):
        take_parts(facts, known_values(facts, policy.program), policy.program, trail)
    return trail


def _kept_alike(cell: Cell, policy: Policy, space: Space) -> int:
    kept, cells = {team.value for team in policy.program.keeping}, space.cells[CURRENT_TEAM]
    if nearest_in(cell) in kept:
        return 1 << cells.index(cell)
    return sum(1 << place for place, other in enumerate(cells) if nearest_in(other) not in kept)
