"""The forecast calendar: Red/Green meetings, last work days, forecast updates and changeovers (CAL-1, CAL-3).

Days are days of the organisation. An update is due at a time of day wherever whoever updates is: it has no time zone.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum
from typing import Generic, TypeVar

from service.domain.calendar import (
    fiscal_quarter,
    fiscal_year,
    is_changeover,
    last_work_days,
    work_day_by,
)
from service.domain.calendar_citations import FORECAST_UPDATE, RED_GREEN_DAYS
from service.domain.clauses import Citation
from service.domain.errors import DomainError
from service.domain.fy23_citations import AUTOMATION
from service.domain.wording import listing

Value = TypeVar("Value")
MOST_DAYS = 1100
"""The longest time that entries are listed for: three years."""
AHEAD = timedelta(days=91)
"""How far ahead entries are listed, unless it is said: thirteen weeks."""


@dataclass(frozen=True, slots=True)
class Convention(Generic[Value]):
    """What the handbook sets, and where."""

    value: Value
    citation: Citation


MEETING_DAY = Convention(15, RED_GREEN_DAYS)
"""The day of the month of the first meeting, or the Friday before it."""
LAST_MEETINGS = Convention(5, RED_GREEN_DAYS)
"""On how many of the last work days of a month there are meetings."""
UPDATE_WEEKDAY = Convention(3, FORECAST_UPDATE)
"""The day of the week of the update, as ``isoweekday`` counts: Wednesday."""
UPDATE_BY = Convention(time(17), FORECAST_UPDATE)
"""The time of day that it is due by."""
UPDATED_VALUES = Convention(
    ("Renewal Loss Best Case", "Gross Net ARR Best Case", "Gross Net ARR Commit", "Net 50/50"), FORECAST_UPDATE
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


def entries(first: date, last: date, codes: Collection[EntryCode] = ()) -> list[Entry]:
    """Everything on the days from ``first`` to ``last``, both included, in order: of some codes, of all where none is.

    Raises:
        UnusableSpanError: there is no such day, or there are more than ``MOST_DAYS``.
    """
    if last < first:
        raise UnusableSpanError(f"The last day, {last}, lies before the first one, {first}")
    if (last - first).days >= MOST_DAYS:
        raise UnusableSpanError(f"There are more than {MOST_DAYS:,} days from {first} to {last}")
    days = (date.fromordinal(number) for number in range(first.toordinal(), last.toordinal() + 1))
    return [each for day in days for each in _entries_of(day) if not codes or each.code in codes]


def span_end(first: date) -> date:
    """The last day of what is listed from a day on, where it is not said."""
    return first + min(AHEAD, date.max - first)


def _entries_of(day: date) -> Iterator[Entry]:
    if is_changeover(day):
        yield Entry(
            on=day,
            code=EntryCode.QUARTER_CHANGEOVER,
            rule="MOVE-3",
            text=f"Quarter changeover: Q{fiscal_quarter(day)} of FY{fiscal_year(day) % 100:02} begins",
            citation=AUTOMATION,
        )
    last_days = last_work_days(day, LAST_MEETINGS.value)
    if day in last_days or day == work_day_by(day.replace(day=MEETING_DAY.value)):
        code, citation = EntryCode.RED_GREEN_MEETING, RED_GREEN_DAYS
        yield Entry(on=day, code=code, rule="CAL-1", text="Red/Green meeting", citation=citation)
    if day in last_days:
        left = len(last_days) - last_days.index(day) - 1
        text = "Last work day of the month" if left == 0 else f"One of the month's last work days: {left} more after it"
        yield Entry(on=day, code=EntryCode.LAST_WORK_DAY, rule="CAL-1", text=text, citation=RED_GREEN_DAYS)
    if day.isoweekday() == UPDATE_WEEKDAY.value:
        yield Entry(
            on=day,
            at=UPDATE_BY.value,
            code=EntryCode.FORECAST_UPDATE,
            rule="CAL-3",
            text=f"Update the forecast in Clari: {listing(UPDATED_VALUES.value)}",
            citation=FORECAST_UPDATE,
        )
