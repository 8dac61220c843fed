"""How much a body may be: what its schema can need, and of its faults no more than anybody reads."""

import json
import re

import pytest

from tests.api import Api
from tests.builders import Request, request
from tests.problems import hold_problem
from tests.published import published

CLASSIFY = "/v1/classifications"
JSON = {"Content-Type": "application/json"}
TAKING_JSON = {
    (method, path): operation["requestBody"].get("description", "")
    for path, operations in published().document["paths"].items()
    for method, operation in operations.items()
    if "application/json" in operation.get("requestBody", {}).get("content", {})
}
BOUNDED = {
    asked: int(said[1].replace(",", ""))
    for asked, text in TAKING_JSON.items()
    if (said := re.match(r"At most ([\d,]+) bytes", text))
}


def test_every_body_says_its_bound_and_only_those_of_crms_and_batches_may_be_of_any_size() -> None:
    assert all(said.startswith("At most ") for said in TAKING_JSON.values())
    assert {path for _, path in TAKING_JSON.keys() - BOUNDED} == {
        f"{CLASSIFY}/batch",
        "/v1/webhooks/salesforce/change-events",
        "/v1/webhooks/events",
        "/v1/webhooks/hubspot",
    }


@pytest.mark.parametrize("asked", BOUNDED, ids=" ".join)
def test_a_body_may_be_as_large_as_the_document_says_and_no_larger(
    both: tuple[Api, Api], asked: tuple[str, str]
) -> None:
    method, path = asked
    url = re.sub(r"\{\w+\}", "0198c0de-0000-7000-a000-000000000001", path)

    answers = [
        both[0].http.request(method, url, content=b" " * (BOUNDED[asked] + more), headers=JSON) for more in (0, 1)
    ]

    hold_problem(answers[0], 400, "malformed_json")
    problem = hold_problem(answers[1], 413, "body_too_large")
    assert f"{BOUNDED[asked]:,} bytes" in problem["detail"]


def test_the_longest_request_that_is_valid_fits_however_it_is_written(both: tuple[Api, Api]) -> None:
    longest = "\U0001f600"
    whole = request(id="a" * 64, df=640)
    whole["account"]["name"] = longest * 200
    whole["employee_counts"] = [
        {"source": "third_party", "name": f"{number:03}" + longest * 197, "url": "https://" + longest * 992}
        | {"employees": 100_000_000, "observed_on": "2022-03-01", "wholly_wrong": True, "gap": longest * 1000}
        for number in range(50)
    ]
    text = json.dumps(whole, indent=8)
    assert len(text) > 1_300_000

    for api in both:
        answer = api.http.post(f"{CLASSIFY}?dry_run=true", content=text, headers=JSON)
        assert answer.status_code == 200, answer.text[:200]


def test_what_is_stated_of_a_count_is_as_long_as_the_document_says_and_no_longer(both: tuple[Api, Api]) -> None:
    for field, text in (("gap", "x" * 1000), ("url", "https://".ljust(1000, "x"))):
        for api in both:
            longest, longer = (stating(field, stated) for stated in (text, f"{text}x"))

            results = api.http.post(f"{CLASSIFY}/batch", json={"items": [longest, longer]}).json()["results"]
            problem = hold_problem(api.http.post(CLASSIFY, json=longer), 422, "invalid_request")

            assert [result["status"] for result in results] == [201, 422]
            (fault,) = problem["errors"]
            assert fault["pointer"] == f"/employee_counts/0/{field}"
            assert "at most 1000 characters" in fault["detail"]


def test_what_was_recorded_longer_is_answered_as_it_was(both: tuple[Api, Api], monkeypatch: pytest.MonkeyPatch) -> None:
    longer = stating("gap", "x" * 4000)
    longer["employee_counts"][0]["url"] = "https://".ljust(2000, "x")
    for api in both:
        with monkeypatch.context() as before:
            before.setattr("service.domain.facts.LONGEST_STATED", {})
            recorded = api.http.post(CLASSIFY, json=longer).json()

        assert recorded["facts"]["employee_counts"][0].items() >= longer["employee_counts"][0].items()
        for path in (f"decisions/{recorded['id']}", f"decisions/{recorded['id']}/what-if", "accounts/long"):
            assert api.http.get(f"/v1/{path}").status_code == 200
        assert api.get(f"/v1/decisions/{recorded['id']}/replay")["agrees"] is True


def stating(field: str, text: str) -> Request:
    whole = request(id="long", zi=640)
    passed = {"source": "datafox", "employees": 12, "wholly_wrong": True, "gap": "A namesake"}
    whole["employee_counts"].insert(0, passed | {field: text})
    return whole


