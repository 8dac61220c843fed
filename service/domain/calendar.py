"""The calendar: months, work days, and the fiscal year, which starts on 1 February and is named after its last year."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

_FIRST_MONTHS = (2, 5, 8, 11)
_DAY = timedelta(days=1)
_LEAST = timedelta(microseconds=1)
FRIDAY = 5
"""The last work day of a week, as ``isoweekday`` counts. Work days are Monday to Friday; holidays play no part."""


class Weekday(StrEnum):
    """A day of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"

    @property
    def in_full(self) -> str:
        """Its name, written out."""
        return f"{date(2024, 1, 1) + tuple(Weekday).index(self) * _DAY:%A}"


def weekday_of(day: date) -> Weekday:
    """The day of the week of a day."""
    return tuple(Weekday)[day.weekday()]


def day_of(instant: datetime, zone: tzinfo) -> date:
    """The day that an instant falls on in a time zone; that of the instant itself, where the calendar ends before."""
    try:
        return instant.astimezone(zone).date()
    except OverflowError:
        return instant.date()


def written(instant: datetime) -> str:
    """An instant as it is written everywhere: ``2022-03-15T09:30:00Z``."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def end_of(day: date, zone: tzinfo) -> datetime:
    """The last instant of a day in a time zone, in UTC; of the last day of the calendar as it is in UTC."""
    try:
        return datetime.combine(day + _DAY, time.min, zone).astimezone(UTC) - _LEAST
    except OverflowError:
        return datetime.combine(day, time.max, UTC)


def start_of(day: date, zone: tzinfo) -> datetime:
    """The first instant of a day in a time zone, in UTC; of the first day of the calendar as it is in UTC."""
    return instant_at(day, time.min, zone)


def instant_at(day: date, at: time, zone: tzinfo) -> datetime:
    """A time of a day in a time zone, in UTC; at an end of the calendar as it is in UTC."""
    try:
        return datetime.combine(day, at, zone).astimezone(UTC)
    except OverflowError:
        return datetime.combine(day, at, UTC)


def days_from(day: date, count: int) -> date:
    """The day so many days later, or before for a negative count; the end of the calendar where that comes first."""
    return date.fromordinal(min(max(day.toordinal() + count, date.min.toordinal()), date.max.toordinal()))


def month_end(day: date) -> date:
    """The last day of the month that a day falls in."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def next_month(day: date) -> date:
    """The first day of the month after that of a day; the last day of the calendar where that ends before."""
    last = month_end(day)
    return last if last == date.max else last + _DAY


def is_work_day(day: date) -> bool:
    """Whether a day is one of Monday to Friday."""
    return day.isoweekday() <= FRIDAY


def work_day_by(day: date) -> date:
    """The day itself, or the Friday before it where it falls on a weekend."""
    return day - max(0, day.isoweekday() - FRIDAY) * _DAY


def friday_of(day: date) -> date:
    """The Friday of the week, Monday to Sunday, that a day falls in."""
    return day + (FRIDAY - day.isoweekday()) * _DAY


def friday_from(day: date) -> date:
    """The first Friday that is not before a day."""
    return day + (FRIDAY - day.isoweekday()) % 7 * _DAY


def work_day_after(day: date) -> int:
    """The number within its month of the next work day, counted on where that is in the month after."""
    return day.day + (1 if day.isoweekday() < FRIDAY else 8 - day.isoweekday())


def work_days_after(day: date) -> int:
    """How many work days its month has after a day."""
    return sum(is_work_day(day.replace(day=number)) for number in range(day.day + 1, month_end(day).day + 1))


def last_work_days(day: date, count: int) -> tuple[date, ...]:
    """The last ``count`` work days of the month that a day falls in, in their order."""
    days = (day.replace(day=number) for number in range(month_end(day).day, 0, -1))
    return tuple([each for each in days if is_work_day(each)][:count][::-1])


def fiscal_quarter(on: date) -> int:
    """The number of the fiscal quarter that a day falls in: 1 is February to April."""
    return _FIRST_MONTHS.index(quarter_start(on).month) + 1


def fiscal_year(on: date) -> int:
    """The fiscal year of a day: 2023 for 2022-02-01 to 2023-01-31."""
    return on.year + (on.month >= _FIRST_MONTHS[0])


def quarter_start(on: date) -> date:
    """The first day of the fiscal quarter that a day falls in."""
    month = max((first for first in _FIRST_MONTHS if first <= on.month), default=None)
    return date(on.year - 1, _FIRST_MONTHS[-1], 1) if month is None else date(on.year, month, 1)


def is_changeover(on: date) -> bool:
    """Whether a day is a quarter changeover: the first day of a fiscal quarter."""
    return on.day == 1 and on.month in _FIRST_MONTHS


def quarter_before(on: date) -> tuple[date, date]:
    """The first and the last day of the fiscal quarter that ended before the one of a day began."""
    last = quarter_start(on) - _DAY
    return quarter_start(last), last
