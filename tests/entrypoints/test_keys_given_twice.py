"""A key or a parameter that is given twice: one of the values would silently count, and a fact be lost."""

import json

import pytest

from tests.api import Api
from tests.commands import run_command
from tests.entrypoints.bad_requests import CLASSIFY, body
from tests.problems import hold_problem

JSON = {"Content-Type": "application/json"}
GOOD = json.dumps(body()).encode()
OTHER, ANOTHER = (json.dumps(body(("account", "id"), name)).encode() for name in ("other", "another"))
TWICE = "stands more than once in its object"


def again(key: str, value: str, text: bytes = GOOD) -> bytes:
    """The text, with a member before the first of that name."""
    return text.replace(f'"{key}":'.encode(), f'"{key}": {value}, "{key}":'.encode(), 1)


@pytest.mark.parametrize(
    ("content", "pointer"),
    [
        (again("region", '"APAC"'), "/account/region"),
        (again("employees", "12"), "/employee_counts/0/employees"),
        (again("account", "{}"), "/account"),
        (again("motion", '"outbound"'), "/motion"),
        (again("motion", '"outbound"', again("motion", "null")), "/motion"),
        (again("region", '"APAC"').replace(b'"region"', b'"re\\u0067ion"', 1), "/account/region"),
    ],
    ids=["in an object", "in a list", "an object", "at the top", "thrice", "escaped"],
)
@pytest.mark.parametrize("query", ["", "?dry_run=true"])
def test_a_body_with_a_key_twice_is_refused_at_the_key(
    both: tuple[Api, Api], content: bytes, pointer: str, query: str
) -> None:
    for api in both:
        before = api.rows()
        answer = api.http.post(f"{CLASSIFY}{query}", content=content, headers=JSON)
        problem = hold_problem(answer, 422, "invalid_request")
        assert [error["pointer"] for error in problem["errors"]] == [pointer]
        assert TWICE in problem["detail"]
        assert api.rows() == before


def test_an_item_of_a_batch_with_a_key_twice_is_refused_and_harms_no_other(both: tuple[Api, Api]) -> None:
    content = b'{"items": [' + b", ".join((GOOD, again("region", '"APAC"'), GOOD)) + b"]}"
    for api in both:
        results = api.http.post(f"{CLASSIFY}/batch", content=content, headers=JSON).json()["results"]
        assert [result["status"] for result in results] == [201, 422, 201]
        assert [error["pointer"] for error in results[1]["problem"]["errors"]] == ["/items/1/account/region"]


def test_a_batch_that_has_its_items_twice_is_refused_whole(both: tuple[Api, Api]) -> None:
    content = b'{"items": [' + GOOD + b'], "items": [' + GOOD + b"]}"
    for api in both:
        before = api.rows()
        problem = hold_problem(
            api.http.post(f"{CLASSIFY}/batch", content=content, headers=JSON), 422, "invalid_request"
        )
        assert [error["pointer"] for error in problem["errors"]] == ["/items"]
        assert api.rows() == before


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/v1/decisions?limit=1&limit=2", ["limit"]),
        ("/v1/decisions?team=SMB&team=MMKAFO&actor=a&actor=b&limit=1&limit=1", ["actor", "limit"]),
        ("/v1/decisions/export?team=SMB&team=MMKAFO", ["team"]),
        ("/v1/reviews?status=open&status=resolved&sort=oldest&sort=newest", ["sort"]),
    ],
)
def test_a_parameter_that_is_given_twice_is_refused(both: tuple[Api, Api], path: str, names: list[str]) -> None:
    for api in both:
        problem = hold_problem(api.http.get(path), 422, "invalid_request")
        assert [error["pointer"] for error in problem["errors"]] == names


@pytest.mark.parametrize(
    ("text", "number", "field"),
    [
        (OTHER + b"\n" + again("region", '"APAC"') + b"\n" + ANOTHER, 2, "/account/region"),
        (b"[" + OTHER + b"," + again("region", '"APAC"') + b"]", 2, "/account/region"),
        (b'{"items": [' + again("employees", "12") + b"]}", 1, "/employee_counts/0/employees"),
        (b'{"id": "a", "region": "EMEA", "region": "APAC"}\n{"id": "b", "region": "EMEA"}', 1, "/region"),
    ],
    ids=["lines", "a list", "items", "flat"],
)
def test_a_row_of_a_file_with_a_key_twice_is_rejected(text: bytes, number: int, field: str) -> None:
    ran = run_command("classify", "-", "--on", "2022-03-15", "--json", stdin=text)
    (rejected,) = json.loads(ran.stdout)["rejected"]
    assert ran.returncode == 1
    assert number in rejected.values()
    assert field in json.dumps(rejected)
    assert TWICE in json.dumps(rejected)


def test_a_document_that_has_its_items_twice_is_refused() -> None:
    text = b'{"items": [' + GOOD + b'], "items": []}'
    ran = run_command("classify", "-", "--on", "2022-03-15", stdin=text)
    assert ran.returncode == 2
    assert b"items more than once" in b" ".join(ran.stderr.split())
