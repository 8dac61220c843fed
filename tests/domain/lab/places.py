"""Where an account lies in the space that policies are compared over."""

from contextlib import suppress

from service.domain.cells import Value, holds_in
from service.domain.decide import take_parts
from service.domain.errors import UnroutableAccountError
from service.domain.facts import Facts
from service.domain.lab.classified import BASIS, BY_A_PERSON, BY_A_SOURCE, OF_ROUTING
from service.domain.lab.compare import Comparison
from service.domain.policy import Policy
from service.domain.terms import Basis
from service.domain.values import known_values


def differs_at(comparison: Comparison, facts: Facts, policy: Policy) -> bool:
    """Whether an account lies in a region of the comparison. ``policy`` is either of those compared."""
    place = _place_of(facts, policy)
    return place is not None and any(
        all(any(holds_in(cell, place[fact]) for cell in cells) for fact, cells in region.bounds.items())
        for region in comparison.regions
    )


def _place_of(facts: Facts, policy: Policy) -> dict[str, Value] | None:
    """By the policy's own walk over the sources; None where nobody leads."""
    values = known_values(facts, policy.program)
    with suppress(UnroutableAccountError):
        take_parts(facts, values, policy.program, [])
    if values["basis"] is None or values["segment"] is None:
        return None
    basis = BY_A_PERSON if values["basis"] in {Basis.VP, Basis.CRM} else BY_A_SOURCE
    bound = {BASIS: basis, "segment": str(values["segment"]), "leading_employees": values["leading_employees"]}
    return {fact: values[fact] for fact in OF_ROUTING} | bound
