"""A conduct matter is about a person, by whatever they are called, before they are on record and after (MOVE-4)."""

from typing import Any

import httpx
import pytest

from tests.api import Api
from tests.builders import request
from tests.problems import hold_problem

PATH = "/v1/conduct"
USER = "005000000000ABCAA2"


def put(api: Api, person_id: str, **said: Any) -> None:  # noqa: ANN401 - JSON
    person = {"name": f"Sample {person_id}", "role": "ae", "active_from": "2022-02-01"} | said
    answer = api.http.put(f"/v1/people/{person_id}", json=person)
    assert answer.status_code in {200, 201}, answer.text


def report(api: Api, named: str, day: str = "2022-06-01", **said: str) -> httpx.Response:
    body = {"account_executive": named, "account_id": "watched", "reason": "It was worked on.", "occurred_on": day}
    return api.http.post(PATH, json=body | said)


def of(api: Api, named: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = api.get(PATH, account_executive=named)["items"]
    return items


@pytest.fixture(autouse=True)
def watched(api: Api) -> None:
    api.classify(id="watched", df=640, max_family_employees=640)


def test_a_person_is_one_by_id_email_user_and_name_before_they_are_on_record_and_after(api: Api) -> None:
    told = ("sample  JOINED", "joined@example.com", USER, USER[:15])
    for day, named in enumerate(told, start=1):
        assert report(api, named, f"2022-06-0{day}").status_code == 201
    assert [each["ignored_moves_in_fiscal_year"] for each in of(api, "Sample Joined")] == [1]

    put(api, "joined-1", name="Sample Joined", email="Joined@example.com", crm_user_id=USER)
    assert report(api, "JOINED-1", "2022-06-05").status_code == 201

    for named in (*told, "joined-1"):
        listed = of(api, named)
        assert [each["account_executive"] for each in listed] == ["JOINED-1", *reversed(told)]
        assert {(each["ignored_moves_in_fiscal_year"], each["flagged"]) for each in listed} == {(5, True)}
    page = api.http.get(PATH, params={"account_executive": "joined-1", "limit": 2})
    rest = api.http.get(page.links["next"]["url"]).json()["items"]
    assert [each["occurred_on"] for each in rest] == ["2022-06-03", "2022-06-02"]


def test_an_incident_that_is_told_again_by_another_of_their_names_is_the_same(api: Api) -> None:
    first = report(api, "Sample Again")
    put(api, "again-1", name="Sample Again", email="again@example.com")

    again = [report(api, named, reason="Told anew.") for named in ("again-1", "again@example.com")]

    assert [(answer.status_code, answer.json()) for answer in again] == [(200, first.json())] * 2
    body = request(id="again-dup", df=640, created=None, motion="outbound")
    for named in ("Sample Again", "again-1", "again@example.com"):
        api.classify(body | {"dedup_requested_by": named})
    assert len(api.get(PATH, account_id="again-dup")["items"]) == 1


def test_a_name_of_several_people_is_refused_by_its_field(api: Api) -> None:
    before = report(api, "Sample Twin").json()
    for number in (1, 2):
        put(api, f"twin-{number}", name="Sample Twin")
    rows = api.rows()

    told = hold_problem(report(api, "sample twin"), 422, "several_people")
    asked = hold_problem(api.http.get(PATH, params={"account_executive": "Sample Twin"}), 422, "several_people")
    body = request(id="twin-dup", df=640, created=None, motion="outbound") | {"dedup_requested_by": "Sample Twin"}
    alone = hold_problem(api.http.post("/v1/classifications", json=body), 422, "several_people")
    many = api.http.post("/v1/classifications/batch", json={"items": [body, request(id="twin-other", df=60)]}).json()

    assert [each["errors"][0]["pointer"] for each in (told, asked, alone)] == [
        "/account_executive",
        "account_executive",
        "/dedup_requested_by",
    ]
    assert many["results"][0]["problem"]["errors"][0]["pointer"] == "/items/0/dedup_requested_by"
    assert many["results"][1]["status"] == 201
    assert api.rows()["conduct_matters"] == rows["conduct_matters"]
    assert of(api, "twin-1") == []
    assert api.get(f"{PATH}/{before['id']}")["account_executive"] == "Sample Twin"


def test_a_name_is_that_of_who_had_it_on_the_day_and_stays_theirs_when_they_have_left(api: Api) -> None:
    put(api, "left-1", name="Sample Heir", active_until="2023-02-01")
    put(api, "heir-1", name="Sample Heir", active_from="2023-02-01")
    for named, day in (("Sample Heir", "2022-06-01"), ("left-1", "2022-06-02"), ("Sample Heir", "2023-06-01")):
        assert report(api, named, day).status_code == 201

    assert [each["occurred_on"] for each in of(api, "left-1")] == ["2022-06-02", "2022-06-01"]
    assert {each["ignored_moves_in_fiscal_year"] for each in of(api, "left-1")} == {2}
    assert [each["occurred_on"] for each in of(api, "Sample Heir")] == ["2023-06-01"]


def test_whoever_takes_another_name_stays_the_same(api: Api) -> None:
    put(api, "named-1", name="Sample Before", active_until="2022-08-01")
    put(api, "named-1", name="Sample After", active_from="2022-08-01")
    for named, day in (
        ("Sample Before", "2022-06-01"),
        ("Sample After", "2022-09-01"),
        ("Sample Before", "2022-09-02"),
    ):
        assert report(api, named, day).status_code == 201

    assert {each["ignored_moves_in_fiscal_year"] for each in of(api, "Sample Before")} == {3}
    assert of(api, "Sample After") == of(api, "named-1")
