"""The course of a handoff: its terms explained, its week, its texts, what is sent again, and what else happens."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.api import Api
from tests.entrypoints.follow_ups import FIRST_ORDER, owner
from tests.entrypoints.test_api_handoffs import NAMED_BY_HAND, start, tick, won
from tests.problems import hold_problem


def clauses(decision: dict[str, Any], rule: str) -> dict[str, bool | None]:
    """The clauses of a rule's questions, with what came out."""
    return {
        child["text"]: child["outcome"]
        for clause in decision["explanation"]
        if clause["rule"] == rule
        for child in (clause, *clause["children"])
    }


@pytest.mark.parametrize(
    ("users", "amount", "potential", "receiver", "email"),
    [
        (99, "18000.00", "1999.99", "MM_TERRITORY", True),
        (100, "18000.00", "2000.00", "MMKAN", False),
        (100, "0", "19999.99", "MMKAN", True),
        (99, "100.00", None, "MM_TERRITORY", False),
    ],
)
def test_the_terms_are_those_of_the_boundaries_and_the_decision_explains_them(
    api: Api, users: int, amount: str, potential: str | None, receiver: str, *, email: bool
) -> None:
    handoff = won(
        api,
        f"terms-{users}-{amount}-{potential}",
        total_users=users,
        initial_amount=amount,
        immediate_potential=potential,
    )

    assert (handoff["receiver"], handoff["email_will_do"], handoff["due_on"]) == (receiver, email, "2022-06-08")
    decision = api.get(f"/v1/decisions/{handoff['decision_ids'][0]}")
    assert clauses(decision, "HAND-1")["total_users < 100"] is (users < 100)
    outcome = next(value for text, value in clauses(decision, "HAND-2").items() if "combined_amount" in text)
    assert outcome is (None if potential is None else email)
    assert all(clause["citation"]["gist"] for clause in decision["explanation"])
    assert "by 2022-06-08." in decision["summary"]
    assert (decision["facts"]["occasion"]["before"]["team"], decision["team"]) == ("MMKAFO", "MMKAFO")


def test_a_handoff_is_overdue_from_the_eighth_day_on_until_there_was_two_way_communication(api: Api) -> None:
    api.clock.at = max(api.clock.at, datetime(2026, 2, 1, 9, tzinfo=UTC))
    closed = api.clock().date()
    handoff = won(api, "overdue", closed_on=closed.isoformat())
    path = f"/v1/handoffs/{handoff['id']}"

    def found(**wanted: str) -> bool:
        return bool(api.get("/v1/handoffs", account_id="overdue", **wanted)["items"])

    assert not found(due_within="6")
    assert found(due_within="7")
    api.clock.advance(days=7)
    assert (api.get(path)["overdue"], found(overdue="true"), found(due_within="0")) == (False, False, True)
    api.clock.advance(days=1)
    assert (api.get(path)["overdue"], found(overdue="true"), found(due_within="0")) == (True, True, False)

    day = api.clock().date().isoformat()
    tick(api, handoff, "handoff-contact", evidence={"took_place_on": closed.isoformat()})
    late = tick(api, handoff, "introduced", evidence={"replied_on": day}).json()
    assert (late["overdue"], late["two_way_on"], late["in_time"]) == (False, day, False)
    assert not found(overdue="true")


def test_the_texts_are_made_of_the_facts_and_follow_what_is_found(api: Api) -> None:
    handoff = won(api, "texts")
    assert "Sample Named AE" not in str(handoff["texts"])

    tick(api, handoff, "find-named-ae")
    texts = tick(api, handoff, "account-activity").json()["texts"]

    assert set(texts) == {"chatter_post", "account_activity", "customer_email"}
    assert "Sample Named AE" in texts["chatter_post"]
    assert "(Sample AE) FO Account Summary for Handoff" in texts["account_activity"]
    assert "One tool in place of four" in texts["account_activity"]


def test_a_tick_sent_again_with_its_key_is_taken_once(api: Api) -> None:
    handoff = won(api, "sent-again")
    headers = {"Idempotency-Key": "tick-sent-again"}
    first = tick(api, handoff, "license-installed", headers=headers)
    rows = api.rows()

    again = tick(api, handoff, "license-installed", headers=headers)
    elsewhere = tick(api, handoff, "introduced", headers=headers)

    assert (again.status_code, again.content, again.headers["idempotent-replayed"]) == (200, first.content, "true")
    hold_problem(elsewhere, 422, "idempotency_key_reused")
    assert api.rows() == rows
    assert len(api.get(f"/v1/handoffs/{handoff['id']}")["steps"]) == 1


