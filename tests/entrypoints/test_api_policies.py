"""Policy revisions over HTTP: drafted, looked at, compared, published, and decided on from then on."""

import hashlib
from typing import Any

import pytest

from service.domain.keys import Scope
from tests.api import Api, serving

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("linted_once")]

PATH = "/v1/policies/drafts"
SIX_HUNDRED = {"first_order_min_employees": 600}
IN_TIME: dict[str, Any] = {"df": 550, "max_family_employees": 550}
"""An account of 550 employees: First Order from 500 on, Territory below."""


def asking(parameters: dict[str, Any] | None = None, **stated: object) -> dict[str, Any]:
    body = {
        "policy_id": "fy23",
        "parameters": SIX_HUNDRED if parameters is None else parameters,
        "effective_from": "2022-02-01",
        "reason": "A trial",
    }
    return body | stated


def drafted(api: Api, parameters: dict[str, Any] | None = None, **stated: object) -> dict[str, Any]:
    answer = api.http.post(PATH, json=asking(parameters, **stated))
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"{PATH}/{answer.json()['id']}"
    body: dict[str, Any] = answer.json()
    return body


def published(api: Api, draft: dict[str, Any], **headers: str) -> dict[str, Any]:
    answer = api.http.post(f"{PATH}/{draft['id']}/publish", headers=headers)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def refusal(answer: Any) -> tuple[int, str, list[str]]:  # noqa: ANN401 - a response
    problem = answer.json()
    code = problem["type"].rpartition(":")[2]
    return answer.status_code, code, [error["pointer"] for error in problem.get("errors", ())]


def test_a_threshold_is_tried_compared_published_and_decided_on(fresh_api: Api) -> None:
    api = fresh_api
    before = api.classify(**IN_TIME)

    draft = drafted(api)
    assert draft["changes"] == {"first_order_min_employees": {"before": 500, "after": 600}}
    assert (draft["based_on"], draft["published_as"]) == (1, None)
    assert api.classify(**IN_TIME)["policy"] == before["policy"]
    assert {finding["severity"] for finding in api.get(f"{PATH}/{draft['id']}/lint")["findings"]} == {"note"}
    comparison = api.get(f"{PATH}/{draft['id']}/comparison")
    assert any("max_family_employees 500 to 599" in region["bounds"] for region in comparison["reassigned"])

    done = published(api, draft)
    after = api.classify(**IN_TIME)

    assert done["published_as"] == 2
    assert (before["team"], before["policy"]["version"]) == ("MMKAFO", 1)
    assert (after["team"], after["policy"]["version"]) == ("MM_TERRITORY", 2)
    assert "600" in str(after["explanation"])
    assert [item["version"] for item in api.get("/v1/policies")["items"] if item["id"] == "fy23"] == [1, 2]
    assert api.get("/v1/policies")["items"][1]["published_by"] == "tester"
    assert api.get("/v1/policies/fy23")["parameters"]["first_order_min_employees"] == 600
    assert api.get("/v1/policies/fy23", version=1)["parameters"]["first_order_min_employees"] == 500
    assert api.get("/v1/policies/fy23/comparison", before=1)["words"] == comparison["words"]
    assert api.get("/v1/policies/fy23/lint", version=2)["policy"] == after["policy"]
    assert before["policy"]["program"] != after["policy"]["program"]


def test_the_program_that_a_decision_names_is_answered_in_the_bytes_that_its_digest_is_of(fresh_api: Api) -> None:
    api = fresh_api
    first = api.classify(**IN_TIME)["policy"]["program"]
    published(api, drafted(api))
    second = api.classify(**IN_TIME)["policy"]["program"]

    answers = {digest: api.http.get(f"/v1/programs/{digest}") for digest in (first, second)}

    assert {hashlib.sha256(answer.content).hexdigest() for answer in answers.values()} == {first, second}
    thresholds = [answers[each].json()["parameters"]["first_order_min_employees"] for each in (first, second)]
    assert thresholds == [500, 600]


def test_a_late_publication_rewrites_no_decision(fresh_api: Api) -> None:
    api = fresh_api
    decision = api.classify(**IN_TIME)

    published(api, drafted(api))

    assert api.get(f"/v1/decisions/{decision['id']}") == decision
    assert api.get("/v1/accounts/acc-1")["team"] == "MMKAFO"
    replay = api.get(f"/v1/decisions/{decision['id']}/replay")
    assert (replay["under_recorded_policy"]["agrees"], replay["under_recorded_policy"]["team"]) == (True, "MMKAFO")
    in_force = replay["under_policy_in_force"]
    assert (in_force["policy"]["version"], in_force["agrees"], in_force["team"]) == (2, False, "MM_TERRITORY")


def test_a_revision_decides_for_the_days_of_its_period_alone(fresh_api: Api) -> None:
    api = fresh_api
    published(api, drafted(api, effective_from="2022-05-01", effective_until="2022-08-01"))

    versions = {}
    for day in ("2022-04-30", "2022-05-01", "2022-07-31", "2022-08-01"):
        body = {"account": {"id": "acc-1", "crm_created_on": "2021-06-01"}, "effective_on": day}
        answer = api.http.post("/v1/classifications", params={"dry_run": True}, json=body)
        versions[day] = answer.json()["policy"]["version"]

    assert versions == {"2022-04-30": 1, "2022-05-01": 2, "2022-07-31": 2, "2022-08-01": 1}


