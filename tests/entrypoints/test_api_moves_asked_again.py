"""A standing move is asked again at each classification; one of an earlier release too, by what made it (MOVE)."""

from typing import Any

import pytest

from tests.api import Api
from tests.builders import request
from tests.entrypoints.follow_ups import FIRST_ORDER, SMALL, TERRITORY, discover, owner, recorded_before

FEW_USERS: dict[str, Any] = {"potential_users": 60}


def classified(api: Api, account: str, **facts: Any) -> Any:  # noqa: ANN401 - JSON
    """A later classification, first tried, and then recorded: both say the same."""
    body = request(id=account, on=None, **facts)
    dry = api.http.post("/v1/classifications?dry_run=true", json=body).json()
    decision = api.classify(body)
    assert [dry[name] for name in ("team", "rule", "status")] == [decision[name] for name in ("team", "rule", "status")]
    return decision


@pytest.mark.parametrize("before", [False, True], ids=["recorded now", "recorded before"])
def test_what_was_discovered_stands_whatever_the_crm_says(api: Api, before: bool) -> None:  # noqa: FBT001 - a case
    account = f"discovered-{before}"
    api.classify(id=account, **FIRST_ORDER)
    discover(api, account, **SMALL)
    if before:
        recorded_before(api, account)

    decision = classified(api, account, df=900, max_family_employees=900)

    assert (decision["team"], decision["rule"]) == ("MM_TERRITORY", "MOVE-1")
    kept = {"rests_on": "MOVE-1", "employees": 430, "potential_users": 60}
    assert {name: decision["facts"]["move"][name] for name in kept} == kept


@pytest.mark.parametrize("before", [False, True], ids=["recorded now", "recorded before"])
def test_a_fact_that_turns_false_ends_the_move_and_the_explanation_says_why(
    api: Api,
    before: bool,  # noqa: FBT001 - a case
) -> None:
    account = f"ended-{before}"
    api.classify(id=account, df=640, max_family_employees=320, lam_dev_count=100)
    assert discover(api, account, **FEW_USERS)["team"] == "MM_TERRITORY"
    if before:
        recorded_before(api, account)

    decision = classified(api, account, df=640, max_family_employees=640)

    assert (decision["team"], decision["rule"], decision["status"]) == ("MMKAFO", "ROUTE-3", "final")
    assert "no longer stands, for want of max_family_employees < 500" in decision["summary"]
    asked = [clause for clause in decision["explanation"] if clause["rule"] == "MOVE-1"]
    assert [(clause["clause"], clause["outcome"]) for clause in asked] == [("stands", False)]
    # Once ended it does not come back with the facts.
    again = classified(api, account, df=640, max_family_employees=320, lam_dev_count=100)
    assert (again["team"], again["rule"]) == ("MMKAFO", "ROUTE-3")


@pytest.mark.parametrize("before", [False, True], ids=["recorded now", "recorded before"])
def test_a_fact_that_is_not_known_any_more_makes_it_provisional(api: Api, before: bool) -> None:  # noqa: FBT001 - a case
    account = f"open-{before}"
    api.classify(id=account, **TERRITORY)
    assert discover(api, account, employees=700)["team"] == "MMKAFO"
    if before:
        recorded_before(api, account)

    items = [request(id=account, on=None, **TERRITORY | {"first_order_available": None})]
    (result,) = api.http.post("/v1/classifications/batch", json={"items": items}).json()["results"]

    decision = result["decision"]
    assert (decision["team"], decision["rule"], decision["status"]) == ("MMKAFO", "MOVE-2", "provisional")
    assert decision["missing_facts"] == ["first_order_available"]
    assert owner(api, account) == "MMKAFO"


def test_a_decision_recorded_with_a_move_of_before_replays_under_both_policies(api: Api) -> None:
    api.classify(id="replayed", **FIRST_ORDER)
    discover(api, "replayed", **SMALL)
    recorded_before(api, "replayed")

    decision = api.classify(id="replayed", **FIRST_ORDER)

    replay = api.get(f"/v1/decisions/{decision['id']}/replay")
    assert replay["agrees"] is True
    assert replay["under_policy_in_force"]["agrees"] is True
