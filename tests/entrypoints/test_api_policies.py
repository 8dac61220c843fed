"""Policy revisions over HTTP: drafted, looked at, compared, published, and decided on from then on."""

import csv
import hashlib
import io
import json
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
    assert [item["version"] for item in api.get("/v1/policies")["items"]] == [1, 2]
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
    assert len(api.get("/v1/policies")["items"]) == 1


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


def test_a_draft_is_tried_on_what_was_recorded(fresh_api: Api) -> None:
    api = fresh_api
    moving = api.classify(id="acc-1", **IN_TIME)
    api.clock.advance(days=1)
    api.classify(id="acc-2", df=640, max_family_employees=640)
    api.classify(id="acc-3", df=50)
    draft = drafted(api)
    path = f"{PATH}/{draft['id']}/backtest"

    found = api.get(path)
    history = api.get(path, examined="history", recorded_until="2026-01-06T00:00:00Z")

    assert [found[name] for name in ("examined", "moved", "otherwise_changed", "stays", "not_replayed")] == [
        3,
        1,
        0,
        2,
        0,
    ]
    (movement,) = found["movements"]
    assert (movement["from"], movement["to"], movement["decisions"]) == ("MMKAFO", "MM_TERRITORY", 1)
    assert movement["samples"] == [{"account_id": "acc-1", "decision_id": moving["id"]}]
    flip = {"before": True, "after": False, "decisions": 1}
    assert {"clause": "ROUTE-3/3", "answers": [flip]} in found["flips"]
    assert found["parameters"] == draft["changes"]
    bounded = api.http.get(path, params={"recorded_since": "2026-01-06T00:00:00Z"})
    assert refusal(bounded) == (422, "invalid_request", ["recorded_since"])
    assert (history["examined"], history["moved"]) == (1, 1)
    published(api, draft)
    assert api.classify(id="acc-1", **IN_TIME)["team"] == movement["to"]
    assert api.get(path)["movements"] == []


def test_all_that_would_move_come_as_lines_and_as_rows(fresh_api: Api) -> None:
    api = fresh_api
    moving = {
        f"acc-{number}": api.classify(id=f"acc-{number}", name="=Sample, Ltd", lam_dev_count=0, **IN_TIME)
        for number in range(7)
    }
    api.classify(id="stays", df=640, max_family_employees=640)
    found = {"discovered_by": "An AE", "employees": 550, "potential_users": 10, "discovered_on": "2022-04-11"}
    discovered = api.http.post("/v1/accounts/acc-6/discoveries", json=found).json()
    path = f"{PATH}/{drafted(api)['id']}/backtest"
    decisions = [moving[f"acc-{number}"]["id"] for number in range(6)] + [discovered["id"]]

    lines = api.http.get(path, headers={"Accept": "application/x-ndjson"})
    rows = api.http.get(path, headers={"Accept": "text/csv"})

    told = sorted(map(json.loads, lines.text.splitlines()), key=lambda mover: mover["account_id"])
    assert [(mover["account_id"], mover["decision_id"]) for mover in told] == [
        (f"acc-{number}", decision) for number, decision in enumerate(decisions)
    ]
    assert told[0] == {
        "account_id": "acc-0",
        "name": "=Sample, Ltd",
        "from": "MMKAFO",
        "to": "MM_TERRITORY",
        "flips": [
            {"clause": "ROUTE-3/3", "before": True, "after": False},
            {"clause": "ROUTE-3/test", "before": True, "after": False},
        ],
        "status_before": "final",
        "status_after": "final",
        "decision_id": decisions[0],
    }
    assert lines.headers["content-type"] == "application/x-ndjson"
    assert rows.headers["content-disposition"] == 'attachment; filename="movers.csv"'
    first, *others = sorted(csv.DictReader(io.StringIO(rows.text)), key=lambda row: row["account_id"])
    assert list(first) == list(told[0])
    assert (first["name"], first["flips"]) == ("'=Sample, Ltd", "ROUTE-3/3 yes to no;ROUTE-3/test yes to no")
    assert [row["decision_id"] for row in (first, *others)] == decisions
    assert refusal(api.http.get(path, headers={"Accept": "text/plain"}))[:2] == (406, "not_acceptable")