@pytest.mark.parametrize("sent", ["params", "json"])
def test_a_reopening_sent_again_with_its_key_is_taken_once(api: Api, sent: str) -> None:
    handoff = won(api, f"reopened-{sent}")
    tick(api, handoff, "license-installed")
    path = f"/v1/handoffs/{handoff['id']}/items/license-installed"
    headers = {"Idempotency-Key": f"reopen-{sent}"}

    def reopen(reason: str) -> Any:  # noqa: ANN401 - an answer
        return api.http.request("DELETE", path, headers=headers, **{sent: {"reason": reason}})  # type: ignore[arg-type]  # json or params

    first, again, other = reopen("Wrong day"), reopen("Wrong day"), reopen("Another reason")

    assert (first.status_code, again.content, again.headers["idempotent-replayed"]) == (200, first.content, "true")
    hold_problem(other, 422, "idempotency_key_reused")
    assert [step["kind"] for step in api.get(f"/v1/handoffs/{handoff['id']}")["steps"]] == ["ticked", "reopened"]


def test_a_handoff_started_again_with_its_key_is_started_once(api: Api) -> None:
    api.classify(id="started-again", **FIRST_ORDER)
    first, again = (
        api.http.post(
            "/v1/handoffs",
            json={
                "account_id": "started-again",
                "opportunity_id": "sample-again",
                "closed_on": "2022-06-01",
                "first_order_ae": "Sample AE",
                "initial_amount": 18000,
            },
            headers={"Idempotency-Key": "started-again"},
        )
        for _ in range(2)
    )

    assert (first.status_code, again.content, again.headers["idempotent-replayed"]) == (201, first.content, "true")
    assert len(api.get("/v1/handoffs", account_id="started-again")["items"]) == 1


def test_an_answer_that_names_another_receiver_undoes_what_was_arranged_with_the_first(api: Api) -> None:
    handoff = won(api, "another-receiver")
    for item in ("find-named-ae", "license-installed"):
        tick(api, handoff, item)
    path = f"/v1/handoffs/{handoff['id']}"
    api.http.post(f"{path}/escalation", json={"reason": "Fewer users than said."})
    hold_problem(tick(api, handoff, "introduced"), 409, "awaits_answer")
    assert tick(api, handoff, "material-editable").status_code == 200

    answered = api.http.post(f"{path}/escalation-answer", json={"team": "MM_TERRITORY", "reason": "Forty."}).json()

    assert (answered["receiver"], answered["status"], answered["named_ae"]) == ("MM_TERRITORY", "open", None)
    ticked = {item["item"] for item in answered["items"] if item["ticked"] is not None}
    assert ticked == {"license-installed", "material-editable"}
    for item in NAMED_BY_HAND:
        if item not in ticked:
            assert owner(api, "another-receiver") == "MMKAFO"
            assert tick(api, handoff, item).status_code == 200
    assert owner(api, "another-receiver") == "MM_TERRITORY"


def test_a_classification_during_a_handoff_and_after_it_leaves_the_account_with_its_owner(api: Api) -> None:
    handoff = won(api, "during")
    facts: dict[str, Any] = {"id": "during", "on": None, "df": 640, "customer": True, "first_order_available": False}

    for key_account in (True, False, None):
        assert api.classify(**facts, key_account=key_account)["team"] == "MMKAFO"
    for item in NAMED_BY_HAND:
        assert tick(api, handoff, item).status_code == 200
    decision = api.get("/v1/accounts/during")["decision"]

    assert (decision["kind"], decision["team"], decision["handoff_id"]) == ("handoff", "MMKAN", handoff["id"])
    assert api.get(f"/v1/handoffs/{handoff['id']}")["decision_ids"][-1] == decision["id"]
    assert api.classify(**facts, key_account=True)["team"] == "MMKAN"


def test_a_close_to_come_or_before_the_first_policy_is_refused(api: Api) -> None:
    api.classify(id="closes", **FIRST_ORDER)
    ahead = (api.clock().date() + timedelta(days=1)).isoformat()

    for closed_on, code in ((ahead, "day_to_come"), ("2022-01-31", "no_policy_in_force")):
        problem = hold_problem(start(api, "closes", closed_on=closed_on), 422, code)
        assert [error["pointer"] for error in problem["errors"]] == ["/closed_on"]
    assert api.get("/v1/handoffs", account_id="closes")["items"] == []
