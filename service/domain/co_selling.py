"""How many co-selling calls an ASM logged on some days in a row, and whether that is enough (CAL-4)."""

from dataclasses import dataclass
from datetime import date

from service.domain.calendar import days_from
from service.domain.explain import ExplainedClause, explain_trail
from service.domain.parts import Trail
from service.domain.sales_bounds import SalesBounds
from service.domain.sales_steps import by_key, co_selling_steps


@dataclass(frozen=True, slots=True, kw_only=True)
class CoSellingWeek:
    """The calls that an ASM logged on the days up to ``until``, which is one of them; and the bounds they are held to.

    By the handbook they are a week.
    """

    first: date
    until: date
    count: int
    met: bool
    aim_met: bool
    bounds: SalesBounds
    explanation: tuple[ExplainedClause, ...]


def first_day(until: date, bounds: SalesBounds) -> date:
    """The first of the days up to one."""
    return days_from(until, 1 - bounds.co_selling_days)


def co_selling_week(until: date, count: int, bounds: SalesBounds) -> CoSellingWeek:
    """How so many calls on the days up to one are judged."""
    trail: Trail = []
    values = {"calls": count}
    steps = co_selling_steps(bounds)
    met, aim_met = steps.enough.ask(values, trail), steps.aimed_at.ask(values, trail)
    return CoSellingWeek(
        first=first_day(until, bounds),
        until=until,
        count=count,
        met=met is True,
        aim_met=aim_met is True,
        bounds=bounds,
        explanation=tuple(explain_trail(trail, by_key(steps), values)),
    )
