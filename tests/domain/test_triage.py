"""Who takes an inbound request: every combination of what is known of it, and Support's hours over a week."""

from datetime import UTC, datetime, time
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from service.domain.calendar import Weekday
from service.domain.clauses import Outcome
from service.domain.triage import InboundRequest, RequestTaker, SupportHours, triage

BERLIN = ZoneInfo("Europe/Berlin")
WORK_DAYS = tuple(Weekday)[:5]
OFFICE = SupportHours(BERLIN, WORK_DAYS, time(9), time(17))
NIGHT = SupportHours(BERLIN, (Weekday.FRI,), time(22), time(6))
ALWAYS = SupportHours(BERLIN, tuple(Weekday), time(0), time(0))
IN_HOURS, OUT_OF_HOURS = datetime(2022, 3, 15, 10, tzinfo=UTC), datetime(2022, 3, 18, 18, tzinfo=UTC)
BEFORE, AFTER = datetime(2022, 3, 20, tzinfo=UTC), datetime(2022, 3, 21, 8, tzinfo=UTC)
ANSWERS: tuple[Outcome, ...] = (True, False, None)
_OWNER = {
    # customer, Net ARR affected, a sales manager needed: for the sales owner
    (True, True, True): True,
    (True, True, False): True,
    (True, True, None): True,
    (True, False, True): True,
    (True, False, False): False,
    (True, False, None): None,
    (True, None, True): True,
    (True, None, False): None,
    (True, None, None): None,
    (False, True, True): True,
    (False, True, False): False,
    (False, True, None): None,
    (False, False, True): True,
    (False, False, False): False,
    (False, False, None): None,
    (False, None, True): True,
    (False, None, False): False,
    (False, None, None): None,
    (None, True, True): True,
    (None, True, False): None,
    (None, True, None): None,
    (None, False, True): True,
    (None, False, False): False,
    (None, False, None): None,
    (None, None, True): True,
    (None, None, False): None,
    (None, None, None): None,
}


@pytest.mark.parametrize("known", list(product(ANSWERS, repeat=3)))
def test_who_takes_a_request_follows_from_what_is_known_of_it(known: tuple[Outcome, Outcome, Outcome]) -> None:
    customer, affected, manager = known
    owner = _OWNER[known]
    in_hours = {True: RequestTaker.SALES_OWNER, False: RequestTaker.SUPPORT, None: None}[owner]
    for received_at, breaches_at, taken_by in (
        (IN_HOURS, BEFORE, in_hours),
        (IN_HOURS, None, in_hours),
        (OUT_OF_HOURS, AFTER, in_hours),  # Support is back when it would breach
        (OUT_OF_HOURS, BEFORE, RequestTaker.SMB_TEAM),
        (OUT_OF_HOURS, None, None),
        (None, BEFORE, None),
    ):
        found = triage(
            InboundRequest(
                customer=customer,
                net_arr_affected=affected,
                needs_sales_manager=manager,
                received_at=received_at,
                breaches_at=breaches_at,
                support_hours=OFFICE,
            )
        )
        assert (found.taken_by, found.for_sales_owner) == (taken_by, owner)
        assert bool(found.missing_facts) == (taken_by is None or owner is None)
        assert all(clause.citation for clause in found.explanation)


@pytest.mark.parametrize(
    ("hours", "at", "back_at"),
    [
        (OFFICE, "2022-03-15T08:59:59+01:00", "2022-03-15T09:00:00+01:00"),
        (OFFICE, "2022-03-15T09:00:00+01:00", None),
        (OFFICE, "2022-03-15T16:59:59+01:00", None),
        (OFFICE, "2022-03-15T17:00:00+01:00", "2022-03-16T09:00:00+01:00"),
        (OFFICE, "2022-03-25T17:00:00+01:00", "2022-03-28T09:00:00+02:00"),  # clocks go forward on that Sunday
        (OFFICE, "2022-03-28T07:30:00+00:00", None),
        (NIGHT, "2022-03-18T21:59:59+01:00", "2022-03-18T22:00:00+01:00"),
        (NIGHT, "2022-03-19T05:59:59+01:00", None),
        (NIGHT, "2022-03-19T06:00:00+01:00", "2022-03-25T22:00:00+01:00"),
        (ALWAYS, "2022-03-27T02:00:00+00:00", None),
    ],
)
def test_support_is_at_work_and_back_by_its_hours(hours: SupportHours, at: str, back_at: str | None) -> None:
    received_at = datetime.fromisoformat(at)

    found = triage(InboundRequest(received_at=received_at, support_hours=hours))

    assert hours.are_at(received_at) is (back_at is None)
    assert found.support_back_at == (None if back_at is None else datetime.fromisoformat(back_at))


@pytest.mark.parametrize("end", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_the_ends_of_the_calendar_have_hours_too(end: datetime) -> None:
    for hours in (OFFICE, NIGHT, ALWAYS):
        triage(InboundRequest(received_at=end, breaches_at=AFTER, support_hours=hours))
