"""The facts that can be stated of an account, each cut into cells by the clauses that bear on segment and team."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from service.domain.clauses import Compare, Holds, Leaf, leaves_of
from service.domain.lab.cells import Among, Answered, Cell, Unknown, choices_cells, spans
from service.domain.lab.stated import CURRENT_TEAM, EMPLOYEES, MARKS, STATED, THIRD_PARTY_EMPLOYEES
from service.domain.parts import Fork
from service.domain.policy import Policy
from service.domain.terms import Motion, Segment, Team
from service.domain.vocabulary import (
    crm_created_on,
    crm_segment,
    customer,
    first_order_available,
    key_account,
    lam_dev_count,
    leading_employees,
    linkedin_engineering_it,
    max_family_employees,
    motion,
    vp_segment,
)

_LEAST = {
    **dict.fromkeys((*EMPLOYEES, leading_employees.name), 1),
    THIRD_PARTY_EMPLOYEES: 1,
    max_family_employees.name: 1,
    lam_dev_count.name: 0,
    linkedin_engineering_it.name: 0,
    crm_created_on.name: None,
}
"""The numbers and days, with the least that is a value: 0 employees are no data."""
_FLAGS = (first_order_available.name, customer.name, key_account.name, *MARKS)
_SEGMENTS, _MOTIONS = tuple(map(str, Segment)), tuple(map(str, Motion))


@dataclass(frozen=True, slots=True)
class StatedFact:
    """A fact that can be stated, with the cells that the policy cuts it into; unknown is none of them."""

    name: str
    cells: tuple[Cell, ...]


@cache
def stated_facts(policy: Policy) -> dict[str, StatedFact]:
    """Every fact that can be stated, by name, cut by the clauses that bear on segment and team."""
    return {name: StatedFact(name, cells_of(name, (policy,))) for name in STATED}


def cells_of(name: str, policies: tuple[Policy, ...]) -> tuple[Cell, ...]:
    """The cells of a fact within which none of the policies decides otherwise; unknown is none of them."""
    speaks_as = {name, leading_employees.name} if name in EMPLOYEES or name == THIRD_PARTY_EMPLOYEES else {name}
    steps = [step for policy in policies for step in policy.program.deciding]
    own = [leaf for step in steps for leaf in leaves_of(step.expression) if leaf.fact in speaks_as]
    if name in _LEAST:
        absent: tuple[Cell, ...] = (Unknown(),) if name == crm_created_on.name else ()
        return (*absent, *spans(_LEAST[name], own))
    if name in _FLAGS:
        return (Answered(answer=True), Answered(answer=False))
    if name == CURRENT_TEAM:
        kept = sorted({team.value for policy in policies for team in kept_teams(policy)})
        others = tuple(team.value for team in Team if team.value not in kept)
        return (*(Among((team,)) for team in kept), Among(others))
    if name in {crm_segment.name, vp_segment.name}:
        return tuple(Among((segment,)) for segment in _SEGMENTS)
    return choices_cells(own, closed=_MOTIONS if name == motion.name else None)


def cells_of_leaves(leaves: list[Leaf]) -> tuple[Cell, ...]:
    """The cells of any fact within which these leaves, all of them its own, answer alike; the last is unknown."""
    bounds = [leaf.bound for leaf in leaves if isinstance(leaf, Compare)]
    if bounds:
        return (*spans(None if isinstance(bounds[0], date) else 0, leaves), Unknown())
    if any(isinstance(leaf, Holds) for leaf in leaves):
        return (Answered(answer=True), Answered(answer=False), Unknown())
    return (*choices_cells(leaves), Unknown())


def kept_teams(policy: Policy) -> frozenset[Team]:
    """The teams that may keep an account while a question is open."""
    return frozenset(
        team for route in policy.program.routes.routes if isinstance(route.to, Fork) for team in route.to.keeps
    )
