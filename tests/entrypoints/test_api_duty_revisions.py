"""A draft of the duties' policy: it changes bounds of duties, and no account."""

from datetime import date
from typing import Any

import pytest

from tests.api import Api
from tests.commands import run_for_text
from tests.problems import hold_problem

DRAFT = {
    "policy_id": "fy23-duties",
    "parameters": {"smb_deck_above": 6000},
    "effective_from": "2022-03-01",
    "reason": "Decks of small deals cost more than they bring.",
}


def drafted(api: Api, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    answer = api.http.post("/v1/policies/drafts", json=DRAFT | changes)
    assert answer.status_code == 201, answer.text
    draft: dict[str, Any] = answer.json()
    return draft


def recorded(api: Api, opportunity_id: str, amount: float) -> None:
    account_id = f"account-of-{opportunity_id}"
    api.classify(id=account_id, df=640, on=date(2022, 3, 1))
    body = {"opportunity_id": opportunity_id, "account_id": account_id, "segment": "SMB", "amount": amount}
    answer = api.http.post("/v1/opportunities/duties?record=true", json=body | {"on": "2022-03-10"})
    assert answer.status_code == 201, answer.text


def test_a_draft_of_the_duties_says_what_it_changes_and_which_regions_differ(api: Api) -> None:
    draft = drafted(api)

    assert draft["changes"] == {"smb_deck_above": {"before": 5000, "after": 6000}}
    compared = api.get(f"/v1/policies/drafts/{draft['id']}/comparison")
    assert (compared["regions"], compared["reassigned"]) == ([], [])
    assert any("OPP-1/custom_deck" in words for words in compared["words"])
    assert api.get(f"/v1/policies/drafts/{draft['id']}/lint")["verdict"].startswith("Without fault")


def test_its_backtest_is_of_the_newest_known_state_of_each_opportunity(api: Api) -> None:
    recorded(api, "backtest-between", 5500)
    recorded(api, "backtest-once-between", 5500)
    recorded(api, "backtest-once-between", 4000)
    recorded(api, "backtest-above", 9000)
    draft = drafted(api, parameters={"smb_deck_above": 5500})

    found = api.get(f"/v1/policies/drafts/{draft['id']}/backtest")

    (change,) = [each for each in found["changes"] if "backtest-between" in each["samples"]]
    assert (change["code"], change["before"]["applies"], change["after"]["applies"]) == ("custom_deck", True, False)
    assert not [each for each in found["changes"] if "backtest-once-between" in each["samples"]]
    assert found["changed"] == sum(each["opportunities"] for each in found["changes"])


def test_a_published_revision_holds_from_its_day_and_decides_no_account_anew(api: Api) -> None:
    stood = api.classify(id="duty-revision", df=640, on=date(2022, 3, 1))
    draft = drafted(api, parameters={"mm_deck_above": 12000}, effective_from="2022-06-01")
    published = api.http.post(f"/v1/policies/drafts/{draft['id']}/publish")
    assert published.status_code == 201, published.text

    def asked(on: str) -> tuple[int, bool]:
        body = {"segment": "MM", "amount": 11000, "on": on}
        found = api.http.post("/v1/opportunities/duties", json=body).json()
        return found["policy"]["version"], found["duties"][0]["applies"]

    assert asked("2022-05-31") == (1, True)
    assert asked("2022-06-01") == (published.json()["published_as"], False)
    assert api.get("/v1/accounts/duty-revision")["decision"]["id"] == stood["id"]
    names = {(each["id"], each["version"]) for each in api.get("/v1/policies")["items"]}
    assert {("fy23", 1), ("fy23-duties", 1), ("fy23-duties", published.json()["published_as"])} <= names
    shown = api.get("/v1/policies/fy23-duties")
    assert shown["parameters"]["mm_deck_above"] == 12000
    assert next(each for each in shown["parameters_explained"] if each["name"] == "mm_deck_above")["used_by"]
    hold_problem(api.http.post("/v1/policies/fy23-duties/application", json={}), 422, "nothing_to_apply")


@pytest.mark.parametrize(
    ("policy_id", "parameters"),
    [("fy23-duties", {"in_crm_by": "2022-03-01"}), ("fy23", {"smb_deck_above": 6000})],
)
def test_a_policy_has_no_parameter_of_the_other(api: Api, policy_id: str, parameters: dict[str, Any]) -> None:
    answer = api.http.post("/v1/policies/drafts", json=DRAFT | {"policy_id": policy_id, "parameters": parameters})

    problem = hold_problem(answer, 422, "invalid_request")
    assert [error["pointer"] for error in problem["errors"]] == [f"/parameters/{next(iter(parameters))}"]


def test_what_has_no_meaning_for_duties_is_refused_and_not_passed_over(api: Api) -> None:
    path = f"/v1/policies/drafts/{drafted(api)['id']}/backtest"

    problem = hold_problem(api.http.get(f"{path}?examined=history"), 422, "invalid_request")
    assert "as it was last recorded" in problem["detail"]
    hold_problem(api.http.get(path, headers={"Accept": "text/csv"}), 422, "nothing_to_apply")


@pytest.mark.parametrize("words", [("--history",), ("--movers", "movers.csv")])
def test_the_command_refuses_it_too(words: tuple[str, ...]) -> None:
    ran = run_for_text("lab", "backtest", "--set", "smb_deck_above=6000", *words)

    assert ran.returncode == 2
    assert "moves no account" in " ".join(ran.stderr.replace("│", " ").split())
