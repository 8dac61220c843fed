from dataclasses import replace
from datetime import date, timedelta

import pytest

from service.domain.errors import NoPolicyInForceError
from service.domain.fy23 import fy23
from service.domain.policies import BUILT_IN, Policies

FIRST = fy23()
SECOND = replace(fy23(version=2), effective_from=date(2022, 8, 1), effective_until=date(2022, 11, 1))


@pytest.mark.parametrize("on", [date(2022, 2, 1), date(2023, 1, 31), date(2030, 6, 1)])
def test_fy23_stays_in_force_from_its_first_day_until_a_later_policy_is_published(on: date) -> None:
    assert BUILT_IN.on(on).id == "fy23"


def test_no_policy_was_in_force_before_the_first_one_started() -> None:
    with pytest.raises(NoPolicyInForceError, match=r"2022-01-31.*2022-02-01") as refused:
        BUILT_IN.on(date(2022, 1, 31))

    assert (refused.value.on, refused.value.first_from) == (date(2022, 1, 31), date(2022, 2, 1))
    assert (refused.value.code, refused.value.pointer) == ("no_policy_in_force", "/effective_on")


@pytest.mark.parametrize(
    ("on", "version"),
    [
        (date(2022, 2, 1), 1),
        (date(2022, 7, 31), 1),
        (date(2022, 8, 1), 2),
        (date(2022, 10, 31), 2),
        (date(2022, 11, 1), 1),
    ],
)
def test_the_last_published_policy_that_covers_the_day_is_in_force(on: date, version: int) -> None:
    assert Policies((FIRST, SECOND)).on(on).version == version


def test_a_policy_that_has_ended_is_not_in_force() -> None:
    assert SECOND.effective_until is not None

    with pytest.raises(NoPolicyInForceError):
        Policies((SECOND,)).on(SECOND.effective_until)
    assert Policies((SECOND,)).on(SECOND.effective_until - timedelta(days=1)) is SECOND


def test_the_start_that_is_named_is_that_of_the_earliest_policy() -> None:
    with pytest.raises(NoPolicyInForceError) as refused:
        Policies((FIRST, SECOND)).on(date(2020, 1, 1))

    assert refused.value.first_from == date(2022, 2, 1)
