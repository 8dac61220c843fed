"""Discoveries over HTTP: each a decision of its own, one after another, that later classifications respect."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api import Api
from tests.builders import Request, request
from tests.problems import hold_problem

FIRST_ORDER: dict[str, Any] = {"df": 640, "max_family_employees": 640}


def found(**more: object) -> Request:
    return {"discovered_by": "Sample AE", "discovered_on": "2022-04-11"} | more


def discover(api: Api, account_id: str, **more: object) -> dict[str, Any]:
    answer = api.http.post(f"/v1/accounts/{account_id}/discoveries", json=found(**more))
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == f"/v1/decisions/{answer.json()['id']}"
    decision: dict[str, Any] = answer.json()
    return decision


def test_a_discovery_moves_the_account_and_follows_its_classification(api: Api) -> None:
    classified = api.classify(id="disc-1", **FIRST_ORDER)

    decision = discover(api, "disc-1", employees=430, potential_users=60)

    assert (decision["kind"], decision["team"], decision["rule"]) == ("discovery", "MM_TERRITORY", "MOVE-1")
    assert decision["previous_decision_id"] == classified["id"]
    assert api.get("/v1/accounts/disc-1")["team"] == "MM_TERRITORY"
    assert api.get(f"/v1/decisions/{decision['id']}") == decision
    replayed = api.get(f"/v1/decisions/{decision['id']}/replay")
    assert (replayed["agrees"], replayed["under_policy_in_force"]["team"]) == (True, "MM_TERRITORY")


def test_a_discovery_that_moves_nothing_says_which_clause_held_it_back_and_by_how_much(api: Api) -> None:
    api.classify(id="disc-2", **FIRST_ORDER)

    decision = discover(api, "disc-2", employees=520, potential_users=60)

    assert decision["team"] == "MMKAFO"
    assert "employees < 500 (520 is 21 too many)" in decision["summary"]
    test = next(clause for clause in decision["explanation"] if clause["rule"] == "MOVE-1")
    assert [(child["text"], child["outcome"]) for child in test["children"]] == [
        ("owner is MMKAFO", True),
        ("employees < 500", False),
        ("potential_users < 100", True),
    ]


def test_a_later_classification_keeps_the_move_and_a_dry_run_says_the_same(api: Api) -> None:
    api.classify(id="disc-3", **FIRST_ORDER)
    body = request(id="disc-3", on=None, **FIRST_ORDER)
    discover(api, "disc-3", employees=430, potential_users=60)

    tried = api.http.post("/v1/classifications?dry_run=true", json=body).json()
    decision = api.classify(body)

    for told in (tried, decision):
        assert (told["team"], told["rule"], told["status"]) == ("MM_TERRITORY", "MOVE-1", "final")
    back = api.classify(id="disc-3", on=None, df=50)
    assert (back["team"], back["rule"]) == ("SMB", "ROUTE-1")
    assert api.classify(body)["rule"] == "ROUTE-3"


def test_twenty_discoveries_at_once_are_decided_one_after_another(api: Api) -> None:
    first = api.classify(id="disc-4", **FIRST_ORDER)

    def send(number: int) -> dict[str, Any]:
        small = number % 2 == 0
        return discover(api, "disc-4", employees=430 if small else 900, potential_users=60)

    with ThreadPoolExecutor(20) as pool:
        decisions = sorted(pool.map(send, range(20)), key=lambda decision: decision["id"])

    owner, previous = "MMKAFO", first["id"]
    for decision in decisions:
        assert decision["previous_decision_id"] == previous
        assert decision["facts"]["occasion"]["before"]["team"] == owner
        owner, previous = decision["team"], decision["id"]
    assert api.get("/v1/accounts/disc-4")["decision"]["id"] == previous


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"discovered_on": "2026-01-06"}, "day_to_come", "/discovered_on"),
        ({"discovered_on": "2022-01-31"}, "no_policy_in_force", "/discovered_on"),
        ({"employees": 0}, "invalid_request", "/employees"),
        ({"potential_users": -1}, "invalid_request", "/potential_users"),
        ({"discovered_by": "the customer"}, "invalid_request", "/discovered_by"),
        ({"evidence": "Told by the customer"}, "invalid_request", "/evidence"),
        ({"emploees": 3}, "invalid_request", "/emploees"),
    ],
)
def test_a_discovery_that_cannot_be_meant_is_refused_by_its_field(
    api: Api, body: Request, code: str, pointer: str
) -> None:
    api.classify(id="disc-5", **FIRST_ORDER)
    rows = api.rows()

    answer = api.http.post("/v1/accounts/disc-5/discoveries", json=found(**body))

    hold_problem(answer, 422, code)
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert api.rows() == rows


def test_an_account_that_nobody_classified_is_not_found(api: Api) -> None:
    hold_problem(api.http.post("/v1/accounts/disc-nobody/discoveries", json=found()), 404, "not_found")


def test_a_discovery_sent_again_with_its_key_is_recorded_once(api: Api) -> None:
    api.classify(id="disc-6", **FIRST_ORDER)
    headers = {"Idempotency-Key": "disc-6"}

    first, again = (
        api.http.post("/v1/accounts/disc-6/discoveries", json=found(employees=430), headers=headers) for _ in range(2)
    )

    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(api.get("/v1/accounts/disc-6/history")["items"]) == 2
