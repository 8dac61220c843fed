"""Discoveries: which rule moves an account, and what holds each of them back (MOVE-1, MOVE-2, MOVE-5, SEG-6)."""

import pytest

from service.domain.keys import Scope
from tests.api import Api
from tests.entrypoints.follow_ups import (
    FIRST_ORDER,
    LARGE,
    SMALL,
    TERRITORY,
    discover,
    found,
    owner,
    post_discovery,
)
from tests.problems import hold_problem


def test_a_first_order_account_found_to_be_small_moves_to_territory(api: Api) -> None:
    classified = api.classify(id="small", **FIRST_ORDER)
    assert classified["team"] == "MMKAFO"

    decision = discover(api, "small", **SMALL)

    assert (decision["kind"], decision["team"], decision["rule"]) == ("discovery", "MM_TERRITORY", "MOVE-1")
    assert (decision["status"], decision["segment"]) == ("final", "MM")
    assert decision["previous_decision_id"] == classified["id"]
    assert decision["effective_on"] == "2022-04-11"
    assert decision["summary"] == (
        "Sample AE found 430 employees and 60 potential users: moves from Key Accounts First Order to Mid-Market "
        "Territory by MOVE-1."
    )
    assert [action["code"] for action in decision["actions"]] == ["change_the_owner"]
    assert api.get("/v1/accounts/small")["decision"] == decision == api.get(f"/v1/decisions/{decision['id']}")


def test_a_territory_account_found_to_be_large_moves_to_first_order(api: Api) -> None:
    api.classify(id="large", **TERRITORY)

    decision = discover(api, "large", **LARGE)

    assert (decision["team"], decision["rule"]) == ("MMKAFO", "MOVE-2")
    assert owner(api, "large") == "MMKAFO"


def test_an_account_that_was_worked_after_the_discovery_moves_for_want_of_due_diligence(api: Api) -> None:
    api.classify(id="worked", **FIRST_ORDER, last_activity_on="2022-04-12")
    api.classify(id="rested", **FIRST_ORDER, last_activity_on="2022-04-11")

    assert discover(api, "worked", **SMALL)["rule"] == "MOVE-5"
    assert discover(api, "rested", **SMALL)["rule"] == "MOVE-1"
    assert owner(api, "worked") == owner(api, "rested") == "MM_TERRITORY"


HELD_BACK = {
    "employees": (FIRST_ORDER, SMALL | {"employees": 500}, "of employees < 500 (500 is 1 too many)."),
    "users": (FIRST_ORDER, SMALL | {"potential_users": 130}, "of potential_users < 100 (130 is 31 too many)."),
    "territory": (TERRITORY, {"employees": 500}, "of discovered_employees > 500 (500 is 1 too few)."),
    "unknown": (FIRST_ORDER, {"employees": 430}, "MOVE-1 is open: potential_users is not known."),
    "outside": ({"df": 4000}, LARGE, "accounts of Key Accounts First Order and Mid-Market Territory alone."),
}


@pytest.mark.parametrize("account", HELD_BACK)
def test_an_account_that_stays_is_told_the_clause_and_the_distance(api: Api, account: str) -> None:
    facts, stated, says = HELD_BACK[account]
    before = api.classify(id=account, **facts)

    decision = discover(api, account, **stated)

    assert (decision["team"], decision["segment"]) == (before["team"], before["segment"])
    assert decision["summary"].endswith(says)
    assert decision["previous_decision_id"] == before["id"]


def test_an_unknown_number_leaves_the_move_open_and_asks_for_it(api: Api) -> None:
    api.classify(id="open", **FIRST_ORDER)

    decision = discover(api, "open", employees=430)

    assert (decision["status"], decision["missing_facts"]) == ("provisional", ["potential_users"])
    assert [action["code"] for action in decision["actions"]] == ["discover"]


def test_discoveries_follow_one_another(api: Api) -> None:
    first = api.classify(id="chain", **FIRST_ORDER)
    away, stayed, back = (discover(api, "chain", **stated) for stated in (SMALL, SMALL, LARGE))

    assert [away["team"], stayed["team"], back["team"]] == ["MM_TERRITORY", "MM_TERRITORY", "MMKAFO"]
    chain = [decision["previous_decision_id"] for decision in (away, stayed, back)]
    assert chain == [first["id"], away["id"], stayed["id"]]
    assert [decision["facts"]["occasion"]["before"]["team"] for decision in (away, stayed, back)] == [
        "MMKAFO",
        "MM_TERRITORY",
        "MM_TERRITORY",
    ]


def test_a_discovery_is_of_today_unless_its_day_is_stated(api: Api) -> None:
    api.classify(id="today", **FIRST_ORDER)

    decision = discover(api, "today", discovered_on=None, **SMALL)

    assert decision["effective_on"] == decision["facts"]["occasion"]["discovered_on"] == f"{api.clock().date()}"


@pytest.mark.parametrize(
    ("field", "value"),
    [("discovered_by", "the customer"), ("discovered_by", "Prospect"), ("evidence", "Asked the customer by phone")],
)
def test_what_the_customer_was_asked_is_refused_and_the_rule_cited(api: Api, field: str, value: str) -> None:
    api.classify(id="asked", **FIRST_ORDER)

    problem = hold_problem(post_discovery(api, "asked", found(**SMALL) | {field: value}), 422, "invalid_request")

    (error,) = problem["errors"]
    assert error["pointer"] == f"/{field}"
    assert "(SEG-6; handbook: " in error["detail"]
    assert owner(api, "asked") == "MMKAFO"


def test_who_may_only_read_may_not_discover(api: Api) -> None:
    api.classify(id="reader", **FIRST_ORDER)
    key = api.key("reads discoveries", Scope.READ, Scope.HANDOFF)

    hold_problem(post_discovery(api, "reader", found(**SMALL), **key), 403, "forbidden")
