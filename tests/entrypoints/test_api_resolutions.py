"""Many reviews of one kind resolved in one request: each by itself, and answered as a batch is."""

from typing import Any

from tests.api import Api
from tests.entrypoints.test_api_disputes import disputed
from tests.problems import hold_problem

PATH = "/v1/reviews/resolutions"
VERDICT = {"segment": "SMB", "reason": "The register names 80 employees."}
NOBODY = "0198c0de-0000-7000-a000-0000000000ff"
PASSED: dict[str, Any] = {"df": 12, "zi": 700, "wrong": {"df": "One office only"}, "on": None}


def opened(api: Api, *accounts: str) -> list[str]:
    return [api.classify(id=account, **PASSED)["review_id"] for account in accounts]


def test_each_review_is_resolved_by_itself_and_answered_in_order(api: Api) -> None:
    first, closed, last = opened(api, "many-1", "many-2", "many-3")
    api.http.post(f"/v1/reviews/{closed}/resolution", json=VERDICT)

    answer = api.http.post(PATH, json=VERDICT | {"reviews": [first, NOBODY, closed, last, first]})

    results = answer.json()["results"]
    assert answer.status_code == 200
    assert [result["status"] for result in results] == [201, 404, 409, 201, 409]
    decided = [result["decision"] for result in results if result["status"] == 201]
    assert [(each["review_id"], each["team"], each["kind"]) for each in decided] == [
        (first, "SMB", "review"),
        (last, "SMB", "review"),
    ]
    assert closed in results[2]["problem"]["detail"]
    assert api.get("/v1/accounts/many-3")["decision"] == decided[1]


def test_disputes_are_resolved_together_but_not_with_reviews_of_counts(api: Api) -> None:
    disputes = [disputed(api, f"disputes-{number}")["id"] for number in range(2)]
    (of_counts,) = opened(api, "not-together")

    mixed = api.http.post(PATH, json=VERDICT | {"reviews": [*disputes, of_counts]})
    results = api.http.post(PATH, json=VERDICT | {"reviews": disputes}).json()["results"]

    problem = hold_problem(mixed, 422, "invalid_request")
    assert [error["pointer"] for error in problem["errors"]] == ["/reviews"]
    assert api.get(f"/v1/reviews/{of_counts}")["status"] == "open"
    assert [result["decision"]["review_id"] for result in results] == disputes
    assert [api.get(f"/v1/reviews/{each}")["status"] for each in disputes] == ["resolved"] * 2


def test_a_repeated_request_is_answered_as_the_first_time(api: Api) -> None:
    reviews = opened(api, *(f"repeated-{number}" for number in range(120)))
    body, key = VERDICT | {"reviews": reviews}, {"Idempotency-Key": "many-at-once"}

    first, again = (api.http.post(PATH, json=body, headers=key) for _ in range(2))

    assert {result["status"] for result in first.json()["results"]} == {201}
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")


def test_no_review_is_called_resolutions(api: Api) -> None:
    answer = api.http.get(PATH)

    hold_problem(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "POST"


def test_500_reviews_are_taken_and_no_more(api: Api) -> None:
    for reviews, status in (([NOBODY] * 500, 200), ([NOBODY] * 501, 422), ([], 422)):
        assert api.http.post(PATH, json=VERDICT | {"reviews": reviews}).status_code == status
    hold_problem(api.http.post(PATH, json=VERDICT | {"reviews": [NOBODY], "reason": "So."}), 422, "invalid_request")
