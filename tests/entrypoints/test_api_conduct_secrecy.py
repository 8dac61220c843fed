"""Nothing of a conduct matter is told to a key without the scope ``conduct`` (MOVE-4)."""

from typing import Any

import httpx
import pytest

from service.domain.keys import Scope
from tests.api import Api
from tests.builders import request
from tests.problems import hold_problem

ACCOUNT = "whispered"
NAME, REASON, DUPLICATOR = "Sample AE in secret", "Sample reason in secret", "Sample duplicator in secret"
CSV, NDJSON = "text/csv", "application/x-ndjson"
FACTS: dict[str, Any] = {"df": 12, "zi": 640, "wrong": {"df": "Counts one office"}, "max_family_employees": 640}
LOOKED_AT = [
    ("/v1/decisions?limit=500", "application/json"),
    ("/v1/decisions", CSV),
    ("/v1/decisions", NDJSON),
    (f"/v1/accounts/{ACCOUNT}", "application/json"),
    (f"/v1/accounts/{ACCOUNT}/history", "application/json"),
    ("/v1/reviews", "application/json"),
    ("/v1/handoffs", "application/json"),
    ("/metrics", "*/*"),
]


@pytest.fixture(scope="module")
def matters(api: Api) -> list[str]:
    """The identifiers of three ignored moves, which are flagged, and of a deduplication."""
    api.classify(request(id=ACCOUNT, **FACTS) | {"dedup_requested_by": DUPLICATOR})
    body = {"account_executive": NAME, "account_id": ACCOUNT, "reason": REASON}
    for day in ("2026-01-02", "2026-01-03", "2026-01-04"):
        assert api.http.post("/v1/conduct", json=body | {"occurred_on": day}).status_code == 201
    api.get("/v1/conduct", account_executive=NAME)
    found = api.get("/v1/conduct", account_id=ACCOUNT)["items"]
    assert [item["flagged"] for item in found] == [True, True, True, True]
    return [item["id"] for item in found]


def tells(text: str, matters: list[str]) -> list[str]:
    """What of the matters a text tells."""
    return [told for told in ("in secret", "in%20secret", "in+secret", "isciplin", *matters) if told in text]


def unprivileged(api: Api, name: str) -> dict[str, str]:
    return api.key(name, *(set(Scope) - {Scope.CONDUCT}))


@pytest.mark.parametrize(("path", "accept"), LOOKED_AT)
def test_what_a_key_without_the_scope_reads_tells_nothing(api: Api, matters: list[str], path: str, accept: str) -> None:
    key = unprivileged(api, f"reads {path} {accept}")

    answer = api.http.get(path, headers=key | {"Accept": accept})

    assert answer.status_code == 200
    assert answer.content
    assert tells(answer.text, matters) == []


def test_the_decision_that_told_of_a_deduplication_and_its_replay_tell_nothing(api: Api, matters: list[str]) -> None:
    key = unprivileged(api, "reads the decision")
    decision = api.get(f"/v1/accounts/{ACCOUNT}")["decision"]

    for path in (f"/v1/decisions/{decision['id']}", f"/v1/decisions/{decision['id']}/replay"):
        assert tells(api.http.get(path, headers=key).text, matters) == []
    assert tells(api.http.get(f"/v1/reviews/{decision['review_id']}", headers=key).text, matters) == []


def test_who_is_not_let_in_is_told_nothing_of_whether_there_are_matters(api: Api, matters: list[str]) -> None:
    key = unprivileged(api, "asks for matters")

    def problem(path: str) -> dict[str, Any]:
        answer: httpx.Response = api.http.get(path, headers=key)
        return hold_problem(answer, 403, "forbidden")

    unknown = "0198c0de-0000-7000-a000-000000000001"
    assert problem(f"/v1/conduct/{matters[0]}") == problem(f"/v1/conduct/{unknown}")
    assert problem("/v1/conduct") == problem(f"/v1/conduct?account_id={ACCOUNT}")


def test_an_account_with_matters_is_classified_as_one_without(api: Api, matters: list[str]) -> None:
    key = unprivileged(api, "classifies")
    changing = {"id", "account_id", "request_id", "recorded_at", "review_id", "facts"}
    changing |= {"previous_decision_id", "team_before"}
    bodies = []
    for account in (ACCOUNT, "blameless"):
        answer = api.http.post("/v1/classifications", json=request(id=account, **FACTS), headers=key)
        assert tells(answer.text, matters) == []
        bodies.append({name: value for name, value in answer.json().items() if name not in changing})

    assert bodies[0] == bodies[1]


def test_the_log_tells_nothing(api: Api, matters: list[str]) -> None:
    refused = {"account_executive": NAME, "account_id": ACCOUNT, "reason": REASON, "rule": "MOVE-9"}
    answer = api.http.post("/v1/conduct", json=refused)
    hold_problem(answer, 422, "invalid_request")

    api.log_of(answer.headers["x-request-id"])

    assert api.logged
    assert tells(str(api.logged), matters) == []


def test_measures_say_how_often_conduct_was_asked_about_to_keys_alone_that_may_ask(
    api: Api, matters: list[str]
) -> None:
    api.get(f"/v1/conduct/{matters[0]}")
    reader = api.key("scrapes", Scope.READ)

    def lines(headers: dict[str, str] | None = None) -> list[str]:
        return api.http.get("/metrics", headers=headers).text.splitlines()

    hidden = [line for line in lines() if "conduct" in line]
    assert {path for line in hidden for path in ("/v1/conduct", "/v1/conduct/{matter_id}") if f'"{path}"' in line} == {
        "/v1/conduct",
        "/v1/conduct/{matter_id}",
    }
    assert [line for line in lines(reader) if "conduct" in line] == []
    assert any('path="/v1/classifications"' in line for line in lines(reader))
