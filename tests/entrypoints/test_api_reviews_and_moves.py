"""Reviews of accounts that were moved: what the VP decides, and what of a move stands after it (SEG-5, MOVE-1)."""

from typing import Any

import pytest

from tests.api import Api
from tests.builders import request
from tests.entrypoints.follow_ups import SMALL, discover, owner
from tests.entrypoints.test_api_handoffs import won
from tests.problems import hold_problem

ZOOMINFO_LEADS: dict[str, Any] = {
    "df": 12,
    "zi": 640,
    "wrong": {"df": "Counts one office"},
    "max_family_employees": 640,
}
"""Facts of an account of Key Accounts First Order whose review does not block it."""
NOBODY_LEADS: dict[str, Any] = {
    "df": 12,
    "wrong": {"df": "Counts one office"},
    "third": [640],
    "max_family_employees": 640,
}


def resolve(api: Api, review_id: str, segment: str) -> dict[str, Any]:
    verdict = {"segment": segment, "reason": "The filing is the newest evidence."}
    answer = api.http.post(f"/v1/reviews/{review_id}/resolution", json=verdict)
    assert answer.status_code == 201, answer.text
    decision: dict[str, Any] = answer.json()
    return decision


def status_of(api: Api, review_id: str) -> str:
    status: str = api.get(f"/v1/reviews/{review_id}")["status"]
    return status


def test_a_move_stands_after_the_vp_confirms_the_segment(api: Api) -> None:
    opened = api.classify(id="confirmed", **ZOOMINFO_LEADS)
    moved = discover(api, "confirmed", **SMALL)

    decision = resolve(api, opened["review_id"], "MM")

    assert (decision["kind"], decision["team"], decision["rule"]) == ("review", "MM_TERRITORY", "MOVE-1")
    assert decision["previous_decision_id"] == moved["id"]
    again = api.classify(id="confirmed", on=None, **ZOOMINFO_LEADS)
    assert (again["leading_source"], again["team"], again["rule"]) == ("vp", "MM_TERRITORY", "MOVE-1")


@pytest.mark.parametrize(("segment", "team"), [("SMB", "SMB"), ("LARGE", "OUTSIDE_COMMERCIAL")])
def test_a_segment_out_of_reach_of_moves_ends_the_move(api: Api, segment: str, team: str) -> None:
    account = f"ended-{segment}"
    opened = api.classify(id=account, **ZOOMINFO_LEADS)
    discover(api, account, **SMALL)

    decision = resolve(api, opened["review_id"], segment)

    assert (decision["team"], decision["rule"]) == (team, "ROUTE-1")
    assert api.classify(id=account, on=None, df=640, max_family_employees=640)["team"] == "MMKAFO"


def test_a_discovery_leaves_an_open_review_open(api: Api) -> None:
    opened = api.classify(id="left-open", **ZOOMINFO_LEADS)

    decision = discover(api, "left-open", **SMALL)

    assert (decision["review_id"], status_of(api, opened["review_id"])) == (None, "open")


def test_nothing_moves_while_the_vp_is_awaited_and_the_discovery_settles_no_review(api: Api) -> None:
    opened = api.classify(id="awaited", **NOBODY_LEADS)

    waiting = discover(api, "awaited", **SMALL)

    assert (waiting["status"], waiting["team"]) == ("pending_review", None)
    assert waiting["summary"].endswith("no team owns the account yet, so nothing moves.")
    routed = resolve(api, opened["review_id"], "MM")
    assert (routed["team"], routed["previous_decision_id"]) == ("MMKAFO", waiting["id"])
    assert discover(api, "awaited", **SMALL)["team"] == "MM_TERRITORY"


def test_a_second_resolution_is_refused_though_the_account_moved_in_between(api: Api) -> None:
    opened = api.classify(id="second", **ZOOMINFO_LEADS)
    resolve(api, opened["review_id"], "MM")
    moved = discover(api, "second", **SMALL)
    rows = api.rows()

    verdict = {"segment": "SMB", "reason": "It comes too late."}
    answer = api.http.post(f"/v1/reviews/{opened['review_id']}/resolution", json=verdict)

    hold_problem(answer, 409, "review_closed")
    assert api.rows() == rows
    assert api.get("/v1/accounts/second")["decision"] == moved


def test_new_counts_open_a_review_of_their_own_and_the_move_stands_over_both(api: Api) -> None:
    first = api.classify(id="new-counts", **ZOOMINFO_LEADS)
    discover(api, "new-counts", **SMALL)
    resolve(api, first["review_id"], "MM")

    second = api.classify(id="new-counts", on=None, **ZOOMINFO_LEADS | {"df": 13})

    assert second["review_id"] not in {None, first["review_id"]}
    assert (second["leading_source"], second["team"], second["rule"]) == ("zoominfo", "MM_TERRITORY", "MOVE-1")
    assert (status_of(api, first["review_id"]), status_of(api, second["review_id"])) == ("resolved", "open")
    assert resolve(api, second["review_id"], "MM")["team"] == "MM_TERRITORY"


def test_a_dry_run_after_a_resolution_says_what_is_then_recorded(api: Api) -> None:
    opened = api.classify(id="tried", **NOBODY_LEADS)
    resolve(api, opened["review_id"], "MM")
    discover(api, "tried", **SMALL)

    tried = api.http.post("/v1/classifications?dry_run=true", json=request(id="tried", on=None, **NOBODY_LEADS)).json()
    decision = api.classify(id="tried", on=None, **NOBODY_LEADS)

    for name in ("team", "rule", "status", "segment", "leading_source", "summary", "explanation"):
        assert tried[name] == decision[name], name


def test_a_resolution_during_a_handoff_leaves_a_mid_market_account_with_first_order(api: Api) -> None:
    for account, segment, stands in (
        ("while-handed-over", "MM", ("MMKAFO", "HAND-1", "MM")),
        ("grown-meanwhile", "LARGE", ("OUTSIDE_COMMERCIAL", "ROUTE-1", "LARGE")),
    ):
        won(api, account)
        opened = api.classify(id=account, on=None, **ZOOMINFO_LEADS)
        assert opened["team"] == "MMKAFO"

        decision = resolve(api, opened["review_id"], segment)

        assert (decision["team"], decision["rule"], decision["segment"]) == stands
        assert owner(api, account) == stands[0]
