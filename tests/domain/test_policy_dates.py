from datetime import date

import pytest

from service.domain.errors import NoPolicyInForceError
from service.domain.policies import policy_on


@pytest.mark.parametrize("on", [date(2022, 2, 1), date(2023, 1, 31), date(2030, 6, 1)])
def test_fy23_stays_in_force_from_its_first_day_until_a_later_policy_is_published(on: date) -> None:
    assert policy_on(on).id == "fy23"


def test_no_policy_was_in_force_before_the_first_one_started() -> None:
    with pytest.raises(NoPolicyInForceError, match="2022-01-31"):
        policy_on(date(2022, 1, 31))
