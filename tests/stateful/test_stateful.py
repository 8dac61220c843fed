"""Random steps, allowed and not, against a plain model. ``CHALKLINE_EXAMPLES=300`` asks for more runs than usual."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.api import serving
from tests.stateful.machine import Machine
from tests.stateful.service import Service, callers
from tests.stateful.steps import ChangeOver, Classify, Escalate, ReopenAll, Start

RUNS = int(os.environ.get("CHALKLINE_EXAMPLES", "4"))
PROFILE = settings(
    max_examples=RUNS,
    stateful_step_count=25,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def service(database_url: str) -> Iterator[Service]:
    with serving(database_url, at_work=True) as api, ThreadPoolExecutor(4) as pool:
        yield Service(api, callers(api), pool)
        assert [line for line in api.logged if line["event"] == "fault"] == []


@pytest.mark.slow
def test_whatever_is_asked_in_whatever_order_the_record_stands_as_the_rules_say(service: Service) -> None:
    class OverThisService(Machine):
        def __init__(self) -> None:
            super().__init__(Service(service.api, service.headers, service.pool))

    run_state_machine_as_test(OverThisService, settings=PROFILE)


def test_an_account_whose_segment_is_disputed_meanwhile_is_handed_over_and_not_held_for_ever(service: Service) -> None:
    machine = Machine(service)
    machine.one(Classify(0, "large family"), "right")
    machine.one(Start(0, 0, days_ago=3, users=240, in_question=False, potential=None, net_arr=None), "right")
    machine.one(Classify(0, "disputed"), "right")
    machine.one(Escalate(0, 0), "right")
    machine.go_on(0, 12)
    machine.one(Classify(0, "customer"), "right")

    assert machine.world.accounts[0].team == "MM_TERRITORY"
    machine.teardown()


def test_an_account_that_an_open_handoff_holds_is_moved_by_no_changeover(service: Service) -> None:
    machine = Machine(service)
    machine.one(Classify(0, "large family"), "right")
    machine.one(Start(0, 0, days_ago=3, users=99, in_question=False, potential=None, net_arr=None), "right")
    machine.go_on(0, 12)
    machine.one(ReopenAll(0, 0, "introduced"), "right")
    machine.one(Classify(0, "idle"), "right")
    machine.one(ChangeOver(0, "2025-11-01"), "right")

    assert machine.world.accounts[0].team == "MM_TERRITORY"
    machine.teardown()


def test_an_account_that_was_handed_over_is_not_taken_back_by_another_won_opportunity(service: Service) -> None:
    machine = Machine(service)
    machine.one(Classify(0, "large family"), "right")
    for opportunity in (0, 1):
        start = Start(0, opportunity, days_ago=3, users=240, in_question=False, potential=None, net_arr=None)
        machine.one(start, "right")
        machine.go_on(0, 12)

    assert machine.world.accounts[0].team == "MMKAN"
    assert len(machine.world.accounts[0].handoffs) == 1
