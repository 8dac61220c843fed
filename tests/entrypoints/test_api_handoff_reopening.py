"""Over HTTP: a completed handoff is reopened, an open one abandoned, an account that stays is kept (HAND-1, HAND-6)."""

from collections.abc import Callable
from typing import Any

import pytest

from service.domain.keys import Scope
from service.domain.terms import Team
from tests.api import Api
from tests.entrypoints.follow_ups import FIRST_ORDER, LARGE, TERRITORY, discover, owner
from tests.entrypoints.test_api_handoffs import NAMED_BY_HAND, of_team, start, tick, won
from tests.problems import hold_problem

BECAUSE = {"reason": "Nobody has been in touch since"}
AGAIN = {"items": ["introduced"]} | BECAUSE
CUSTOMER: dict[str, Any] = {"on": None, "df": 640, "customer": True, "first_order_available": False}


def completed(api: Api, account: str, **more: object) -> dict[str, Any]:
    handoff = won(api, account, **more)
    for item in NAMED_BY_HAND:
        answer = tick(api, handoff, item)
        assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]  # JSON


def post(api: Api, handoff: dict[str, Any], what: str, body: dict[str, Any], **sent: Any) -> Any:  # noqa: ANN401 - an answer
    return api.http.post(f"/v1/handoffs/{handoff['id']}/{what}", json=body, **sent)


def kept(api: Api, account: str) -> dict[str, Any]:
    handoff = won(api, account, in_question="The customer is being bought")
    answer = post(api, handoff, "escalation-answer", {"team": "MMKAFO"} | BECAUSE)
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]  # JSON


def test_reopening_changes_no_owner_and_completing_again_decides_by_the_same_rule(api: Api) -> None:
    handoff = completed(api, "reopened")

    reopened = post(api, handoff, "reopening", AGAIN).json()

    assert (reopened["status"], reopened["completed_at"], owner(api, "reopened")) == ("open", None, "MMKAN")
    assert [item["item"] for item in reopened["items"] if item["ticked"] is None] == ["introduced"]
    assert (reopened["steps"][-1]["kind"], reopened["steps"][-1]["items"]) == ("handoff_reopened", ["introduced"])
    entry = api.get("/v1/accounts/reopened/history")["items"][0]
    assert (entry["event"], entry["team"]) == ("handoff_reopened", "MMKAN")
    assert "reopened after it was handed over" in entry["summary"]
    assert tick(api, handoff, "introduced").json()["status"] == "completed"
    entry = api.get("/v1/accounts/reopened/history")["items"][0]
    assert (entry["event"], entry["team"], entry["rule"]) == ("handed_over", "MMKAN", "HAND-1")


def test_a_reopened_handoff_holds_the_account_with_its_owner_while_it_is_mid_market(api: Api) -> None:
    handoff = completed(api, "held-on")
    post(api, handoff, "reopening", AGAIN)

    assert api.classify(id="held-on", **CUSTOMER | {"key_account": False})["team"] == "MMKAN"
    assert api.classify(id="held-on", **CUSTOMER | {"df": 60})["team"] == "SMB"
    assert api.classify(id="held-on", **CUSTOMER | {"key_account": False})["team"] == "MMKAN"


def test_an_escalated_handoff_that_was_reopened_leaves_the_account_with_its_owner_until_it_is_answered(
    api: Api,
) -> None:
    handoff = completed(api, "asked-again")
    post(api, handoff, "reopening", AGAIN)

    assert post(api, handoff, "escalation", BECAUSE).status_code == 200
    assert owner(api, "asked-again") == "MMKAN"
    post(api, handoff, "escalation-answer", {"team": "MMKAFO"} | BECAUSE)
    decision = api.get("/v1/accounts/asked-again")["decision"]
    assert (decision["team"], [action["code"] for action in decision["actions"]]) == ("MMKAFO", ["change_the_owner"])


