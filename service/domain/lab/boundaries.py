"""How near a decision is to its boundaries: by how much each comparison that was asked holds, or fails to."""

from dataclasses import dataclass
from datetime import date

from service.domain.decision import Decision
from service.domain.explain import values_of
from service.domain.nearness import Margin, margins
from service.domain.policy import Policy


@dataclass(frozen=True, slots=True)
class Boundary:
    """A comparison that a decision asked, under the key of its step, with its margin."""

    step: str
    margin: Margin


def boundaries(decision: Decision, policy: Policy) -> tuple[Boundary, ...]:
    """Every comparison of a decision with its margin, in the order in which they were asked.

    Nearest to the boundary is not always nearest to another outcome: that is what counterfactuals are for.
    """
    values = values_of(decision)
    return tuple(
        Boundary(key, margin)
        for key, outcomes in decision.trail
        for margin in margins(policy.steps[key].expression, outcomes, values)
    )


def boundary_words(boundary: Boundary) -> str:
    """A boundary in words: ``SEG-1/smb: leading_employees < 100 fails by 541 (it is 640)``."""
    margin = boundary.margin
    if margin.outcome is None or margin.by is None:
        return f"{boundary.step}: {margin.text} is open: {margin.fact} is not known"
    unit = (" day" if margin.by == 1 else " days") if isinstance(margin.value, date) else ""
    value = margin.value if isinstance(margin.value, date) else f"{margin.value:,}"
    how = "holds by" if margin.outcome else "fails by"
    return f"{boundary.step}: {margin.text} {how} {margin.by:,}{unit} (it is {value})"