def test_exports_that_have_ended_leave_room_for_others_also_where_nobody_moves(fresh_api: Api) -> None:
    api = fresh_api
    path = f"{PATH}/{drafted(api)['id']}/backtest"

    answers = [api.http.get(path, headers={"Accept": "text/csv"}) for _ in range(6)]

    assert {answer.status_code for answer in answers} == {200}
    header = "account_id,name,from,to,flips,status_before,status_after,decision_id\r\n"
    assert {answer.text for answer in answers} == {header}


def test_a_draft_says_what_publishing_it_does_and_warns_of_a_day_in_the_past(fresh_api: Api) -> None:
    api = fresh_api
    late, early = drafted(api, effective_from="2026-02-01", effective_until="2026-05-01"), drafted(api)
    shown = api.get(f"{PATH}/{early['id']}")["publishing"]

    assert (late["publishing"]["version"], late["publishing"]["warnings"]) == (2, [])
    assert late["publishing"]["text"].startswith(
        "Publishes revision 2 of fy23, which decides for days from 2026-02-01 until 2026-05-01;"
    )
    assert shown == early["publishing"]
    assert [warning.split(":")[0] for warning in shown["warnings"]] == ["It begins on 2022-02-01, a day in the past"]
    assert published(api, early)["publishing"] is None


def test_a_withdrawn_draft_is_not_published_and_says_so(fresh_api: Api) -> None:
    api = fresh_api
    draft, key = drafted(api), {"Idempotency-Key": "withdraw-1"}
    path, why = f"{PATH}/{draft['id']}/withdrawal", {"reason": "The trial is to be longer"}

    short = api.http.post(path, json={"reason": "No"})
    done, again = (api.http.post(path, json=why, headers=key) for _ in range(2))

    assert refusal(short) == (422, "invalid_request", ["/reason"])
    assert (done.status_code, done.json()) == (201, again.json())
    withdrawal = done.json()["withdrawal"]
    assert (withdrawal["withdrawn_by"], withdrawal["reason"]) == ("tester", "The trial is to be longer")
    assert done.json()["publishing"] is None
    assert api.get(PATH)["items"] == [done.json()] == [api.get(f"{PATH}/{draft['id']}")]
    assert refusal(api.http.post(f"{PATH}/{draft['id']}/publish"))[:2] == (409, "draft_withdrawn")
    assert refusal(api.http.post(path, json=why))[:2] == (409, "draft_withdrawn")
    other = drafted(api)
    published(api, other)
    assert refusal(api.http.post(f"{PATH}/{other['id']}/withdrawal", json=why))[:2] == (409, "draft_published")
    unknown = f"{PATH}/0198c0de-0000-7000-a000-000000000007/withdrawal"
    assert refusal(api.http.post(unknown, json=why))[:2] == (404, "not_found")


def test_a_revision_is_rolled_back_by_publishing_the_one_before_it_anew(fresh_api: Api) -> None:
    api = fresh_api
    path, why = "/v1/policies/fy23/roll-back", {"reason": "It proved wrong in the trial"}
    first = refusal(api.http.post(path, json=why))
    published(api, drafted(api))
    published(api, drafted(api, {"tam_below": 60_000}, effective_from="2026-03-01", effective_until="2026-08-01"))

    back = api.http.post(path, json=why)
    further = api.http.post(path, json=why | {"to": 1, "effective_from": "2026-01-01"}).json()
    published(api, further)

    assert first[:2] == (409, "nothing_to_roll_back")
    assert back.status_code == 201
    assert back.headers["location"] == f"{PATH}/{back.json()['id']}"
    assert back.json()["changes"] == {"tam_below": {"before": 60_000, "after": 50_000}}
    assert (back.json()["effective_from"], back.json()["effective_until"]) == ("2026-03-01", "2026-08-01")
    assert (back.json()["reason"], back.json()["drafted_by"]) == (why["reason"], "tester")
    assert further["changes"].keys() == {"tam_below", "first_order_min_employees"}
    assert (further["based_on"], further["effective_from"]) == (3, "2026-01-01")
    assert api.get("/v1/policies/fy23")["parameters"] == api.get("/v1/policies/fy23", version=1)["parameters"]
    for wrong in (4, 5):
        assert refusal(api.http.post(path, json=why | {"to": wrong}))[:2] == (409, "nothing_to_roll_back")
    assert refusal(api.http.post("/v1/policies/fy24/roll-back", json=why))[:2] == (404, "not_found")