def test_who_may_not_answer_escalations_reopens_and_abandons_nothing(api: Api) -> None:
    handoff = completed(api, "not-allowed")
    first_order = of_team(api, Team.MMKAFO)

    for what, body in (("reopening", AGAIN), ("abandonment", BECAUSE)):
        hold_problem(post(api, handoff, what, body, headers=first_order), 403, "forbidden")
    reviewer = api.key("reopening", Scope.REVIEW)
    assert post(api, handoff, "reopening", AGAIN, headers=reviewer).status_code == 200
    assert post(api, handoff, "abandonment", BECAUSE, headers=reviewer).status_code == 200


def test_only_a_completed_handoff_is_reopened_and_for_an_item_that_is_to_be_done_again(api: Api) -> None:
    handoff = won(api, "not-yet")
    hold_problem(post(api, handoff, "reopening", AGAIN), 409, "not_completed")
    hold_problem(post(api, handoff, "reopening", BECAUSE), 422, "invalid_request")
    done = completed(api, "done")
    hold_problem(post(api, done, "reopening", AGAIN | {"items": []}), 422, "invalid_request")
    hold_problem(post(api, done, "reopening", AGAIN | {"items": ["no-item"]}), 404, "unknown_item")
    hold_problem(post(api, done, "reopening", {"items": ["introduced"]}), 422, "invalid_request")
    assert start(api, "done", opportunity_id="a-second").status_code == 409  # it is no First Order account any more


def test_an_abandoned_handoff_holds_the_account_no_more(api: Api) -> None:
    handoff = won(api, "given-up")
    assert api.classify(id="given-up", **CUSTOMER | {"key_account": False})["team"] == "MMKAFO"

    abandoned = post(api, handoff, "abandonment", BECAUSE).json()

    assert (abandoned["status"], abandoned["steps"][-1]["reason"]) == ("abandoned", BECAUSE["reason"])
    assert api.get("/v1/accounts/given-up/history")["items"][0]["event"] == "handoff_abandoned"
    assert api.classify(id="given-up", **CUSTOMER | {"key_account": False})["team"] == "MM_TERRITORY"
    hold_problem(post(api, handoff, "abandonment", BECAUSE), 409, "handoff_closed")
    hold_problem(tick(api, handoff, "license-installed"), 409, "handoff_closed")
    assert [each["id"] for each in api.get("/v1/handoffs", status="abandoned", account_id="given-up")["items"]] == [
        handoff["id"]
    ]


def test_the_move_that_stood_before_a_handoff_stands_again_once_that_is_abandoned(api: Api) -> None:
    api.classify(id="moved-before", **TERRITORY)
    assert discover(api, "moved-before", **LARGE)["team"] == "MMKAFO"
    handoff = start(api, "moved-before").json()
    post(api, handoff, "escalation", BECAUSE)

    post(api, handoff, "abandonment", BECAUSE)

    again = api.classify(id="moved-before", **TERRITORY | {"on": None})
    assert (again["team"], again["rule"]) == ("MMKAFO", "MOVE-2")
    assert again["facts"]["move"].get("displaced") is None


def test_abandoning_a_handoff_that_was_reopened_takes_the_account_from_nobody(api: Api) -> None:
    handoff = completed(api, "received")
    assert api.classify(id="received", **FIRST_ORDER | {"on": None})["team"] == "MMKAN"
    post(api, handoff, "reopening", AGAIN)

    post(api, handoff, "abandonment", BECAUSE)

    assert api.classify(id="received", **FIRST_ORDER | {"on": None})["team"] == "MMKAN"


def test_an_account_that_stays_is_kept_while_it_is_mid_market_and_says_who_answered_and_when(api: Api) -> None:
    kept(api, "stays")
    answered = api.get("/v1/accounts/stays")["decision"]
    assert f"as {answered['actor']} answered on {answered['effective_on']}" in answered["summary"]

    later = api.classify(id="stays", **CUSTOMER | {"key_account": True})
    assert (later["team"], later["rule"]) == ("MMKAFO", "HAND-1")
    assert f"stays as {answered['actor']} answered on {answered['effective_on']}" in later["summary"]
    assert api.classify(id="stays", **CUSTOMER | {"df": 60})["team"] == "SMB"
    assert api.classify(id="stays", **CUSTOMER | {"key_account": True})["team"] == "MMKAN"


