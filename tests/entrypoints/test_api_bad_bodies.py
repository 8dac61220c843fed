"""Bodies that are refused: with the field at fault named, alike on both databases, and with nothing recorded."""

import json
from typing import Any

import pytest

from tests.api import Api
from tests.entrypoints.bad_requests import CLASSIFY, FACTS, NOT_JSON, WRONG_SHAPE, Bad, body
from tests.problems import hold_problem

BATCH = f"{CLASSIFY}/batch"


@pytest.mark.parametrize("bad", [*FACTS, *NOT_JSON, *WRONG_SHAPE], ids=lambda bad: bad.title)
@pytest.mark.parametrize("query", ["", "?dry_run=true"])
def test_a_bad_body_is_refused_at_its_field(both: tuple[Api, Api], bad: Bad, query: str) -> None:
    on_sqlite, on_postgres = (_refused(api, bad, f"{bad.path}{query}") for api in both)

    assert on_sqlite == on_postgres
    assert bad.names in [error["pointer"] for error in on_sqlite["errors"]]


def _refused(api: Api, bad: Bad, path: str) -> dict[str, Any]:
    before, request_id = api.rows(), f"bad-{len(api.logged)}"
    answer = api.http.request(
        bad.method, path, content=bad.content, headers={"Content-Type": "application/json", "X-Request-ID": request_id}
    )
    problem = hold_problem(answer, bad.status, bad.code)
    assert api.rows() == before
    assert [line["event"] for line in api.log_of(request_id)] == ["request"]
    assert len(answer.content) < 8_000
    return problem


def test_bad_items_of_a_batch_are_refused_one_by_one_and_harm_no_other(both: tuple[Api, Api]) -> None:
    items = [json.loads(bad.content or b"") for bad in FACTS]
    good = [body(("account", "id"), f"good-{place}") for place in range(2)]

    for api in both:
        before = api.rows()["decisions"]
        answer = api.http.post(BATCH, json={"items": [good[0], *items, good[1]]})
        first, *refused, last = answer.json()["results"]

        assert (first["status"], last["status"]) == (201, 201)
        assert last["decision"]["account_id"] == "good-1"
        for place, (bad, result) in enumerate(zip(FACTS, refused, strict=True), start=1):
            assert result["status"] == 422, bad.title
            assert result["problem"]["type"] == f"urn:chalkline:problem:{bad.code}", bad.title
            assert f"/items/{place}{bad.names}" in [error["pointer"] for error in result["problem"]["errors"]]
        assert api.rows()["decisions"] == before + 2


@pytest.mark.parametrize("bad", NOT_JSON, ids=lambda bad: bad.title)
def test_a_batch_that_is_not_json_is_refused_whole(both: tuple[Api, Api], bad: Bad) -> None:
    api = both[0]
    content = b'{"items": [{}, ' + (bad.content or b"[") + b"]}"
    before = api.rows()

    answer = api.http.post(BATCH, content=content, headers={"Content-Type": "application/json"})

    hold_problem(answer, 400, "malformed_json")
    assert api.rows() == before


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (b"{}", "/items"),
        (b"[]", "/items"),
        (b'{"items": {}}', "/items"),
        (b'{"items": []}', "/items"),
        (json.dumps({"items": [{}] * 1001}).encode(), "/items"),
        (b'{"items": [{}], "more": 1}', "/more"),
        (b'{"items": [{}], "a/b~": 1}', "/a~1b~0"),
        (json.dumps({"items": [{}], "x" * 100_000: 1}).encode(), "/" + "x" * 199),
    ],
    ids=["no items", "a list", "an object", "none", "1,001", "an unknown field", "an odd one", "a long one"],
)
def test_a_batch_of_the_wrong_shape_is_refused_whole(both: tuple[Api, Api], content: bytes, names: str) -> None:
    answers = [api.http.post(BATCH, content=content, headers=_JSON) for api in both]

    for answer in answers:
        problem = hold_problem(answer, 422, "invalid_request")
        assert names in [error["pointer"] for error in problem["errors"]]
        assert len(answer.content) < 2_000


def test_a_batch_of_bad_items_alone_is_answered_and_records_nothing(both: tuple[Api, Api]) -> None:
    for api in both:
        before = api.rows()
        answer = api.http.post(BATCH, json={"items": [1, None, "text", [], {}]})
        assert [result["status"] for result in answer.json()["results"]] == [422] * 5
        assert api.rows() == before


_JSON = {"Content-Type": "application/json"}


def test_a_thousand_faults_are_told_in_a_bounded_answer(both: tuple[Api, Api]) -> None:
    whole = body() | {f"unknown_{number}": 1 for number in range(1000)}

    problem = hold_problem(both[0].http.post(CLASSIFY, json=whole), 422, "invalid_request")

    assert len(problem["errors"]) == 100
    assert "999 more" in problem["detail"]