def test_a_publication_that_is_sent_again_is_answered_again(fresh_api: Api) -> None:
    api = fresh_api
    draft = drafted(api)
    key = {"Idempotency-Key": "publish-1"}

    first, second = (api.http.post(f"{PATH}/{draft['id']}/publish", headers=key) for _ in range(2))

    assert first.json() == second.json()
    assert second.headers["Idempotent-Replayed"] == "true"
    again = api.http.post(f"{PATH}/{draft['id']}/publish")
    assert refusal(again)[:2] == (409, "draft_published")


def test_of_two_drafts_of_one_revision_one_alone_is_published(fresh_api: Api) -> None:
    api = fresh_api
    first = drafted(api)
    api.clock.advance(seconds=1)
    second = drafted(api, {"tam_below": 60_000})
    published(api, first)

    assert refusal(api.http.post(f"{PATH}/{second['id']}/publish"))[:2] == (409, "draft_outdated")
    assert [draft["published_as"] for draft in api.get(PATH)["items"]] == [None, 2]
    assert published(api, drafted(api, {"tam_below": 60_000}))["published_as"] == 3


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        (asking({"first_order_min": 600}), "invalid_request", "/parameters/first_order_min"),
        (asking({"first_order_min_employees": "600"}), "invalid_request", "/parameters/first_order_min_employees"),
        (asking({"first_order_min_employees": -1}), "invalid_request", "/parameters/first_order_min_employees"),
        (asking({"first_order_min_employees": None}), "invalid_request", "/parameters/first_order_min_employees"),
        (asking({"in_crm_by": "20220224"}), "invalid_request", "/parameters/in_crm_by"),
        (asking({"first_order_regions": "EMEA"}), "invalid_request", "/parameters/first_order_regions"),
        (asking({"first_order_min_employees": 500}), "nothing_changes", "/parameters"),
        (asking({}), "nothing_changes", "/parameters"),
        (asking(effective_from="2022-01-31"), "unusable_period", "/effective_from"),
        (asking(effective_until="2022-02-01"), "unusable_period", "/effective_until"),
        (asking(reason=" "), "invalid_request", "/reason"),
        (asking(version=7), "invalid_request", "/version"),
    ],
)
def test_a_draft_that_cannot_be_meant_is_refused_by_its_field(
    api: Api, body: dict[str, Any], code: str, pointer: str
) -> None:
    assert refusal(api.http.post(PATH, json=body)) == (422, code, [pointer])
    assert api.get(PATH)["items"] == []


def test_there_is_no_other_policy_to_draft(api: Api) -> None:
    assert refusal(api.http.post(PATH, json=asking(policy_id="fy24")))[:2] == (404, "not_found")
    assert refusal(api.http.get("/v1/policies/fy24"))[:2] == (404, "not_found")
    assert refusal(api.http.get("/v1/policies/fy23", params={"version": 7}))[:2] == (404, "not_found")


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"mid_market_min_employees": 2_000}, "SEG-1/mid_market"),
        ({"large_min_employees": 100}, "SEG-1/mid_market"),
    ],
)
def test_a_draft_with_a_rule_out_of_reach_is_never_published(
    fresh_api: Api, parameters: dict[str, Any], said: str
) -> None:
    api = fresh_api
    draft = drafted(api, parameters)

    answer = api.http.post(f"{PATH}/{draft['id']}/publish")

    assert refusal(answer)[:2] == (422, "faulty_policy")
    assert said in answer.json()["detail"]
    assert {item["version"] for item in api.get("/v1/policies")["items"]} == {1}


def test_where_it_is_set_another_key_publishes_than_the_one_that_drafted(database_url: str) -> None:
    with serving(database_url, second_key=True) as api:
        draft = drafted(api)
        assert refusal(api.http.post(f"{PATH}/{draft['id']}/publish"))[:2] == (403, "second_person_needed")

        manager = api.key("a manager", Scope.ADMIN)
        done = published(api, draft, **manager)

    assert (done["drafted_by"], done["published_by"]) == ("tester", "a manager")


def test_a_key_that_was_rotated_is_still_the_same_person(database_url: str) -> None:
    with serving(database_url, second_key=True) as api:
        draft = drafted(api)

        answer = api.http.post(f"{PATH}/{draft['id']}/publish", headers=api.rotated("tester"))

        assert refusal(answer)[:2] == (403, "second_person_needed")


def test_other_segment_bands_move_the_accounts_at_their_edges_alone(fresh_api: Api) -> None:
    """The bands of the company's later pages: SMB up to 100 employees, Mid-Market up to 2,000, Large from 2,001 on."""
    api = fresh_api
    published(api, drafted(api, {"mid_market_min_employees": 101, "large_min_employees": 2_001}))

    segments = {
        number: api.classify(id=f"acc-{number}", df=number)["segment"] for number in (99, 100, 101, 2_000, 2_001)
    }

    assert segments == {99: "SMB", 100: "SMB", 101: "MM", 2_000: "MM", 2_001: "LARGE"}


def test_follow_ups_rest_on_the_published_revision_too(fresh_api: Api) -> None:
    """MOVE-1: an owner of First Order that turns out to have 550 employees moves, once the threshold is 600."""
    api = fresh_api
    api.classify(df=640, max_family_employees=640)
    found = {"discovered_by": "An AE", "employees": 550, "potential_users": 10, "discovered_on": "2022-04-11"}
    held = api.http.post("/v1/accounts/acc-1/discoveries", json=found).json()

    published(api, drafted(api))
    moved = api.http.post("/v1/accounts/acc-1/discoveries", json=found).json()

    assert (held["team"], held["policy"]["version"]) == ("MMKAFO", 1)
    assert (moved["team"], moved["policy"]["version"]) == ("MM_TERRITORY", 2)
