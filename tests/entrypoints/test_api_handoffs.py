"""Handoffs over HTTP: started, ticked by the side whose key it is, escalated, completed, and found again."""

from datetime import UTC, datetime, timedelta
from typing import Any

from service.domain.keys import Scope
from service.domain.terms import Team
from tests.api import Api
from tests.problems import hold_problem

NAMED_BY_HAND = {
    "find-named-ae": {"named_ae": "Sample Named AE"},
    "license-installed": {"received_on": "2022-06-01", "installed_on": "2022-06-02"},
    "chatter-posted": {"posted_on": "2022-06-02"},
    "account-activity": {
        "name": "(Sample AE) FO Account Summary for Handoff",
        "logged_on": "2022-06-02",
        "why_gitlab": "One tool in place of four",
        "key_contacts": ["Sample contact"],
        "expected_net_arr_next_12_months": "24000.00",
        "next_order_by": "2022-12-01",
        "next_opportunity_net_arr": "6000.00",
        "why_believed": "A second team asked for a trial",
    },
    "handoff-contact": {"mode": "call", "took_place_on": "2022-06-03"},
    "material-editable": {"checked_on": "2022-06-03", "materials": ["Sample deck"]},
    "contact-scheduled": {"mode": "call", "scheduled_for": "2022-06-03"},
    "introduced": {"replied_on": "2022-06-07"},
    "growth-opportunity": {"notes_read_on": "2022-06-07", "opportunity_id": "sample-2"},
    "tagged-notes-read": {"read_on": "2022-06-07"},
    "tam-determined": {"net_arr": "18000.00", "appropriate": False},
    "growth-before-renewal": {"none_expected": "Nothing before the renewal"},
}
"""Evidence for each item, in order: six of the First Order side, then six of the receiving one."""


def won(api: Api, account: str, **more: object) -> dict[str, Any]:
    api.classify(id=account, df=640, max_family_employees=640)
    answer = start(api, account, **more)
    assert answer.status_code == 201, answer.text
    handoff: dict[str, Any] = answer.json()
    assert answer.headers["Location"] == f"/v1/handoffs/{handoff['id']}"
    return handoff


def start(api: Api, account: str, **more: object) -> Any:  # noqa: ANN401 - an answer
    body = {
        "account_id": account,
        "opportunity_id": f"opportunity-of-{account}",
        "closed_on": "2022-06-01",
        "first_order_ae": "Sample AE",
        "initial_amount": "18000.00",
        "immediate_potential": "2000.00",
        "total_users": 240,
    }
    return api.http.post("/v1/handoffs", json=body | more)


def tick(api: Api, handoff: dict[str, Any], item: str, **sent: Any) -> Any:  # noqa: ANN401 - an answer
    body = {"evidence": NAMED_BY_HAND[item] | sent.pop("evidence", {})}
    return api.http.put(f"/v1/handoffs/{handoff['id']}/items/{item}", json=body, **sent)


def of_team(api: Api, team: Team) -> dict[str, str]:
    issued = api.keys.issue(f"sample of {team}", frozenset({Scope.HANDOFF}), timedelta(days=1), team=team)
    return {"Authorization": f"Bearer {issued.key}"}


def test_a_handoff_starts_with_who_receives_how_and_by_when(api: Api) -> None:
    handoff = won(api, "hand-1")

    assert (handoff["receiver"], handoff["email_will_do"], handoff["due_on"]) == ("MMKAN", False, "2022-06-08")
    (decision_id,) = handoff["decision_ids"]
    decision = api.get(f"/v1/decisions/{decision_id}")
    assert (decision["kind"], decision["team"], decision["handoff_id"]) == ("won", "MMKAFO", handoff["id"])
    assert [clause["rule"] for clause in decision["explanation"]] == [
        "HAND-1",
        "HAND-1",
        "HAND-1",
        "HAND-2",
        "HAND-3",
        "HAND-5",
    ]
    assert [item["item"] for item in handoff["items"]] == list(NAMED_BY_HAND)
    hold_problem(start(api, "hand-1"), 409, "handoff_exists")
    hold_problem(start(api, "hand-1", opportunity_id="another"), 409, "handoff_under_way")


def test_each_side_ticks_its_own_items_and_the_last_one_hands_the_account_over(api: Api) -> None:
    handoff = won(api, "hand-2")
    first_order, named, territory = (of_team(api, team) for team in (Team.MMKAFO, Team.MMKAN, Team.MM_TERRITORY))
    sides = [(first_order, named)] * 6 + [(named, first_order)] * 6

    for item, (own, other) in zip(NAMED_BY_HAND, sides, strict=True):
        assert api.get("/v1/accounts/hand-2")["team"] == "MMKAFO"
        for wrong in (other, territory):
            hold_problem(tick(api, handoff, item, headers=wrong), 403, "wrong_side")
        answer = tick(api, handoff, item, headers=own)
        assert answer.status_code == 200, answer.text

    done = answer.json()
    assert (done["status"], done["two_way_on"], done["in_time"]) == ("completed", "2022-06-07", True)
    standing = api.get("/v1/accounts/hand-2")
    assert (standing["team"], standing["decision"]["kind"], standing["decision"]["rule"]) == (
        "MMKAN",
        "handoff",
        "HAND-1",
    )
    hold_problem(tick(api, handoff, "introduced"), 409, "handoff_closed")
    billing = api.http.post(
        f"/v1/handoffs/{handoff['id']}/billing-reassignment", json={"reason": "The wrong entity"}, headers=named
    )
    assert billing.json()["steps"][-1]["kind"] == "billing_reassigned"


