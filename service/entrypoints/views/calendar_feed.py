"""The forecast calendar as iCalendar (RFC 5545), the same bytes for the same entries.

A whole day is a day wherever it is read; a time of day has no time zone, and so is the local one of whoever reads it.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from icalendar import Calendar, Event

from service.domain.duties.policy import DutyPolicy
from service.domain.forecast_calendar import Entry
from service.domain.policies import Policies

MEDIA_TYPE = "text/calendar"
_PRODUCT = "-//Chalkline//Forecast calendar//EN"
_READ_AGAIN_AFTER = timedelta(hours=12)


def render_feed(found: Iterable[Entry], policies: Policies) -> bytes:
    """The entries as a calendar that programs subscribe to; each keeps its identifier.

    An entry is as of the first day of the policy that holds on its day: so long it has been there.
    """
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", "Forecast calendar")
    calendar.add("x-wr-calname", "Forecast calendar")
    calendar.add("refresh-interval", _READ_AGAIN_AFTER, parameters={"value": "DURATION"})
    for entry in found:
        calendar.add_component(_event(entry, policies.sales_on(entry.on)))
    written: bytes = calendar.to_ical()
    return written


def _event(entry: Entry, policy: DutyPolicy) -> Event:
    cited = entry.citation
    event = Event()
    event.add("uid", f"{entry.on}-{entry.code}@chalkline")
    event.add("dtstamp", datetime.combine(policy.effective_from, time.min, UTC))
    event.add("dtstart", entry.on if entry.at is None else datetime.combine(entry.on, entry.at))
    event.add("summary", entry.text)
    event.add("description", f"{entry.rule}. Handbook: {cited.heading}, {cited.item}")
    event.add("categories", [entry.code.value])
    event.add("transp", "TRANSPARENT")
    return event
