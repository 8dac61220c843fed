"""The fiscal calendar: the year starts on 1 February and is named after the year in which it ends."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

_FIRST_MONTHS = (2, 5, 8, 11)
_DAY = timedelta(days=1)
_LEAST = timedelta(microseconds=1)


def day_of(instant: datetime, zone: tzinfo) -> date:
    """The day that an instant falls on in a time zone; that of the instant itself, where the calendar ends before."""
    try:
        return instant.astimezone(zone).date()
    except OverflowError:
        return instant.date()


def end_of(day: date, zone: tzinfo) -> datetime:
    """The last instant of a day in a time zone, in UTC; of the last day of the calendar as it is in UTC."""
    try:
        return datetime.combine(day + _DAY, time.min, zone).astimezone(UTC) - _LEAST
    except OverflowError:
        return datetime.combine(day, time.max, UTC)


def fiscal_year(on: date) -> int:
    """The fiscal year of a day: 2023 for 2022-02-01 to 2023-01-31."""
    return on.year + (on.month >= _FIRST_MONTHS[0])


def quarter_start(on: date) -> date:
    """The first day of the fiscal quarter that a day falls in."""
    month = max((first for first in _FIRST_MONTHS if first <= on.month), default=None)
    return date(on.year - 1, _FIRST_MONTHS[-1], 1) if month is None else date(on.year, month, 1)


def is_changeover(on: date) -> bool:
    """Whether a day is a quarter changeover: the first day of a fiscal quarter."""
    return on == quarter_start(on)


def quarter_before(on: date) -> tuple[date, date]:
    """The first and the last day of the fiscal quarter that ended before the one of a day began."""
    last = quarter_start(on) - _DAY
    return quarter_start(last), last
