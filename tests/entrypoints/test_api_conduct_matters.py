"""Conduct matters: reported, listed, and flagged when they are too many for one fiscal year (MOVE-4, ROUTE-5)."""

from typing import Any

import pytest

from tests.api import Api
from tests.builders import request
from tests.entrypoints.follow_ups import FIRST_ORDER
from tests.problems import hold_problem

PATH = "/v1/conduct"


def matter(**stated: Any) -> dict[str, Any]:  # noqa: ANN401 - any field of the request
    return {
        "account_executive": "Sample AE",
        "account_id": "watched",
        "rule": "MOVE-1",
        "reason": "It was found to be small, and was worked on all the same.",
        "occurred_on": "2022-05-20",
    } | stated


def report(api: Api, **stated: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    answer = api.http.post(PATH, json=matter(**stated))
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"{PATH}/{answer.json()['id']}"
    body: dict[str, Any] = answer.json()
    return body


@pytest.fixture(autouse=True)
def watched(api: Api) -> dict[str, Any]:
    """The account that matters are about, as it stands."""
    return api.classify(id="watched", **FIRST_ORDER)


def test_a_matter_is_recorded_about_the_account_as_it_stands_and_changes_nothing_there(
    api: Api, watched: dict[str, Any]
) -> None:
    reported = report(api, account_executive="Sample AE one")

    assert (reported["kind"], reported["rule"], reported["fiscal_year"]) == ("ignored_move", "MOVE-1", 2023)
    assert (reported["decision_id"], reported["reported_by"]) == (watched["id"], "tester")
    found = api.get(f"{PATH}/{reported['id']}")
    assert {name: found[name] for name in reported} == reported
    assert (found["ignored_moves_in_fiscal_year"], found["flagged"]) == (1, False)
    assert api.get("/v1/accounts/watched")["decision"] == watched


def test_the_years_of_an_ae_are_counted_apart(api: Api) -> None:
    name = "Sample AE of two years"
    days = ("2023-01-30", "2023-01-31", "2023-02-01", "2023-02-02")
    for day in days:
        report(api, account_executive=name, occurred_on=day)

    listed = api.get(PATH, account_executive=name)["items"]
    assert [(item["fiscal_year"], item["flagged"]) for item in listed] == [(2024, False)] * 2 + [(2023, False)] * 2

    report(api, account_executive=name, occurred_on="2023-01-29")
    flagged = {item["fiscal_year"]: item["flagged"] for item in api.get(PATH, account_executive=name)["items"]}
    assert flagged == {2023: True, 2024: False}
    of_2024 = api.get(PATH, account_executive=name, fiscal_year=2024)["items"]
    assert [item["occurred_on"] for item in of_2024] == ["2023-02-02", "2023-02-01"]


def test_another_ae_is_not_flagged_for_the_moves_of_one(api: Api) -> None:
    for day in ("2022-05-01", "2022-05-02", "2022-05-03"):
        report(api, account_executive="Sample AE often", occurred_on=day)
    other = report(api, account_executive="Sample AE once")

    assert api.get(f"{PATH}/{other['id']}")["flagged"] is False


def test_a_deduplication_that_a_classification_tells_of_is_a_matter_that_counts_as_no_ignored_move(api: Api) -> None:
    name = "Sample AE of duplicates"
    bodies = [
        request(id=f"duplicate-{number}", df=640, created=None, motion="outbound") | {"dedup_requested_by": name}
        for number in range(3)
    ]
    decisions = [api.classify(body) for body in bodies]
    plain = api.classify(request(id="duplicate-0", df=640, created=None, motion="outbound"))

    listed = api.get(PATH, account_executive=name)["items"]
    assert [item["decision_id"] for item in listed] == [decision["id"] for decision in decisions[::-1]]
    for item in listed:
        assert (item["kind"], item["rule"], item["reason"]) == ("deduplication", "ROUTE-5", None)
        assert (item["ignored_moves_in_fiscal_year"], item["flagged"]) == (0, True)
    assert (plain["team"], plain["explanation"]) == (decisions[0]["team"], decisions[0]["explanation"])


def test_a_deduplication_that_two_classifications_of_a_day_tell_of_is_one_incident(api: Api) -> None:
    name = "Sample AE of one duplicate twice"
    body = request(id="twice", df=640, created=None, motion="outbound") | {"dedup_requested_by": name}
    first, _ = api.classify(body), api.classify(body | {"dedup_requested_by": name.upper()})

    (listed,) = api.get(PATH, account_id="twice")["items"]
    assert listed["decision_id"] == first["id"]
    again = api.http.post(
        PATH, json=matter(account_id="twice", rule="ROUTE-5", account_executive=name, occurred_on=None)
    )
    assert (again.status_code, again.json()["id"]) == (200, listed["id"])


def test_matters_are_listed_newest_first_by_what_is_asked_for_and_in_pages(api: Api) -> None:
    api.classify(id="listed", **FIRST_ORDER)
    ids = [
        report(api, account_id="listed", rule=rule, account_executive=name)["id"]
        for rule, name in (("MOVE-1", "Sample AE A"), ("ROUTE-5", "Sample AE B"), ("MOVE-2", "Sample AE A"))
    ][::-1]

    def listed(**asked: str | int) -> list[str]:
        return [item["id"] for item in api.get(PATH, account_id="listed", **asked)["items"]]

    assert listed() == ids
    assert listed(kind="deduplication") == ids[1:2]
    assert listed(account_executive="Sample AE A") == [ids[0], ids[2]]
    assert listed(fiscal_year=2022) == []
    page = api.http.get(PATH, params={"account_id": "listed", "limit": 2})
    rest = api.http.get(page.links["next"]["url"])
    assert [item["id"] for item in page.json()["items"] + rest.json()["items"]] == ids
    assert "next" not in rest.links


@pytest.mark.parametrize(
    ("stated", "status", "code", "names"),
    [
        ({"account_id": "nobody"}, 404, "not_found", None),
        ({"occurred_on": "2026-01-06"}, 422, "day_to_come", "/occurred_on"),
        ({"occurred_on": "2022-01-31"}, 422, "no_policy_in_force", "/occurred_on"),
        ({"rule": "MOVE-3"}, 422, "invalid_request", "/rule"),
        ({"reason": ""}, 422, "invalid_request", "/reason"),
        ({"account_executive": None}, 422, "invalid_request", "/account_executive"),
        ({"flagged": True}, 422, "invalid_request", "/flagged"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_matter_that_cannot_be_is_refused(
    api: Api, stated: dict[str, Any], status: int, code: str, names: str | None
) -> None:
    rows = api.rows()

    problem = hold_problem(api.http.post(PATH, json=matter(**stated)), status, code)

    assert [error["pointer"] for error in problem.get("errors", [])] == ([] if names is None else [names])
    assert api.rows() == rows


def test_a_matter_sent_again_with_its_key_is_recorded_once(api: Api) -> None:
    key = {"Idempotency-Key": "matter"}
    first = api.http.post(PATH, json=matter(), headers=key)
    rows = api.rows()

    again = api.http.post(PATH, json=matter(), headers=key)

    assert (again.status_code, again.content, again.headers["idempotent-replayed"]) == (201, first.content, "true")
    hold_problem(api.http.post(PATH, json=matter(rule="MOVE-2"), headers=key), 422, "idempotency_key_reused")
    assert api.rows() == rows
