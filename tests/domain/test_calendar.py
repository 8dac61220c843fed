"""The fiscal quarters, held against a table of every day of two fiscal years."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from service.domain.calendar import day_of, fiscal_year, is_changeover, quarter_before, quarter_start

QUARTERS = (
    (2022, date(2021, 11, 1), date(2022, 1, 31)),
    (2023, date(2022, 2, 1), date(2022, 4, 30)),
    (2023, date(2022, 5, 1), date(2022, 7, 31)),
    (2023, date(2022, 8, 1), date(2022, 10, 31)),
    (2023, date(2022, 11, 1), date(2023, 1, 31)),
    (2024, date(2023, 2, 1), date(2023, 4, 30)),
    (2024, date(2023, 5, 1), date(2023, 7, 31)),
    (2024, date(2023, 8, 1), date(2023, 10, 31)),
    (2024, date(2023, 11, 1), date(2024, 1, 31)),
)


def days() -> Iterator[tuple[date, int]]:
    """Every day of two fiscal years, with the place of its quarter in the table."""
    for place, (_, first, last) in enumerate(QUARTERS[1:], start=1):
        for number in range((last - first).days + 1):
            yield first + timedelta(days=number), place


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles"])
@pytest.mark.parametrize("end", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)])
def test_an_instant_at_an_end_of_the_calendar_has_a_day_in_every_zone(end: datetime, zone: str) -> None:
    assert day_of(end, ZoneInfo(zone)).year == end.year


def test_every_day_falls_in_its_fiscal_year_and_quarter() -> None:
    told = [(day, fiscal_year(day), quarter_start(day)) for day, _ in days()]

    assert told == [(day, QUARTERS[place][0], QUARTERS[place][1]) for day, place in days()]
    assert len(told) == 730


def test_the_quarter_before_a_day_is_the_whole_one_that_ended_last() -> None:
    for day, place in days():
        assert quarter_before(day) == QUARTERS[place - 1][1:]


def test_only_the_first_day_of_a_quarter_is_a_changeover() -> None:
    assert [day for day, _ in days() if is_changeover(day)] == [first for _, first, _ in QUARTERS[1:]]


@pytest.mark.parametrize(
    ("changeover", "last_day"),
    [
        (date(2024, 5, 1), date(2024, 4, 30)),
        (date(2024, 2, 1), date(2024, 1, 31)),
        (date(2025, 2, 1), date(2025, 1, 31)),
    ],
)
def test_a_leap_year_moves_no_quarter(changeover: date, last_day: date) -> None:
    assert is_changeover(changeover)
    assert quarter_before(changeover)[1] == last_day
    assert quarter_start(date(2024, 2, 29)) == date(2024, 2, 1)
