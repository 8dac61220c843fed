"""A change of facts, and what it leads to."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias, assert_never

from service.domain.lab.cells import Cell, Value
from service.domain.lab.verdicts import Verdict

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

    aspect: Aspect
    found_out: tuple[Counterfactual, ...]
    given: tuple[Counterfactual, ...]


def aspect_of(verdict: Verdict, aspect: Aspect) -> object:
    """The team, the segment or the status of a verdict."""
    match aspect:
        case "team":
            return verdict.team
        case "segment":
            return verdict.segment
        case "status":
            return verdict.status
    assert_never(aspect)
