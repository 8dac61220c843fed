"""Who may do what in a handoff: the two sides, administrators, readers, who answers escalations (HAND-1, HAND-6)."""

from typing import Any

import httpx
import pytest

from service.domain.keys import Scope
from service.domain.terms import Team
from tests.api import Api
from tests.entrypoints.test_api_handoffs import NAMED_BY_HAND, start, tick, won
from tests.problems import hold_problem

REASON = {"reason": "The customer has merged with another account."}
FIRST_ORDER, RECEIVING = "license-installed", "introduced"


@pytest.fixture(scope="module")
def keys(api: Api) -> dict[str, dict[str, str]]:
    """Keys of each kind of holder."""
    teams = {team.value: api.key(f"Sample {team}", Scope.HANDOFF, team=team) for team in Team}
    return teams | {
        "nobody's": api.key("Sample of no team", Scope.HANDOFF),
        "admin": api.key("Sample administrator", Scope.HANDOFF, Scope.ADMIN),
        "reviewer": api.key("Sample VP", Scope.REVIEW),
        "reader": api.key("Sample reader", Scope.READ),
        "everything else": api.key("Sample of all else", *(set(Scope) - {Scope.HANDOFF, Scope.REVIEW})),
    }


def act(api: Api, handoff: dict[str, Any], what: str, key: dict[str, str], **body: Any) -> httpx.Response:  # noqa: ANN401 - JSON
    return api.http.post(f"/v1/handoffs/{handoff['id']}/{what}", json=body or REASON, headers=key)


def reopen(api: Api, handoff: dict[str, Any], item: str, key: dict[str, str]) -> httpx.Response:
    return api.http.delete(f"/v1/handoffs/{handoff['id']}/items/{item}", params=REASON, headers=key)


@pytest.mark.parametrize(
    ("holder", "may"),
    [
        ("MMKAFO", {FIRST_ORDER}),
        ("MMKAN", {RECEIVING}),
        ("MM_TERRITORY", set()),
        ("SMB", set()),
        ("OUTSIDE_COMMERCIAL", set()),
        ("nobody's", set()),
        ("admin", {FIRST_ORDER, RECEIVING}),
    ],
)
def test_an_item_is_ticked_and_reopened_by_its_own_side_or_an_administrator(
    api: Api, keys: dict[str, dict[str, str]], holder: str, may: set[str]
) -> None:
    handoff = won(api, f"roles-{holder[:8].strip()}".replace("'", "-"))

    for item in (FIRST_ORDER, RECEIVING):
        answer = tick(api, handoff, item, headers=keys[holder])
        if item in may:
            assert answer.status_code == 200, answer.text
            assert answer.json()["steps"][-1]["by"].startswith("Sample ")
            assert reopen(api, handoff, item, keys[holder]).status_code == 200
        else:
            hold_problem(answer, 403, "wrong_side")
            tick(api, handoff, item)
            hold_problem(reopen(api, handoff, item, keys[holder]), 403, "wrong_side")
            assert api.get(f"/v1/handoffs/{handoff['id']}")["steps"][-1]["kind"] == "ticked"


def test_the_receiving_side_is_that_of_the_handoff(api: Api, keys: dict[str, dict[str, str]]) -> None:
    handoff = won(api, "roles-few", total_users=99)
    assert handoff["receiver"] == "MM_TERRITORY"

    hold_problem(tick(api, handoff, RECEIVING, headers=keys["MMKAN"]), 403, "wrong_side")
    assert tick(api, handoff, RECEIVING, headers=keys["MM_TERRITORY"]).status_code == 200


