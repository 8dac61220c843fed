from typing import Any

import pytest

from service.domain.decide import take_parts
from service.domain.decision import DoubleCheck
from service.domain.facts import Facts
from service.domain.fy23 import fy23
from service.domain.parts import Route
from service.domain.policy import Policy
from service.domain.routing import Routing
from service.domain.terms import NoticeCode, Segment, Team
from service.domain.values import known_values
from tests.builders import decided, facts
from tests.programs import with_routes


def routed(stated: Facts, policy: Policy) -> Routing:
    routing = take_parts(stated, known_values(stated, policy.program), policy.program, [])
    assert routing is not None
    return routing


@pytest.mark.parametrize(
    ("stated", "possible", "missing"),
    [
        ({"max_family_employees": 500}, {"MMKAFO"}, ()),
        ({"max_family_employees": 499, "lam_dev_count": 99}, {"MM_TERRITORY"}, ()),
        ({}, {"MMKAFO", "MM_TERRITORY"}, ("max_family_employees", "lam_dev_count")),
        ({"customer": True, "first_order_available": False}, {"MMKAN", "MM_TERRITORY"}, ("key_account",)),
        (
            {"customer": None, "first_order_available": False, "key_account": True},
            {"MMKAN", "MM_TERRITORY"},
            ("customer",),
        ),
        ({"customer": None, "first_order_available": False, "key_account": False}, {"MM_TERRITORY"}, ()),
        (
            {"customer": None, "first_order_available": None, "max_family_employees": 500},
            {"MMKAFO", "MMKAN", "MM_TERRITORY"},
            ("customer", "key_account", "first_order_available"),
        ),
    ],
)
def test_the_teams_that_are_still_possible_are_those_that_the_missing_facts_could_lead_to(
    stated: dict[str, Any], possible: set[str], missing: tuple[str, ...]
) -> None:
    routing = routed(facts(**{"df": 640} | stated), fy23())

    assert set(routing.possible) == possible
    assert routing.missing_facts == missing


def test_a_rule_that_might_send_the_account_to_a_fixed_team_leaves_a_doubt_as_well() -> None:
    policy = fy23()
    customers_to_named = Route(policy.steps["ROUTE-2/when"], Team.MMKAN)
    changed = with_routes(policy, (customers_to_named, *policy.program.routes.routes[3:]))

    routing = routed(
        facts(df=640, customer=None, first_order_available=None, max_family_employees=499, lam_dev_count=99), changed
    )

    assert (routing.team, routing.rule) == (Team.MM_TERRITORY, "ROUTE-3")
    assert set(routing.possible) == {Team.MMKAN, Team.MM_TERRITORY}
    assert routing.missing_facts == ("customer",)
    assert routed(facts(df=640, customer=True, first_order_available=None), changed).team is Team.MMKAN


def test_the_sources_that_were_passed_are_told_in_their_order() -> None:
    both = decided(df=12, zi=9, li=300, wrong={"df": "One office", "zi": "One team"})

    walked = {key: outcomes[-1] for key, outcomes in both.trail if key.startswith("SEG-2")}
    assert list(walked.items()) == [("SEG-2/datafox", False), ("SEG-2/zoominfo", False), ("SEG-2/linkedin", True)]
    assert NoticeCode.POST_TO_CHATTER in both.actions
    assert NoticeCode.POST_TO_CHATTER not in decided(df=0, li=300).actions


def test_the_walk_leaves_the_segment_and_the_leading_count_for_routing_to_read() -> None:
    stated, program = facts(df=0, zi=640), fy23().program
    values = known_values(stated, program)
    take_parts(stated, values, program, [])

    assert (values["segment"], values["leading_employees"]) == (Segment.MM, 640)


@pytest.mark.parametrize(
    ("stated", "result"),
    [
        ({"df": 50, "li": 99}, DoubleCheck.VERIFIED),
        ({"df": 50, "li": 100}, DoubleCheck.CONFLICT),
        ({"df": 50}, DoubleCheck.UNVERIFIED),
        ({"df": 50, "region": "EMEA"}, DoubleCheck.UNVERIFIED),
        ({"df": 100, "li": 99}, None),
        ({}, None),
    ],
)
def test_the_double_check_is_read_off_the_trail(stated: dict[str, Any], result: DoubleCheck | None) -> None:
    assert decided(**stated).double_check is result
