"""The forecast calendar, held to months that were looked up, and to what holds of every month."""

import tomllib
from collections.abc import Collection
from datetime import date, time, timedelta
from typing import Any

import pytest

from service.domain.calendar import month_end
from service.domain.forecast_calendar import MOST_DAYS, Entry, EntryCode, UnusableSpanError, entries, span_end
from service.domain.sales_bounds import SalesBounds
from tests.golden import HERE

MONTHS: list[dict[str, Any]] = tomllib.loads((HERE / "forecast_calendar.toml").read_text())["month"]


def listed(first: date, last: date, codes: Collection[EntryCode] = (), **bounds: Any) -> list[Entry]:  # noqa: ANN401 - bounds
    return entries(first, last, lambda _: SalesBounds(**bounds), codes)


@pytest.mark.parametrize("month", MONTHS, ids=lambda month: month["title"])
def test_a_month_has_its_entries_and_no_others(month: dict[str, Any]) -> None:
    first = month["month"]
    found = listed(first, month_end(first))

    assert {code: [each.on.day for each in found if each.code == code] for code in EntryCode} == {
        code: month[code] for code in EntryCode
    }
    assert found == sorted(found, key=lambda each: each.on)


def test_every_month_of_thirty_years_has_six_meetings_on_work_days() -> None:
    for number in range(12 * 30):
        first = date(2020 + number // 12, number % 12 + 1, 1)
        meetings = listed(first, month_end(first), [EntryCode.RED_GREEN_MEETING])

        assert len(meetings) == 6
        assert all(each.on.isoweekday() <= 5 for each in meetings)
        assert meetings[0].on.day in {13, 14, 15}


def test_an_entry_says_when_it_is_due_by_which_rule_and_who_says_so() -> None:
    told = {each.code: (each.at, each.rule, each.text) for each in listed(date(2022, 1, 26), date(2022, 2, 1))}
    days_left = [each.text for each in listed(date(2022, 1, 1), date(2022, 1, 31), [EntryCode.LAST_WORK_DAY])]

    assert told[EntryCode.RED_GREEN_MEETING] == (None, "CAL-1", "Red/Green meeting")
    assert told[EntryCode.LAST_WORK_DAY] == (None, "CAL-1", "Last work day of the month")
    assert told[EntryCode.QUARTER_CHANGEOVER] == (None, "MOVE-3", "Quarter changeover: Q1 of FY23 begins")
    at, rule, text = told[EntryCode.FORECAST_UPDATE]
    assert (at, rule) == (time(17), "CAL-3")
    assert text.endswith("Renewal Loss Best Case, Gross Net ARR Best Case, Gross Net ARR Commit and Net 50/50")
    assert days_left[0].endswith("4 more after it")


def test_the_days_asked_for_are_some_and_not_too_many() -> None:
    day = date(2022, 3, 15)

    assert [each.code for each in listed(day, day)] == [EntryCode.RED_GREEN_MEETING]
    assert listed(day, day + timedelta(days=MOST_DAYS - 1))
    for last in (day - timedelta(days=1), day + timedelta(days=MOST_DAYS)):
        with pytest.raises(UnusableSpanError):
            listed(day, last)
    assert listed(date.min, date(1, 1, 31))
    assert span_end(day) == date(2022, 6, 14)
    assert span_end(date(9999, 12, 1)) == date.max


@pytest.mark.parametrize(
    ("month", "bounds", "meetings"),
    [
        (date(2022, 5, 1), {"meeting_day": 13, "last_work_days": 2}, [13, 30, 31]),
        (date(2022, 5, 1), {"meeting_day": 14, "last_work_days": 2}, [13, 30, 31]),
        (date(2022, 5, 1), {"meeting_day": 16, "last_work_days": 2}, [16, 30, 31]),
        (date(2022, 5, 1), {"meeting_day": 28, "last_work_days": 3}, [27, 27, 30, 31]),
        (date(2022, 7, 1), {"meeting_day": 3, "last_work_days": 1}, [1, 29]),
        (date(2022, 2, 1), {"meeting_day": 28, "last_work_days": 1}, [28]),
        (date(2021, 2, 1), {"meeting_day": 28, "last_work_days": 1}, [26]),
        (
            date(2021, 2, 1),
            {"meeting_day": 15, "last_work_days": 23},
            [*range(1, 6), *range(8, 13), *range(15, 20), *range(22, 27)],
        ),
    ],
)
def test_other_bounds_move_the_meetings(month: date, bounds: dict[str, Any], meetings: list[int]) -> None:
    found = listed(month, month_end(month), [EntryCode.RED_GREEN_MEETING], **bounds)

    assert [each.on.day for each in found] == list(dict.fromkeys(meetings))
