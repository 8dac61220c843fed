"""The forecast calendar as iCalendar (RFC 5545), the same bytes for the same entries.

A whole day is a day wherever it is read; a time of day has no time zone, and so is the local one of whoever reads it.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event

from service.domain.forecast_calendar import Entry

MEDIA_TYPE = "text/calendar"
_PRODUCT = "-//Chalkline//Forecast calendar//EN"
_READ_AGAIN_AFTER = timedelta(hours=12)
_MADE_AT = datetime(2022, 2, 1, tzinfo=UTC)
"""When all of it was settled, the start of the first policy: what is on a day changes no more."""


def render_feed(found: Iterable[Entry]) -> bytes:
    """The entries as a calendar that programs subscribe to; each keeps its identifier."""
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", "Forecast calendar")
    calendar.add("x-wr-calname", "Forecast calendar")
    calendar.add("refresh-interval", _READ_AGAIN_AFTER, parameters={"value": "DURATION"})
    for entry in found:
        calendar.add_component(_event(entry))
    written: bytes = calendar.to_ical()
    return written


def _event(entry: Entry) -> Event:
    cited = entry.citation
    event = Event()
    event.add("uid", f"{entry.on}-{entry.code}@chalkline")
    event.add("dtstamp", _MADE_AT)
    event.add("dtstart", entry.on if entry.at is None else datetime.combine(entry.on, entry.at))
    event.add("summary", entry.text)
    event.add("description", f"{entry.rule}. Handbook: {cited.heading}, {cited.item}")
    event.add("categories", [entry.code.value])
    event.add("transp", "TRANSPARENT")
    return event
