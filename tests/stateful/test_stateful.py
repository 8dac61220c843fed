"""Random steps, allowed and not, against a plain model. ``CHALKLINE_EXAMPLES=300`` asks for more runs than usual."""

import os
from concurrent.futures import ThreadPoolExecutor

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.api import serving
from tests.stateful.machine import Machine
from tests.stateful.service import Service, callers

RUNS = int(os.environ.get("CHALKLINE_EXAMPLES", "30"))
PROFILE = settings(
    max_examples=RUNS,
    stateful_step_count=25,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


def test_whatever_is_asked_in_whatever_order_the_record_stands_as_the_rules_say(database_url: str) -> None:
    with serving(database_url, at_work=True) as api, ThreadPoolExecutor(2) as pool:
        headers = callers(api)

        class OverThisService(Machine):
            def __init__(self) -> None:
                super().__init__(Service(api, headers, pool))

        run_state_machine_as_test(OverThisService, settings=PROFILE)
        assert [line for line in api.logged if line["event"] == "fault"] == []
