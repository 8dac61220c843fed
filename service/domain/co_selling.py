"""How many co-selling calls an ASM logged in seven days, and whether that is enough (CAL-4)."""

from dataclasses import dataclass
from datetime import date

from service.domain.calendar import days_from
from service.domain.clauses import Quantity
from service.domain.explain import ExplainedClause, explain_trail
from service.domain.parts import Step, Trail
from service.domain.sales_citations import CO_SELLING

RULE = "CAL-4"
DAYS = 7
FEWEST, AIM, AIM_MOST = 5, 10, 12
_calls = Quantity("calls")
_ENOUGH = Step(RULE, "minimum", "There are at least five co-selling calls in seven days", _calls >= FEWEST, CO_SELLING)
_AIMED_AT = Step(RULE, "aim", "There are the ten or more that are aimed at", _calls >= AIM, CO_SELLING)
_STEPS = {step.key: step for step in (_ENOUGH, _AIMED_AT)}


@dataclass(frozen=True, slots=True, kw_only=True)
class CoSellingWeek:
    """The calls that an ASM logged on the seven days up to ``until``, which is one of them."""

    first: date
    until: date
    count: int
    met: bool
    aim_met: bool
    explanation: tuple[ExplainedClause, ...]


def first_day(until: date) -> date:
    """The first of the seven days up to one."""
    return days_from(until, 1 - DAYS)


def co_selling_week(until: date, count: int) -> CoSellingWeek:
    """How so many calls on the seven days up to one are judged."""
    trail: Trail = []
    values = {"calls": count}
    met, aim_met = _ENOUGH.ask(values, trail), _AIMED_AT.ask(values, trail)
    return CoSellingWeek(
        first=first_day(until),
        until=until,
        count=count,
        met=met is True,
        aim_met=aim_met is True,
        explanation=tuple(explain_trail(trail, _STEPS, values)),
    )
