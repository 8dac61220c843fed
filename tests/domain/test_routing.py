from dataclasses import replace
from typing import Any

import pytest

from service.domain.facts import Facts
from service.domain.fy23 import fy23
from service.domain.policy import Policy, Route
from service.domain.routing import Routing, route_account
from service.domain.segmentation import DoubleCheck, Segmentation, double_check_of, known_values, segment_account
from service.domain.terms import Segment, Source, Team
from tests.builders import decided, facts


def segmented(stated: Facts, policy: Policy) -> tuple[Segmentation, dict[str, object]]:
    values = known_values(stated)
    return segment_account(stated, values, policy, []), values


def routed(stated: Facts, policy: Policy) -> Routing:
    _, values = segmented(stated, policy)
    return route_account(stated, values, policy, [])


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
    changed = replace(policy, routes=(customers_to_named, *policy.routes[3:]))

    routing = routed(
        facts(df=640, customer=None, first_order_available=None, max_family_employees=499, lam_dev_count=99), changed
    )

    assert (routing.team, routing.rule) == (Team.MM_TERRITORY, "ROUTE-3")
    assert set(routing.possible) == {Team.MMKAN, Team.MM_TERRITORY}
    assert routing.missing_facts == ("customer",)
    assert routed(facts(df=640, customer=True, first_order_available=None), changed).team is Team.MMKAN


def test_the_sources_that_were_passed_are_told_in_their_order() -> None:
    both = facts(df=12, zi=9, li=300, wrong={"df": "One office", "zi": "One team"})

    assert segmented(both, fy23())[0].passed == (Source.DATAFOX, Source.ZOOMINFO)
    assert segmented(facts(df=0, li=300), fy23())[0].passed == ()


def test_the_walk_leaves_the_segment_and_the_leading_count_for_routing_to_read() -> None:
    _, values = segmented(facts(df=0, zi=640), fy23())

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
    policy = fy23()
    decision = decided(policy=policy, **stated)

    assert double_check_of(decision.trail, policy) is result