def test_either_side_may_escalate_and_no_other_team(api: Api, keys: dict[str, dict[str, str]]) -> None:
    for holder, status in (("MMKAFO", 200), ("MMKAN", 200), ("MM_TERRITORY", 403), ("nobody's", 403)):
        handoff = won(api, f"roles-escalate-{holder[:6]}")
        answer = act(api, handoff, "escalation", keys[holder])
        assert answer.status_code == status, answer.text
        if status == 200:
            assert answer.json()["status"] == "escalated"
            hold_problem(act(api, handoff, "escalation", keys[holder]), 409, "awaits_answer")
        else:
            hold_problem(answer, 403, "wrong_side")


def test_an_escalation_is_answered_by_reviewers_alone(api: Api, keys: dict[str, dict[str, str]]) -> None:
    handoff = won(api, "roles-answer", total_users=None)
    answer = {"team": "MMKAN", "reason": "Two further business units are to follow."}

    for holder in ("MMKAFO", "MMKAN", "admin", "reader", "everything else"):
        hold_problem(act(api, handoff, "escalation-answer", keys[holder], **answer), 403, "forbidden")
    answered = act(api, handoff, "escalation-answer", keys["reviewer"], **answer)

    assert (answered.json()["receiver"], answered.json()["steps"][-1]["by"]) == ("MMKAN", "Sample VP")
    decision = api.get("/v1/accounts/roles-answer")["decision"]
    assert (decision["kind"], decision["actor"]) == ("escalation", "Sample VP")


@pytest.mark.parametrize("team", ["SMB", "OUTSIDE_COMMERCIAL", None, "mmkan"])
def test_an_answer_names_a_team_that_receives_handoffs(api: Api, keys: dict[str, dict[str, str]], team: Any) -> None:  # noqa: ANN401 - JSON
    handoff = won(api, f"roles-names-{team}".replace("_", "-"), total_users=None)

    answer = act(api, handoff, "escalation-answer", keys["reviewer"], team=team, reason="So.")

    problem = hold_problem(answer, 422, "invalid_request")
    assert [error["pointer"] for error in problem["errors"]] == ["/team"]
    assert api.get(f"/v1/handoffs/{handoff['id']}")["status"] == "escalated"


def test_billing_is_for_the_new_owner_to_reassign_once_the_handoff_is_done(
    api: Api, keys: dict[str, dict[str, str]]
) -> None:
    handoff = won(api, "roles-billing")
    hold_problem(act(api, handoff, "billing-reassignment", keys["MMKAN"]), 409, "not_completed")
    hold_problem(act(api, handoff, "billing-reassignment", keys["MMKAFO"]), 403, "wrong_side")
    for item in NAMED_BY_HAND:
        assert tick(api, handoff, item).status_code == 200

    hold_problem(act(api, handoff, "billing-reassignment", keys["MMKAFO"]), 403, "wrong_side")
    answers = [act(api, handoff, "billing-reassignment", keys[holder]) for holder in ("MMKAN", "admin")]

    steps = answers[-1].json()["steps"][-2:]
    assert [(step["kind"], step["by"], step["reason"]) for step in steps] == [
        ("billing_reassigned", "Sample MMKAN", REASON["reason"]),
        ("billing_reassigned", "Sample administrator", REASON["reason"]),
    ]
    assert api.get("/v1/accounts/roles-billing")["team"] == "MMKAN"


def test_who_reads_sees_handoffs_and_takes_no_step(api: Api, keys: dict[str, dict[str, str]]) -> None:
    handoff = won(api, "roles-reads")
    path = f"/v1/handoffs/{handoff['id']}"

    assert api.http.get(path, headers=keys["reader"]).json() == {**handoff, "chatter_posts": []}
    hold_problem(tick(api, handoff, FIRST_ORDER, headers=keys["reader"]), 403, "forbidden")
    hold_problem(reopen(api, handoff, FIRST_ORDER, keys["reader"]), 403, "forbidden")
    hold_problem(act(api, handoff, "escalation", keys["reader"]), 403, "forbidden")
    hold_problem(api.http.get(path, headers=keys["nobody's"]), 403, "forbidden")
    assert start(api, "roles-reads").status_code == 409
