"""Inbound requests and web direct purchases, asked about over HTTP."""

from datetime import date
from typing import Any

import pytest

from tests.api import Api
from tests.problems import hold_problem

HOURS = {"time_zone": "Europe/Berlin", "days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "until": "17:00"}
TICKET = {
    "customer": True,
    "net_arr_affected": False,
    "needs_sales_manager": False,
    "received_at": "2022-03-15T10:00:00Z",
    "support_hours": HOURS,
}
PURCHASE = {"account_id": "web-1", "purchased_on": "2022-03-15"}


def test_who_takes_a_request_is_said_with_why(api: Api) -> None:
    answer = api.http.post("/v1/support-requests/triage", json=TICKET)

    assert answer.status_code == 200
    assert (answer.json()["taken_by"], answer.json()["for_sales_owner"]) == ("support", False)
    assert {each["citation"]["heading"] for each in answer.json()["explanation"]} == {"Inbound Queue Management"}


def test_nothing_stated_is_unknown_and_says_what_is_missing(api: Api) -> None:
    found = api.http.post("/v1/support-requests/triage", json={}).json()

    assert (found["taken_by"], found["for_sales_owner"]) == (None, None)
    assert found["missing_facts"] == [*(name for name in ("received_at", "breaches_at", "support_hours")), *SALES]


SALES = ["customer", "net_arr_affected", "needs_sales_manager"]


@pytest.mark.parametrize(
    ("hours", "pointer"),
    [
        ({"time_zone": "Mars/Olympus"}, "/support_hours/time_zone"),
        ({"time_zone": "../../etc/passwd"}, "/support_hours/time_zone"),
        ({"time_zone": ""}, "/support_hours/time_zone"),
        ({"days": []}, "/support_hours/days"),
        ({"days": ["someday"]}, "/support_hours/days/0"),
        ({"from": "9:00"}, "/support_hours/from"),
        ({"until": "24:00"}, "/support_hours/until"),
        ({"lunch": "12:00"}, "/support_hours/lunch"),
    ],
)
def test_hours_that_cannot_be_meant_are_refused_by_their_field(api: Api, hours: dict[str, Any], pointer: str) -> None:
    answer = api.http.post("/v1/support-requests/triage", json=TICKET | {"support_hours": HOURS | hours})

    assert [error["pointer"] for error in hold_problem(answer, 422, "invalid_request")["errors"]] == [pointer]


def test_open_opportunities_that_are_on_record_are_looked_at_beside_those_that_are_sent(api: Api) -> None:
    api.classify(id="web-1", df=60, on=date(2022, 3, 1))
    for opportunity, stage in (("opp-open", "Discovery"), ("opp-closed", "Closed Won")):
        body = {"opportunity_id": opportunity, "account_id": "web-1", "stage": stage, "title": opportunity}
        assert api.http.post("/v1/opportunities/duties?record=true", json=body).status_code == 201
    sent = {"open_opportunities": [{"opportunity_id": "opp-sent"}]}

    unseen = api.http.post("/v1/web-directs/check", json=PURCHASE).json()
    seen = api.http.post("/v1/web-directs/check", json=PURCHASE | sent).json()
    said = api.http.post("/v1/web-directs/check", json=PURCHASE | sent | {"duplicate": False}).json()

    assert (unseen["next"], [each["opportunity_id"] for each in unseen["candidates"]]) == (
        "look_at_opportunities",
        ["opp-open"],
    )
    assert [(each["opportunity_id"], each["recorded"]) for each in seen["candidates"]] == [
        ("opp-open", True),
        ("opp-sent", False),
    ]
    assert (seen["next"], said["next"]) == ("say_if_duplicate", "reach_out")


def test_what_a_person_says_of_a_purchase_is_kept_with_what_was_known_then(api: Api) -> None:
    api.classify(id="web-2", df=60, on=date(2022, 3, 1))
    body = PURCHASE | {"account_id": "web-2", "open_opportunities": [{"opportunity_id": "opp-sent"}]}
    headers = {"Idempotency-Key": "web-2"}
    path = "/v1/web-directs/check?record=true"
    unsaid = api.http.post(path, json=body)
    said = api.http.post(path, json=body | {"duplicate": True}, headers=headers)
    again = api.http.post(path, json=body | {"duplicate": True}, headers=headers)

    page = api.http.get("/v1/web-directs?account_id=web-2&limit=1")
    rest = api.http.get(page.links["next"]["url"])

    assert (unsaid.status_code, said.status_code, again.content) == (201, 201, said.content)
    assert page.json()["items"] + rest.json()["items"] == [said.json(), unsaid.json()]
    assert [each["next"] for each in (unsaid.json(), said.json())] == ["say_if_duplicate", None]
    assert said.headers["Location"] == "/v1/web-directs?account_id=web-2"


def test_a_purchase_of_nobody_or_to_come_is_not_kept(api: Api) -> None:
    path = "/v1/web-directs/check?record=true"

    hold_problem(api.http.post(path, json=PURCHASE | {"account_id": "nobody"}), 404, "not_found")
    hold_problem(api.http.post(path, json=PURCHASE | {"purchased_on": "2999-01-01"}), 422, "day_to_come")


@pytest.mark.parametrize(
    ("stated", "pointer"),
    [
        ({"account_id": "no id"}, "/account_id"),
        ({"purchased_on": "15.3.2022"}, "/purchased_on"),
        ({"open_opportunities": ["opp-1"]}, "/open_opportunities/0"),
        ({"duplicate": "no"}, "/duplicate"),
    ],
)
def test_a_purchase_that_cannot_be_meant_is_refused_by_its_field(
    api: Api, stated: dict[str, Any], pointer: str
) -> None:
    answer = api.http.post("/v1/web-directs/check", json=PURCHASE | stated)

    assert [error["pointer"] for error in hold_problem(answer, 422, "invalid_request")["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("path", "stated", "says"),
    [
        ("/v1/support-requests/triage", {"support_hours": HOURS | {"days": []}}, "should have at least 1 item, not 0"),
        (
            "/v1/web-directs/check",
            PURCHASE | {"open_opportunities": [{"opportunity_id": "opp-1"}] * 501},
            "should have at most 500 items, not ",
        ),
        ("/v1/co-selling", {"asm": "", "account_id": "acc-1"}, "is empty"),
    ],
)
def test_what_is_too_few_too_many_or_nothing_is_said_in_a_sentence(
    api: Api, path: str, stated: dict[str, Any], says: str
) -> None:
    problem = hold_problem(api.http.post(path, json=stated), 422, "invalid_request")

    assert problem["errors"][0]["detail"].startswith(says)
