"""The forecast calendar: Red/Green meetings, last work days, forecast updates and changeovers (CAL-1, CAL-3).

Days are days of the organisation. An update is due at a time of day wherever whoever updates is: it has no time zone.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum
from typing import Any

from service.domain.calendar import (
    fiscal_quarter,
    fiscal_year,
    is_changeover,
    is_work_day,
    last_work_days,
    weekday_of,
    work_day_after,
    work_day_by,
    work_days_after,
)
from service.domain.clauses import Citation
from service.domain.errors import DomainError
from service.domain.fy23_citations import AUTOMATION
from service.domain.parts import Trail
from service.domain.sales_bounds import SalesBounds
from service.domain.sales_steps import calendar_steps
from service.domain.wording import listing

MOST_DAYS = 1100
"""The longest time that entries are listed for: three years."""
AHEAD = timedelta(days=91)
"""How far ahead entries are listed, unless it is said: thirteen weeks."""


UPDATED_VALUES = (
    "Renewal Loss Best Case",
    "Gross Net ARR Best Case",
    "Gross Net ARR Commit",
    "Net 50/50",
)
"""What is updated: five values are spoken of, and the first of these is named twice."""


class EntryCode(StrEnum):
    """What is on a day."""

    RED_GREEN_MEETING = "red_green_meeting"
    LAST_WORK_DAY = "last_work_day"
    FORECAST_UPDATE = "forecast_update"
    QUARTER_CHANGEOVER = "quarter_changeover"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is on a day. ``at`` is the local time that it is due by; None is the whole day."""

    on: date
    at: time | None = None
    code: EntryCode
    rule: str
    text: str
    citation: Citation


class UnusableSpanError(DomainError):
    """The days asked for are none, or too many: ask for fewer."""

    code = "invalid_request"
    pointer = "until"


def entries(
    first: date, last: date, bounds_on: Callable[[date], SalesBounds], codes: Collection[EntryCode] = ()
) -> list[Entry]:
    """Everything on the days from ``first`` to ``last``, both included, in order: of some codes, of all where none is.

    Each day goes by the bounds of that day, so that a revision moves what is to come and nothing that was.

    Raises:
        UnusableSpanError: there is no such day, or there are more than ``MOST_DAYS``.
    """
    if last < first:
        raise UnusableSpanError(f"The last day, {last}, lies before the first one, {first}")
    if (last - first).days >= MOST_DAYS:
        raise UnusableSpanError(f"There are more than {MOST_DAYS:,} days from {first} to {last}")
    days = (date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1))
    return [each for day in days for each in _entries_of(day, bounds_on(day)) if not codes or each.code in codes]


def span_end(first: date) -> date:
    """The last day of what is listed from a day on, where it is not said."""
    return first + min(AHEAD, date.max - first)


def first_meeting(of: date, bounds: SalesBounds) -> date:
    """The first Red/Green meeting of the month of a day (CAL-1)."""
    return min([work_day_by(of.replace(day=bounds.meeting_day)), *last_work_days(of, bounds.last_work_days)])


def _entries_of(day: date, bounds: SalesBounds) -> Iterator[Entry]:
    if is_changeover(day):
        yield Entry(
            on=day,
            code=EntryCode.QUARTER_CHANGEOVER,
            rule="MOVE-3",
            text=f"Quarter changeover: Q{fiscal_quarter(day)} of FY{fiscal_year(day) % 100:02} begins",
            citation=AUTOMATION,
        )
    steps, left = calendar_steps(bounds), work_days_after(day)
    trail: Trail = []
    values: dict[str, Any] = {
        "work_day": is_work_day(day),
        "day_of_month": day.day,
        "next_work_day": work_day_after(day),
        "work_days_left": left,
        "weekday": weekday_of(day),
    }
    is_first, is_last = (step.ask(values, trail) for step in (steps.first_meeting, steps.last_work_days))
    if is_first or is_last:
        code, step = EntryCode.RED_GREEN_MEETING, steps.first_meeting
        yield Entry(on=day, code=code, rule=step.rule, text="Red/Green meeting", citation=step.citation)
    if is_last:
        code, step = EntryCode.LAST_WORK_DAY, steps.last_work_days
        text = "Last work day of the month" if left == 0 else f"One of the month's last work days: {left} more after it"
        yield Entry(on=day, code=code, rule=step.rule, text=text, citation=step.citation)
    if steps.update.ask(values, trail):
        yield Entry(
            on=day,
            at=time(bounds.update_hour),
            code=EntryCode.FORECAST_UPDATE,
            rule=steps.update.rule,
            text=f"Update the forecast in Clari: {listing(UPDATED_VALUES)}",
            citation=steps.update.citation,
        )