def test_evidence_that_does_not_fit_is_refused_by_its_field(api: Api) -> None:
    handoff = won(api, "hand-3")

    for item, wrong, pointer in [
        ("handoff-contact", {"mode": "email"}, "/evidence/mode"),
        ("account-activity", {"name": "Summary"}, "/evidence/name"),
        ("introduced", {"replied_on": "2022-05-31"}, "/evidence/replied_on"),
        ("material-editable", {"checked_on": "2026-01-06"}, "/evidence/checked_on"),
    ]:
        answer = tick(api, handoff, item, evidence=wrong)
        hold_problem(answer, 422, "invalid_evidence")
        assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    missing = api.http.put(f"/v1/handoffs/{handoff['id']}/items/account-activity", json={"evidence": {}})
    assert len(missing.json()["errors"]) == 8
    hold_problem(
        api.http.put(f"/v1/handoffs/{handoff['id']}/items/no-such", json={"evidence": {}}), 404, "unknown_item"
    )


def test_an_item_is_reopened_with_a_reason_in_the_query_or_in_the_body(api: Api) -> None:
    handoff = won(api, "hand-4")
    path = f"/v1/handoffs/{handoff['id']}/items/license-installed"
    hold_problem(api.http.delete(path, params={"reason": "Too early"}), 409, "not_ticked")

    for sent in ({"params": {"reason": "Wrong day"}}, {"json": {"reason": "Wrong day again"}}):
        assert tick(api, handoff, "license-installed").status_code == 200
        hold_problem(tick(api, handoff, "license-installed"), 409, "already_ticked")
        assert api.http.request("DELETE", path, **sent).status_code == 200  # type: ignore[arg-type]  # either way

    steps = api.get(f"/v1/handoffs/{handoff['id']}")["steps"]
    assert [(step["kind"], step["reason"]) for step in steps] == [
        ("ticked", None),
        ("reopened", "Wrong day"),
        ("ticked", None),
        ("reopened", "Wrong day again"),
    ]
    hold_problem(api.http.delete(path), 422, "invalid_request")


def test_an_escalation_waits_for_its_answer_which_is_a_decision(api: Api) -> None:
    handoff = won(api, "hand-5", total_users=None)
    assert (handoff["status"], handoff["receiver"]) == ("escalated", None)
    hold_problem(tick(api, handoff, "find-named-ae"), 409, "awaits_answer")

    body = {"team": "MM_TERRITORY", "reason": "Forty users by contract"}
    answered = api.http.post(f"/v1/handoffs/{handoff['id']}/escalation-answer", json=body)

    assert (answered.json()["status"], answered.json()["receiver"]) == ("open", "MM_TERRITORY")
    hold_problem(api.http.post(f"/v1/handoffs/{handoff['id']}/escalation-answer", json=body), 409, "not_escalated")
    kept = won(api, "hand-6", in_question="The customer is being bought")
    body = {"team": "MMKAFO", "reason": "It stays until the purchase is through"}
    assert api.http.post(f"/v1/handoffs/{kept['id']}/escalation-answer", json=body).json()["status"] == "kept"
    events = [entry["event"] for entry in api.get("/v1/accounts/hand-6/history")["items"]]
    assert events == ["escalation_answered", "won", "classified"]


def test_a_handoff_needs_an_account_of_first_order_that_is_not_handed_over_already(api: Api) -> None:
    hold_problem(start(api, "hand-nobody"), 404, "not_found")
    api.classify(id="hand-7", df=50)
    hold_problem(start(api, "hand-7"), 409, "not_first_order")
    won(api, "hand-8")
    hold_problem(
        api.http.post("/v1/accounts/hand-8/discoveries", json={"discovered_by": "Sample AE"}), 409, "handoff_under_way"
    )
    customer = api.classify(id="hand-8", on=None, df=640, customer=True, first_order_available=False, key_account=False)
    assert (customer["team"], customer["rule"]) == ("MMKAFO", "HAND-1")


def test_handoffs_are_found_by_where_they_stand_and_when_they_are_due(api: Api) -> None:
    api.clock.at = max(api.clock.at, datetime(2026, 3, 1, 9, tzinfo=UTC))
    today = api.clock().date()
    late = won(api, "hand-9", closed_on=(today - timedelta(days=8)).isoformat())
    in_time = won(api, "hand-10", closed_on=(today - timedelta(days=7)).isoformat())

    def found(**wanted: str) -> set[str]:
        items = api.get("/v1/handoffs", **wanted)["items"]
        return {item["id"] for item in items} & {late["id"], in_time["id"]}

    assert found(overdue="true") == {late["id"]}
    assert found(overdue="false") == {in_time["id"]}
    assert found(due_within="0") == {in_time["id"]}
    assert found(status="open", receiver="MMKAN") == {late["id"], in_time["id"]}
    assert found(status="completed") == set()
    assert found(account_id="hand-9") == {late["id"]}