def test_another_first_order_ends_what_was_answered_of_the_one_before(api: Api) -> None:
    kept(api, "won-again")

    second = start(api, "won-again", opportunity_id="second")

    assert second.status_code == 201, second.text
    post(api, second.json(), "abandonment", BECAUSE)
    assert api.classify(id="won-again", **CUSTOMER | {"key_account": True})["team"] == "MMKAN"


def test_a_customer_just_won_stays_with_first_order_until_it_is_handed_over(api: Api) -> None:
    api.classify(id="just-won", **FIRST_ORDER)

    dry = api.http.post("/v1/classifications?dry_run=true", json=_customer("just-won")).json()
    decision = api.http.post("/v1/classifications", json=_customer("just-won")).json()

    for each in (dry, decision):
        assert (each["team"], each["status"], each["missing_facts"]) == ("MMKAFO", "provisional", ["key_account"])
        assert "start_or_finish_handoff" in [action["code"] for action in each["actions"]]
    assert decision["facts"]["on_record"] == {"team": "MMKAFO"}
    handoff = start(api, "just-won").json()
    assert api.http.post("/v1/classifications", json=_customer("just-won")).json()["rule"] == "HAND-1"
    for item in NAMED_BY_HAND:
        assert tick(api, handoff, item).status_code == 200
    assert api.http.post("/v1/classifications", json=_customer("just-won")).json()["team"] == "MMKAN"
    stated = api.http.post("/v1/classifications", json=_customer("just-won", current_team="SMB")).json()
    assert stated["missing_facts"] == ["key_account"]


@pytest.mark.parametrize("settled", [completed, kept])
def test_history_knows_of_a_handoff_what_had_happened_by_its_day(
    api: Api, settled: Callable[[Api, str], dict[str, Any]]
) -> None:
    account = f"back-filled-{settled.__name__}"
    settled(api, account)
    told = _customer(account, current_team="MMKAFO") | {"effective_on": "2022-04-15"}

    dry = api.http.post("/v1/classifications?dry_run=true", json=told).json()
    history = api.http.post("/v1/classifications", json=told).json()
    (result,) = api.http.post("/v1/classifications/batch", json={"items": [told]}).json()["results"]

    for each in (dry, history, result["decision"]):
        # On that day the account was First Order's, which had handed over nothing yet.
        assert (each["team"], each["rule"], each["stands"]) == ("MMKAFO", "ROUTE-2", False)
        assert "on_record" not in each["facts"]
        assert "start_or_finish_handoff" in [action["code"] for action in each["actions"]]
    assert api.get(f"/v1/decisions/{history['id']}/replay")["agrees"] is True
    now = api.http.post("/v1/classifications?dry_run=true", json=told | {"effective_on": None}).json()
    assert now["facts"]["on_record"] == {"handed_over": True}


def test_first_order_does_not_keep_a_customer_whose_escalation_was_answered(api: Api) -> None:
    kept(api, "answered")
    api.classify(id="answered", **CUSTOMER | {"df": 60})

    decision = api.http.post("/v1/classifications", json=_customer("answered", current_team="MMKAFO")).json()

    assert (decision["team"], decision["rule"]) == ("MM_TERRITORY", "ROUTE-2")
    assert decision["facts"]["on_record"] == {"handed_over": True}
    replay = api.get(f"/v1/decisions/{decision['id']}/replay")
    assert replay["agrees"] is True


def _customer(account: str, **more: object) -> dict[str, Any]:
    stated = {"region": "EMEA", "crm_created_on": "2021-06-01", "customer": True, "first_order_available": False}
    counts = [{"source": "datafox", "employees": 640}]
    return {"account": {"id": account} | stated | more, "employee_counts": counts, "effective_on": None}
