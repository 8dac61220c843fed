"""Days and times as people type them: those of the organisation's zone, where its clocks have them."""

from zoneinfo import ZoneInfo

import pytest

from service.entrypoints.console.times import instant_typed

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("typed", "instant"),
    [
        ("2022-03-27T01:59", "2022-03-27T01:59:00+01:00"),
        ("2022-03-27T02:00", None),
        ("2022-03-27T02:59:59.999999", None),
        ("2022-03-27T03:00", "2022-03-27T03:00:00+02:00"),
        ("2022-10-30T02:30", "2022-10-30T02:30:00+02:00"),
        ("2022-02-29T10:00", None),
        ("2024-02-29T10:00", "2024-02-29T10:00:00+01:00"),
        ("0001-01-01T00:00", None),
    ],
)
def test_a_time_that_the_clocks_pass_over_is_none(typed: str, instant: str | None) -> None:
    found = instant_typed(typed, BERLIN)

    assert (found and found.isoformat()) == instant
