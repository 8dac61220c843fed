"""Who sells, over HTTP: each person for a time, never two at once, and nobody their own manager."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from service.domain.keys import Scope
from tests.api import Api
from tests.problems import hold_problem

SELLER = {"name": "Sample Seller", "role": "ae", "active_from": "2025-02-01"}


def put(api: Api, person_id: str, **said: Any) -> httpx.Response:  # noqa: ANN401 - JSON
    return api.http.put(f"/v1/people/{person_id}", json=SELLER | said)


def taken(api: Api, person_id: str, **said: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    answer = put(api, person_id, **said)
    assert answer.status_code in {200, 201}, answer.text
    person: dict[str, Any] = answer.json()
    return person


def refused(answer: httpx.Response, code: str, pointer: str) -> str:
    problem = hold_problem(answer, 422, code)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    detail: str = problem["detail"]
    return detail


def rows(api: Api) -> int:
    with api.database.engine.connect() as connection:
        return connection.scalar(text("SELECT count(*) FROM person_periods")) or 0


def test_a_person_is_found_as_they_were_put(api: Api) -> None:
    said = SELLER | {
        "email": "one@example.com",
        "team": "MMKAFO",
        "regions": ["EMEA", "NORAM"],
        "manager_id": "put-asm",
        "crm_user_id": "hubspot-1",
        "active_until": "2026-02-01",
    }

    answer = api.http.put("/v1/people/put-1", json=said)

    assert (answer.status_code, answer.headers["Location"]) == (201, "/v1/people/put-1")
    person = api.get("/v1/people/put-1")
    assert person == answer.json()
    assert {name: person[name] for name in said} == said
    assert (person["id"], person["recorded_by"]) == ("put-1", "tester")
    assert put(api, "put-1", role="asm").status_code == 200


def test_another_first_day_adds_a_period_and_the_same_replaces_what_was_said(api: Api) -> None:
    taken(api, "periods-1", active_until="2026-01-05")
    taken(api, "periods-1", active_from="2026-01-05", role="asm")
    before = rows(api)

    taken(api, "periods-1", active_from="2026-01-05", role="asm", team="MMKAN")
    taken(api, "periods-1", active_from="2026-01-05", role="asm", team="MMKAN")

    person = api.get("/v1/people/periods-1")
    assert [(each["role"], each["team"]) for each in person["periods"]] == [("ae", None), ("asm", "MMKAN")]
    assert (person["role"], rows(api)) == ("asm", before + 1)
    assert api.get("/v1/people/periods-1", active_on="2026-01-04")["role"] == "ae"
    assert api.get("/v1/people/periods-1", active_on="2020-01-01")["role"] == "ae"


@pytest.mark.parametrize(
    ("first", "second", "pointer"),
    [
        (("2025-02-01", "2026-02-01"), ("2026-02-01", None), None),
        (("2025-02-01", "2026-02-02"), ("2026-02-01", None), "/active_from"),
        (("2026-02-01", None), ("2025-02-01", "2026-02-01"), None),
        (("2026-02-01", None), ("2025-02-01", "2026-02-02"), "/active_until"),
        (("2025-02-01", None), ("2026-02-01", None), "/active_from"),
        (("2026-02-01", "2026-02-02"), ("2025-02-01", None), "/active_until"),
        (("2026-02-01", "2026-02-01"), ("2025-02-01", None), None),
    ],
)
@pytest.mark.parametrize("of", ["a person", "a CRM user"])
def test_periods_may_touch_and_never_overlap_by_a_day(
    fresh_api: Api, of: str, first: tuple[str, str | None], second: tuple[str, str | None], pointer: str | None
) -> None:
    ids = ("one", "one") if of == "a person" else ("one", "other")
    more = {} if of == "a person" else {"crm_user_id": "user-1"}
    taken(fresh_api, ids[0], active_from=first[0], active_until=first[1], **more)

    answer = put(fresh_api, ids[1], active_from=second[0], active_until=second[1], **more)

    if pointer is None:
        assert answer.status_code in {200, 201}, answer.text
    else:
        refused(answer, "overlapping_period", pointer if of == "a person" else "/crm_user_id")
        assert rows(fresh_api) == 1


def test_a_user_of_salesforce_is_one_by_both_forms_of_the_id(api: Api) -> None:
    taken(api, "user-1", crm_user_id="0058a00000Forms")

    refused(put(api, "user-2", crm_user_id="0058a00000FormsAAB"), "overlapping_period", "/crm_user_id")
    refused(put(api, "user-2", crm_user_id="0058a00000FormsXYZ"), "invalid_request", "/crm_user_id")
    assert api.get("/v1/people/user-1")["crm_user_id"] == "0058a00000FormsAAB"


def test_nobody_reports_to_themselves_by_two_or_three_managers(api: Api) -> None:
    refused(put(api, "circle-1", manager_id="circle-1"), "manager_circle", "/manager_id")
    taken(api, "circle-1")
    taken(api, "circle-2", manager_id="circle-1")
    refused(put(api, "circle-1", manager_id="circle-2"), "manager_circle", "/manager_id")
    taken(api, "circle-3", manager_id="circle-2")
    detail = refused(put(api, "circle-1", manager_id="circle-3"), "manager_circle", "/manager_id")

    assert detail == "circle-3 is or reports to circle-1 on 2025-02-01: a circle of managers"


def test_a_circle_is_seen_through_who_had_the_same_user_before(api: Api) -> None:
    taken(api, "through-1", crm_user_id="through", active_until="2026-02-01")
    taken(api, "through-1", active_from="2026-02-01", manager_id="through-2")

    said = {"active_from": "2026-02-01", "crm_user_id": "through", "manager_id": "through-1"}
    refused(put(api, "through-2", **said), "manager_circle", "/manager_id")
    taken(api, "through-2", **said | {"manager_id": None})


def test_two_may_manage_each_other_at_other_times(api: Api) -> None:
    taken(api, "turn-1", active_until="2026-02-01")
    taken(api, "turn-2", manager_id="turn-1", active_until="2026-02-01")
    taken(api, "turn-1", active_from="2026-02-01", manager_id="turn-2")

    later = {"active_from": "2026-02-01", "manager_id": "turn-1"}
    refused(put(api, "turn-2", **later), "manager_circle", "/manager_id")
    taken(api, "turn-2", active_from="2026-02-01")


def test_a_period_that_ends_as_it_begins_is_taken_back(api: Api) -> None:
    never = {"active_from": "2052-02-01", "active_until": "2052-02-01"}
    assert put(api, "back-1", **never).status_code == 200
    hold_problem(api.http.get("/v1/people/back-1"), 404, "not_found")
    assert put(api, "back-1", active_from="2052-02-01").status_code == 201

    taken_back = put(api, "back-1", **never)

    assert (taken_back.status_code, taken_back.json()["periods"]) == (200, [])
    hold_problem(api.http.get("/v1/people/back-1"), 404, "not_found")
    assert "back-1" not in [item["id"] for item in api.get("/v1/people", limit=500)["items"]]
    assert put(api, "back-1").status_code == 201
    refused(put(api, "back-1", active_until="2025-01-31"), "invalid_request", "/active_until")


def test_people_are_listed_by_id_a_page_at_a_time_and_by_what_holds_of_them(fresh_api: Api) -> None:
    taken(fresh_api, "b", active_until="2026-01-01", team="MMKAFO", manager_id="a")
    taken(fresh_api, "b", active_from="2026-01-01", role="asm", team="MMKAN")
    taken(fresh_api, "a", role="regional_director")
    taken(fresh_api, "c", team="MMKAN", manager_id="a", active_from="2026-01-06")

    def listed(**asked: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - parameters
        items = fresh_api.http.get("/v1/people", params=asked).json()["items"]
        return [(item["id"], item["active_from"]) for item in items]

    everybody = [("a", "2025-02-01"), ("b", "2025-02-01"), ("b", "2026-01-01"), ("c", "2026-01-06")]
    assert listed() == everybody
    assert listed(active_on="2025-12-31") == everybody[:2]
    assert listed(active_on="2026-01-01") == [everybody[0], everybody[2]]
    assert listed(role=["asm", "regional_director"]) == [everybody[0], everybody[2]]
    assert listed(team="MMKAN", active_on="2026-01-06") == everybody[2:]
    assert listed(manager_id="a") == [everybody[1], everybody[3]]

    walked, path = [], "/v1/people?limit=1"
    while path:
        answer = fresh_api.http.get(path)
        walked += [(item["id"], item["active_from"]) for item in answer.json()["items"]]
        path = answer.links.get("next", {}).get("url", "")
    assert walked == everybody


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("role=seller", "role"),
        ("team=mmkafo", "team"),
        ("active_on=now", "active_on"),
        ("manager_id=a%20b", "manager_id"),
        ("cursor=AAAAAAAAAAAAAAAAAA", "cursor"),
        ("cursor=MjAyNi0xMy0wMWFh", "cursor"),
        ("cursor=MjAyNi0xMi0wMQAA", "cursor"),
        ("name=Sample", "name"),
    ],
)
def test_a_filter_that_is_none_is_refused_by_its_name(api: Api, asked: str, name: str) -> None:
    refused(api.http.get(f"/v1/people?{asked}"), "invalid_request", name)


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"name": " "}, "/name"),
        ({"email": "nobody"}, "/email"),
        ({"role": "seller"}, "/role"),
        ({"team": "mmkafo"}, "/team"),
        ({"regions": "EMEA"}, "/regions"),
        ({"manager_id": "a b"}, "/manager_id"),
        ({"active_from": "20250201"}, "/active_from"),
        ({"phone": "1"}, "/phone"),
    ],
)
def test_what_cannot_be_said_of_a_person_is_refused_by_its_field(api: Api, said: dict[str, Any], pointer: str) -> None:
    refused(put(api, "refused-1", **said), "invalid_request", pointer)


def test_only_an_administrator_says_who_sells_and_who_reads_may_look(api: Api) -> None:
    reader, administrator = api.key("people reader", Scope.READ), api.key("people administrator", Scope.ADMIN)

    hold_problem(api.http.put("/v1/people/scope-1", json=SELLER, headers=reader), 403, "forbidden")
    assert api.http.put("/v1/people/scope-1", json=SELLER, headers=administrator).status_code == 201
    assert api.http.get("/v1/people/scope-1", headers=reader).json()["recorded_by"] == "people administrator"
    hold_problem(api.http.get("/v1/people/scope-1", headers=administrator), 403, "forbidden")


def test_a_key_given_again_answers_the_same_with_the_same_status(api: Api) -> None:
    headers = {"Idempotency-Key": "people-again"}
    first, again = (api.http.put("/v1/people/again-1", json=SELLER, headers=headers) for _ in range(2))

    assert (again.status_code, again.content, again.headers["Idempotent-Replayed"]) == (201, first.content, "true")


def test_of_many_who_claim_a_user_at_once_one_gets_it(api: Api) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda each: put(api, f"claim-{each}", crm_user_id="claimed"), range(8)))

    assert sorted(answer.status_code for answer in answers) == [201, *[422] * 7]
