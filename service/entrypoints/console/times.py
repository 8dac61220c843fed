"""Days and instants as a person reads them, in the organisation's time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class When:
    """A day or an instant: for programs, and in words."""

    stamp: str
    text: str


def on_day(day: date) -> When:
    """A day: ``3 May 2022``."""
    return When(day.isoformat(), f"{day.day} {_MONTHS[day.month - 1]} {day.year}")


def month_words(day: date) -> str:
    """The month of a day: ``May 2022``."""
    return f"{_MONTHS[day.month - 1]} {day.year}"


def at_instant(instant: datetime, zone: tzinfo) -> When:
    """An instant to the minute: ``3 May 2022, 16:20``."""
    there = instant.astimezone(zone)
    return When(there.isoformat(timespec="seconds"), f"{on_day(there.date()).text}, {there:%H:%M}")


def instant_typed(text: str, zone: tzinfo) -> datetime | None:
    """The instant of a day and a time in a zone, the first where clocks are put back.

    None where there is no such day, or no such time on it, as where clocks are put forward.
    """
    try:
        typed = datetime.fromisoformat(text)
        there = typed.replace(tzinfo=zone)
        return there if there.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == typed else None
    except (ValueError, OverflowError):
        return None


def how_long(span: timedelta) -> str:
    """A span in its largest unit: ``3 days``, ``2 hours``, ``5 minutes``."""
    for unit, seconds in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        number = int(span.total_seconds() // seconds)
        if number > 0:
            return f"{number:,} {unit}{'' if number == 1 else 's'}"
    return "less than a minute"
