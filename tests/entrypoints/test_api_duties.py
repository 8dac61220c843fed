"""The duties of an opportunity, over HTTP: found by what is stated, kept in its own timeline."""

from datetime import date
from typing import Any

import httpx
import pytest

from service.domain.keys import Scope
from tests.api import Api
from tests.problems import hold_problem

PATH = "/v1/opportunities/duties"
SMALL = {"segment": "SMB", "amount": 5000.01, "net_arr": "2000", "close_on": "2022-03-31", "on": "2022-03-10"}


def ask(api: Api, query: str = "", **facts: Any) -> httpx.Response:  # noqa: ANN401 - JSON
    return api.http.post(f"{PATH}{query}", json=SMALL | facts)


def found(answer: httpx.Response) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    return {duty["code"]: duty for duty in body["duties"]}


def test_every_duty_says_whether_it_applies_why_and_what_is_missing(api: Api) -> None:
    answer = ask(api)

    duties = found(answer)
    assert answer.status_code == 200
    assert {code: duty["applies"] for code, duty in duties.items()} == {
        "custom_deck": True,
        "opportunity_overview": None,  # whether a channel partner manages it is not known
        "full_command_plan": False,
        "opportunity_consult": False,
        "deal_review": False,
        "red_green_review": True,
        "next_steps": True,
    }
    assert duties["custom_deck"]["rule"] == "OPP-1"
    assert duties["custom_deck"]["missing_facts"][0] == "deck_url"
    assert duties["opportunity_overview"]["missing_facts"][:2] == ["channel_managed", "title"]
    asked = duties["custom_deck"]["explanation"][2]
    assert asked["citation"]["heading"] == "Opportunity-Specific Slide Deck"
    assert asked["facts"] == {"segment": "SMB", "amount": "5000.01"}


def test_duties_that_are_recorded_stand_in_the_opportunitys_timeline_and_change_no_account(api: Api) -> None:
    stood = api.classify(id="duties-1", df=640, on=date(2022, 3, 1))

    first = ask(api, "?record=true", opportunity_id="opp-1", account_id="duties-1")
    second = ask(api, "?record=true", opportunity_id="opp-1", account_id="duties-1", amount=5000)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.headers["Location"] == "/v1/opportunities/opp-1/duties"
    timeline = api.get("/v1/opportunities/opp-1/duties")["items"]
    assert timeline == [second.json(), first.json()]
    assert [each["duties"][0]["applies"] for each in timeline] == [False, True]
    assert api.get("/v1/accounts/duties-1")["decision"]["id"] == stood["id"]
    assert api.get(f"/v1/programs/{first.json()['policy']['program']}")["parameters"]["smb_deck_above"] == 5000


def test_a_page_of_a_timeline_leads_to_the_next(api: Api) -> None:
    api.classify(id="duties-2", df=640, on=date(2022, 3, 1))
    made = [
        ask(api, "?record=true", opportunity_id="opp-2", account_id="duties-2", amount=amount).json()
        for amount in (1, 2, 3)
    ]

    page = api.http.get("/v1/opportunities/opp-2/duties?limit=2")
    rest = api.http.get(page.links["next"]["url"])

    assert page.json()["items"] + rest.json()["items"] == made[::-1]


def test_without_a_segment_it_is_the_accounts_as_it_stood_for_the_day(api: Api) -> None:
    api.classify(id="duties-3", df=640, on=date(2022, 3, 1))

    known = ask(api, segment=None, account_id="duties-3")
    before = ask(api, segment=None, account_id="duties-3", on="2022-02-28")

    assert known.json()["facts"]["segment"] == "MM"
    assert {duty["applies"] for duty in found(before).values()} == {None}


def test_an_empty_title_is_known_to_be_empty_and_an_empty_stage_is_open(api: Api) -> None:
    duty = found(ask(api, title="", stage="", channel_managed=True))["opportunity_overview"]

    assert (duty["applies"], [each["code"] for each in duty["actions"]]) == (True, ["add_channel_managed"])


def test_an_opportunity_that_nothing_is_on_record_of_is_not_found(api: Api) -> None:
    problem = hold_problem(api.http.get("/v1/opportunities/opp-unknown/duties"), 404, "not_found")

    assert problem["detail"] == "There is no opportunity on record opp-unknown"


def test_the_same_key_records_once(api: Api) -> None:
    api.classify(id="duties-4", df=640, on=date(2022, 3, 1))
    body = SMALL | {"opportunity_id": "opp-4", "account_id": "duties-4"}

    first, again = (
        api.http.post(f"{PATH}?record=true", json=body, headers={"Idempotency-Key": "duties-4"}) for _ in range(2)
    )

    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(api.get("/v1/opportunities/opp-4/duties")["items"]) == 1


@pytest.mark.parametrize(
    ("query", "facts", "status", "code", "pointer"),
    [
        ("?record=true", {"account_id": "duties-5"}, 422, "invalid_request", "/opportunity_id"),
        ("?record=true", {"opportunity_id": "opp-5"}, 422, "invalid_request", "/account_id"),
        ("?record=true", {"opportunity_id": "opp-5", "account_id": "nobody"}, 404, "not_found", None),
        ("", {"on": "2999-01-01"}, 422, "day_to_come", "/on"),
        ("", {"on": "2022-01-31"}, 422, "no_policy_in_force", "/on"),
        ("", {"amount": "1.001"}, 422, "invalid_request", "/amount"),
        ("", {"evidence": {"no_duty": {}}}, 422, "invalid_request", "/evidence/no_duty"),
        ("", {"evidence": {"custom_deck": {"colour": True}}}, 422, "invalid_request", "/evidence/custom_deck/colour"),
        ("", {"deck_url": "javascript:alert(1)"}, 422, "invalid_request", "/deck_url"),
        ("", {"deal": 1}, 422, "invalid_request", "/deal"),
        ("", {"evidence": {"deal_review": {"held": 1}}}, 422, "invalid_request", "/evidence/deal_review/held"),
        ("", {"evidence": {"deal_review": {"held": 1001 * "x"}}}, 422, "invalid_request", "/evidence/deal_review/held"),
        ("", {"evidence": {"deal_review": {"held": "\0"}}}, 422, "invalid_request", "/evidence/deal_review/held"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_field(
    api: Api, query: str, facts: dict[str, Any], status: int, code: str, pointer: str | None
) -> None:
    problem = hold_problem(ask(api, query, **facts), status, code)

    assert [error["pointer"] for error in problem.get("errors", [])] == ([pointer] if pointer else [])


def test_who_classifies_asks_for_duties_and_who_reads_looks_at_what_is_recorded(api: Api) -> None:
    reader = api.key("duties reader", Scope.READ)

    api.classify(id="duties-6", df=640, on=date(2022, 3, 1))
    made = ask(api, "?record=true", opportunity_id="opp-6", account_id="duties-6")

    hold_problem(api.http.post(PATH, json=SMALL, headers=reader), 403, "forbidden")
    assert api.http.get("/v1/opportunities/opp-6/duties", headers=reader).json()["items"] == [made.json()]
