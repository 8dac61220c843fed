"""A request sent again with its key is answered as the first time, and recorded once."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from service.domain.decision import RecordedDecision
from service.entrypoints.api.recording import record_one
from service.store.decisions import find_decision
from service.store.once import Answer, IdempotencyKey
from tests.api import Api, serving
from tests.builders import request
from tests.problems import hold_problem
from tests.store.jobs import recording, submission

CLASSIFY = "/v1/classifications"
BATCH = f"{CLASSIFY}/batch"
NEEDS_REVIEW: dict[str, Any] = {"df": 12, "wrong": {"df": "Counts one office"}}


def keyed(key: str, **headers: str) -> dict[str, str]:
    return {"Idempotency-Key": key} | headers


def test_twenty_requests_at_once_with_one_key_record_one_decision(fresh_api: Api) -> None:
    def post(_: int) -> httpx.Response:
        return fresh_api.http.post(CLASSIFY, json=request(df=640), headers=keyed("once"))

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(post, range(20)))

    created = [answer for answer in answers if answer.status_code == 201]
    for answer in set(answers) - set(created):
        hold_problem(answer, 409, "idempotency_key_in_flight")
        assert int(answer.headers["retry-after"]) >= 1
    assert len({(answer.content, answer.headers["location"]) for answer in created}) == 1
    assert sum("idempotent-replayed" not in answer.headers for answer in created) == 1
    assert (fresh_api.rows()["decisions"], fresh_api.rows()["idempotency_keys"]) == (1, 1)


def test_the_same_request_gets_the_first_answer_byte_for_byte(api: Api) -> None:
    body = request(id="same", df=640)
    first = api.http.post(CLASSIFY, json=body, headers=keyed("same"))
    api.clock.advance(days=7)
    rows = api.rows()

    again = api.http.post(CLASSIFY, json=body, headers=keyed("same"))

    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["location"] == first.headers["location"] == f"/v1/decisions/{first.json()['id']}"
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert api.rows() == rows


def test_a_key_does_not_serve_for_another_request(api: Api) -> None:
    api.http.post(CLASSIFY, json=request(id="other", df=640), headers=keyed("other"))
    rows = api.rows()

    for path, body in (
        (CLASSIFY, request(id="other", df=641)),
        (BATCH, {"items": [request(id="other", df=640)]}),
    ):
        hold_problem(api.http.post(path, json=body, headers=keyed("other")), 422, "idempotency_key_reused")
    assert api.rows() == rows


@pytest.mark.parametrize("path", [CLASSIFY, BATCH])
def test_a_restarted_service_still_gives_the_first_answer(database_url: str, path: str) -> None:
    body = request(df=640, name="Ünïcödé 株式会社") if path == CLASSIFY else {"items": [request(df=640), {}]}
    with serving(database_url, key="first") as before:
        authorization = before.http.headers["Authorization"]
        first = before.http.post(path, json=body, headers=keyed("restart"))

    with serving(database_url, key="second") as after:
        again = after.http.post(path, json=body, headers=keyed("restart", Authorization=authorization))
        rows = after.rows()

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert (rows["decisions"], rows["idempotency_keys"]) == (1, 1)


def test_keys_belong_to_their_caller(api: Api) -> None:
    one, other = api.key("one caller"), api.key("other caller")
    body = request(id="scoped", df=640)

    first = api.http.post(CLASSIFY, json=body, headers=keyed("scoped", **one))
    second = api.http.post(CLASSIFY, json=request(id="scoped", df=650), headers=keyed("scoped", **other))

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["actor"] == "one caller"
    assert second.json()["previous_decision_id"] == first.json()["id"]


def test_a_rotated_key_is_still_the_same_caller(api: Api) -> None:
    old = api.key("rotated caller")
    body = request(id="rotated", df=640)
    first = api.http.post(CLASSIFY, json=body, headers=keyed("rotated", **old))
    new = api.rotated("rotated caller")

    again = api.http.post(CLASSIFY, json=body, headers=keyed("rotated", **new))

    assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")


def test_a_dry_run_records_nothing_and_keeps_no_key(api: Api) -> None:
    rows = api.rows()
    body = request(id="dry", **NEEDS_REVIEW)

    tried = api.http.post(f"{CLASSIFY}?dry_run=true", json=body, headers=keyed("dry"))
    again = api.http.post(f"{CLASSIFY}?dry_run=true", json=body | {"motion": "outbound"}, headers=keyed("dry"))

    assert (tried.status_code, again.status_code) == (200, 200)
    assert "location" not in tried.headers
    assert api.rows() == rows
    recorded = api.http.post(CLASSIFY, json=body, headers=keyed("dry"))
    assert recorded.status_code == 201
    differ = {name for name, value in recorded.json().items() if tried.json()[name] != value}
    assert differ == {"id", "recorded_at", "request_id", "review_id"}


def test_a_refused_request_does_not_use_up_its_key(api: Api) -> None:
    too_early = request(id="used-up", df=640) | {"effective_on": "2022-01-31"}
    hold_problem(api.http.post(CLASSIFY, json=too_early, headers=keyed("used-up")), 422, "no_policy_in_force")
    hold_problem(api.http.post(CLASSIFY, json={}, headers=keyed("used-up")), 422, "invalid_request")

    assert api.http.post(CLASSIFY, json=request(id="used-up", df=640), headers=keyed("used-up")).status_code == 201


def test_a_resolution_sent_again_gets_the_first_answer(api: Api) -> None:
    opened = api.classify(id="resolved-twice", third=[640], df=12, wrong={"df": "Counts one office"})
    path, verdict = f"/v1/reviews/{opened['review_id']}/resolution", {"segment": "MM", "reason": "The filing."}
    first = api.http.post(path, json=verdict, headers=keyed("resolved-twice"))
    rows = api.rows()

    again = api.http.post(path, json=verdict, headers=keyed("resolved-twice"))
    other = api.http.post(path, json=verdict | {"segment": "SMB"}, headers=keyed("resolved-twice"))

    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    hold_problem(other, 422, "idempotency_key_reused")
    assert api.rows() == rows


def test_an_answer_is_written_after_the_commit_and_only_for_a_key_that_keeps_it_within(database_url: str) -> None:
    durable: list[bool] = []

    async def record() -> None:
        async with recording(database_url) as database:
            asked: Any = SimpleNamespace(
                app=SimpleNamespace(state=SimpleNamespace(context=SimpleNamespace(database=database)))
            )

            def answer(made: RecordedDecision) -> Answer:
                durable.append(find_decision(database.engine, made.id) is not None)
                return Answer(b"{}")

            await record_one(asked, submission("without"), None, answer, 201)
            await record_one(asked, submission("with"), IdempotencyKey("crm", "key", "fingerprint"), answer, 201)

    asyncio.run(record())

    assert durable == [True, False]
