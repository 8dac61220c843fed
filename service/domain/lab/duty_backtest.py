"""A draft of the duties tried on opportunities as they were last known: which duties come, go or are met otherwise."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from service.domain.clauses import Outcome
from service.domain.duties.opportunity import OpportunityFacts
from service.domain.duties.program import DutyProgram
from service.domain.duties.terms import DutyCode
from service.domain.found_duties import FoundDuty, find_duties
from service.domain.wording import ANSWERS

MOST_SAMPLES = 5
OF_OPPORTUNITIES = "A draft of duties is tried on every opportunity as it was last recorded, and moves no account"


class DutyState(NamedTuple):
    """Whether a duty applies, and whether it is met."""

    applies: Outcome
    met: Outcome


@dataclass(slots=True)
class DutyChange:
    """Opportunities of which a duty comes out otherwise alike, the first few by their ids."""

    code: DutyCode
    before: DutyState
    after: DutyState
    opportunities: int = 0
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DutyBacktest:
    """How many opportunities were examined, how many of them have other duties, and in which ways."""

    examined: int
    changed: int
    changes: tuple[DutyChange, ...]

    @property
    def words(self) -> list[str]:
        """All of it in sentences."""
        differing = "no duty changes"
        if self.changed:
            have = "has" if self.changed == 1 else "have"
            differing = f"{self.changed:,} {have} other duties, the others the same ones"
        opportunities = "1 opportunity" if self.examined == 1 else f"{self.examined:,} opportunities"
        return [
            f"{opportunities} examined: {differing}.",
            *(
                f"{each.code}: {_words(each.before)} becomes {_words(each.after)} in {each.opportunities:,} "
                f"({', '.join(each.samples)})"
                for each in self.changes
            ),
        ]


def try_duties(
    opportunities: Iterable[tuple[OpportunityFacts, date]], before: DutyProgram, after: DutyProgram
) -> DutyBacktest:
    """Find the duties of opportunities, each on its own day, under two programs."""
    examined = changed = 0
    changes: dict[tuple[DutyCode, DutyState, DutyState], DutyChange] = {}
    for opportunity, on in opportunities:
        examined += 1
        pairs = zip(find_duties(opportunity, before, on), find_duties(opportunity, after, on), strict=True)
        differing = [(one, other) for one, other in pairs if _state(one) != _state(other)]
        changed += bool(differing)
        for one, other in differing:
            named = (one.code, _state(one), _state(other))
            change = changes.setdefault(named, DutyChange(*named))
            change.opportunities += 1
            if len(change.samples) < MOST_SAMPLES and opportunity.opportunity_id is not None:
                change.samples += (opportunity.opportunity_id,)
    order = list(DutyCode)
    told = sorted(changes.values(), key=lambda change: (order.index(change.code), -change.opportunities))
    return DutyBacktest(examined, changed, tuple(told))


def _state(found: FoundDuty) -> DutyState:
    return DutyState(found.applies, found.met)


def _words(state: DutyState) -> str:
    if state.applies is not True:
        return "unknown" if state.applies is None else "no duty"
    return f"a duty (met: {ANSWERS[state.met]})"