FLOODS = {
    "unknown keys": "{" + ",".join(f'"k{number}":0' for number in range(100_000)) + "}",
    "bad counts": '{"account":{"id":"a"},"employee_counts":[' + ",".join(['{"a":1}'] * 150_000) + "]}",
    "numbers for counts": '{"account":{"id":"a"},"employee_counts":[' + ",".join("0" * 680_000) + "]}",
    "unknown keys deep within": '{"account":{"size_cleanup":{' + ",".join(f'"k{n}":0' for n in range(100_000)) + "}}}",
}


@pytest.mark.parametrize("title", FLOODS)
def test_a_body_with_more_in_it_than_a_request_has_is_refused_unread(both: tuple[Api, Api], title: str) -> None:
    for api in both:
        before = api.rows()

        problem = hold_problem(api.http.post(CLASSIFY, content=FLOODS[title], headers=JSON), 422, "invalid_request")

        assert [error["pointer"] for error in problem["errors"]] == [""]
        assert "1,422 fields and items" in problem["detail"]
        assert api.rows() == before


def test_commas_in_a_text_are_no_fields(both: tuple[Api, Api]) -> None:
    counts = [{"source": "third_party", "name": "N", "employees": 1, "wholly_wrong": True, "gap": r"\"," * 333}]
    whole = request(id="commas", df=640)
    whole["employee_counts"] += [counts[0] | {"name": f"Filing {number}"} for number in range(12)]

    assert both[0].http.post(f"{CLASSIFY}?dry_run=true", json=whole).status_code == 200


def test_up_to_a_hundred_faults_are_told_and_all_are_counted(both: tuple[Api, Api]) -> None:
    whole = request(df=640) | {"employee_counts": [{"a": 1}] * 500}

    problem = hold_problem(both[0].http.post(CLASSIFY, json=whole), 422, "invalid_request")

    assert len(problem["errors"]) == 100
    assert "(and 999 more)" in problem["detail"]


BATCH_FLOODS = {
    "a million items": '{"items":[' + ",".join("0" * 1_000_000) + "]}",
    "an item without end": '{"items":[{' + ",".join(f'"k{number}":0' for number in range(300_000)) + "}]}",
    "brackets alone": '{"items":[' + "[" * 4_000_000,
    "a text": '{"items":["' + "a" * 8_000_000 + '"]}',
}


@pytest.mark.parametrize("title", BATCH_FLOODS)
def test_a_batch_with_more_in_it_than_batches_have_is_refused_whole(both: tuple[Api, Api], title: str) -> None:
    answer = both[0].http.post(f"{CLASSIFY}/batch", content=BATCH_FLOODS[title], headers=JSON)

    if title == "a million items":
        hold_problem(answer, 422, "invalid_request")
    else:
        problem = hold_problem(answer, 400, "malformed_json")
        assert [error["pointer"] for error in problem["errors"]] == ["/items/0"]


def test_an_item_with_too_much_in_it_harms_no_other(both: tuple[Api, Api]) -> None:
    flood = {"account": {f"k{number}": 0 for number in range(1500)}}
    for api in both:
        answer = api.http.post(f"{CLASSIFY}/batch", json={"items": [request(id="beside", df=640), flood]})

        good, bad = answer.json()["results"]
        assert (good["status"], bad["status"]) == (201, 422)
        assert [error["pointer"] for error in bad["problem"]["errors"]] == ["/items/1"]


@pytest.mark.parametrize(
    "text",
    [
        ' {\n "items" :\t[ {0} ,\r\n{0} ] } ',
        '{"it\\u0065ms": [{0},{0}]}',
        '{"items":[{0},{0}]}',
    ],
    ids=["with blanks", "with an escape", "without blanks"],
)
def test_a_batch_may_be_written_in_every_way_that_json_allows(both: tuple[Api, Api], text: str) -> None:
    item = json.dumps(request(id="written", df=640) | {"dedup_requested_by": '] } , "[{'}, indent=1)

    answer = both[0].http.post(f"{CLASSIFY}/batch", content=text.replace("{0}", item), headers=JSON)

    assert [result["status"] for result in answer.json()["results"]] == [201, 201]


@pytest.mark.parametrize(
    "text",
    ['{"items":[{0},]}', '{"items":[{0}', '{"items":[{0}]', '{"items":[{0}}]', '{"items":[{0}] 1}', '{"items":[,{0}]}'],
)
@pytest.mark.parametrize("count", [1, 500], ids=["short", "long"])
def test_a_batch_that_is_no_json_is_taken_for_none(both: tuple[Api, Api], text: str, count: int) -> None:
    items = ",".join([json.dumps(request(id="broken", df=640))] * count)
    before = both[0].rows()

    answer = both[0].http.post(f"{CLASSIFY}/batch", content=text.replace("{0}", items), headers=JSON)

    hold_problem(answer, 400, "malformed_json")
    assert both[0].rows() == before
