"""Discoveries beside whatever else happens to an account: at once, sent again, classified anew (MOVE-1, MOVE-2)."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest

from tests.api import Api
from tests.builders import request
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


def test_two_discoveries_at_once_are_decided_one_after_another(api: Api) -> None:
    account, at_once = "at-once", 2
    api.classify(id=account, **FIRST_ORDER)
    bodies = [found(**(SMALL if number % 2 else LARGE), evidence=f"Source {number}") for number in range(at_once)]

    with ThreadPoolExecutor(at_once) as pool:
        answers = list(pool.map(lambda body: post_discovery(api, account, body), bodies))

    assert [answer.status_code for answer in answers] == [201] * at_once
    history = api.get("/v1/decisions", account_id=account)["items"][::-1]
    assert {decision["id"] for decision in history[1:]} == {answer.json()["id"] for answer in answers}
    for before, decision in pairwise(history):
        assert decision["previous_decision_id"] == before["id"]
        assert decision["facts"]["occasion"]["before"]["team"] == before["team"]
        small = decision["facts"]["occasion"]["employees"] == SMALL["employees"]
        assert decision["team"] == ("MM_TERRITORY" if small else "MMKAFO")
    assert owner(api, account) == history[-1]["team"]


def test_a_discovery_sent_again_with_its_key_moves_once(api: Api) -> None:
    api.classify(id="again", **FIRST_ORDER)
    first = post_discovery(api, "again", found(**SMALL), **{"Idempotency-Key": "discovery"})
    rows = api.rows()

    again = post_discovery(api, "again", found(**SMALL), **{"Idempotency-Key": "discovery"})
    other = post_discovery(api, "again", found(**LARGE), **{"Idempotency-Key": "discovery"})

    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["location"] == f"/v1/decisions/{first.json()['id']}"
    assert again.headers["idempotent-replayed"] == "true"
    hold_problem(other, 422, "idempotency_key_reused")
    assert api.rows() == rows


def test_a_key_does_not_serve_for_the_same_discovery_about_another_account(api: Api) -> None:
    for account in ("one-account", "other-account"):
        api.classify(id=account, **FIRST_ORDER)
    post_discovery(api, "one-account", found(**SMALL), **{"Idempotency-Key": "two-accounts"})

    other = post_discovery(api, "other-account", found(**SMALL), **{"Idempotency-Key": "two-accounts"})

    hold_problem(other, 422, "idempotency_key_reused")
    assert owner(api, "other-account") == "MMKAFO"


@pytest.mark.parametrize(
    ("facts", "stated", "team", "rule"),
    [(FIRST_ORDER, SMALL, "MM_TERRITORY", "MOVE-1"), (TERRITORY, LARGE, "MMKAFO", "MOVE-2")],
    ids=["MOVE-1", "MOVE-2"],
)
def test_a_later_classification_keeps_the_move_and_a_dry_run_says_the_same(
    api: Api, facts: dict[str, Any], stated: dict[str, Any], team: str, rule: str
) -> None:
    account = f"kept-{rule}"
    api.classify(id=account, **facts)
    moved = discover(api, account, **stated)

    later = request(id=account, **facts) | {"effective_on": "2022-04-12"}
    tried = api.http.post("/v1/classifications?dry_run=true", json=later).json()
    again = api.classify(later)

    for decision in (tried, again):
        assert (decision["kind"], decision["team"], decision["rule"]) == ("classification", team, rule)
        assert decision["facts"]["move"]["moved_to"] == team
    assert tried["explanation"] == again["explanation"]
    assert tried["summary"] == again["summary"]
    assert again["previous_decision_id"] == moved["id"]
    assert owner(api, account) == team


def test_a_routing_that_names_another_team_drops_the_move_for_good(api: Api) -> None:
    api.classify(id="dropped", **FIRST_ORDER)
    discover(api, "dropped", **SMALL)

    tried = api.http.post("/v1/classifications?dry_run=true", json=request(id="dropped", df=80)).json()
    small = api.classify(id="dropped", df=80)
    assert (small["team"], small["rule"]) == (tried["team"], tried["rule"]) == ("SMB", "ROUTE-1")

    assert api.classify(id="dropped", **FIRST_ORDER)["team"] == "MMKAFO"


def test_a_dry_run_forgets_no_move(api: Api) -> None:
    api.classify(id="tried", **FIRST_ORDER)
    discover(api, "tried", **SMALL)
    rows = api.rows()

    api.http.post("/v1/classifications?dry_run=true", json=request(id="tried", df=80))

    assert api.rows() == rows
    later = request(id="tried", **FIRST_ORDER) | {"effective_on": "2022-04-12"}
    assert api.classify(later)["team"] == "MM_TERRITORY"
