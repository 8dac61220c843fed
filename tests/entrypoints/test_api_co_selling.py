"""Co-selling calls over HTTP: logged once, and counted over seven days of the organisation."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.api import Api
from tests.problems import hold_problem

PATH = "/v1/co-selling"


def log(api: Api, asm: str, at: str | None = None, account_id: str = "acc-1") -> httpx.Response:
    return api.http.post(PATH, json={"asm": asm, "account_id": account_id, "at": at})


def count(api: Api, asm: str, on: str) -> tuple[int, bool, bool]:
    found = api.get(f"{PATH}?asm={asm}&on={on}")
    return found["count"], found["met"], found["aim_met"]


def test_calls_count_on_seven_days_and_no_more_over_the_end_of_a_month(api: Api) -> None:
    for day in ("2022-02-23", "2022-02-24", "2022-02-25", "2022-02-28", "2022-03-01", "2022-03-02"):
        assert log(api, "Asm One", f"{day}T12:00:00Z").status_code == 201

    assert count(api, "asm%20one", "2022-03-01") == (5, True, False)  # from 23 February on
    assert count(api, "asm%20one", "2022-03-02") == (5, True, False)
    assert count(api, "asm%20one", "2022-03-03") == (4, False, False)
    assert count(api, "asm%20one", "2022-02-22") == (0, False, False)


def test_the_first_and_the_last_moment_of_the_seven_days_count(api: Api) -> None:
    for at in (
        "2022-03-01T23:59:59.999999Z",
        "2022-03-02T00:00:00Z",
        "2022-03-08T23:59:59.999999Z",
        "2022-03-09T00:00:00Z",
    ):
        log(api, "Asm Two", at)

    found = api.get(f"{PATH}?asm=ASM%20two&on=2022-03-08")

    assert (found["first"], found["on"], found["count"]) == ("2022-03-02", "2022-03-08", 2)
    assert [each["at"] for each in found["calls"]] == ["2022-03-08T23:59:59.999999Z", "2022-03-02T00:00:00Z"]


def test_ten_calls_are_what_is_aimed_at(api: Api) -> None:
    for number in range(10):
        assert count(api, "asm-three", "2022-03-08") == (number, number >= 5, False)
        log(api, "asm-three", f"2022-03-08T{number:02}:00:00Z")

    found = api.get(f"{PATH}?asm=asm-three&on=2022-03-08")
    assert (found["aim_met"], found["aim"], found["fewest"]) == (True, [10, 12], 5)
    assert [(each["rule"], each["facts"]) for each in found["explanation"]] == [("CAL-4", {"calls": 10})] * 2


def test_a_call_that_is_told_twice_is_one_call(api: Api) -> None:
    first = log(api, "Asm Four", "2022-03-08T09:00:00Z")
    again = log(api, " asm  FOUR", "2022-03-08T10:00:00+01:00")

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.content == first.content
    assert log(api, "Asm Four", "2022-03-08T09:00:00Z", "acc-2").status_code == 201
    assert count(api, "asm%20four", "2022-03-08")[0] == 2


def test_calls_are_a_persons_and_not_a_spellings(api: Api) -> None:
    person = {"name": "Asm Five", "role": "asm", "email": "five@example.com", "active_from": "2022-02-01"}
    log(api, "asm five", "2022-03-07T09:00:00Z")  # before anything was said of the person
    assert api.http.put("/v1/people/asm-5", json=person).status_code == 201
    assert log(api, "five@example.com", "2022-03-08T09:00:00Z").json()["asm"] == "asm-5"
    assert log(api, "asm-5", "2022-03-07T09:00:00Z").status_code == 200

    for named in ("asm-5", "ASM%20FIVE", "five@example.com"):
        assert count(api, named, "2022-03-08")[0] == 2


@pytest.mark.parametrize(
    ("stated", "code", "pointer"),
    [
        ({"asm": ""}, "invalid_request", "/asm"),
        ({"account_id": "no id"}, "invalid_request", "/account_id"),
        ({"at": "2999-01-01T00:00:00Z"}, "day_to_come", "/at"),
        ({"at": "2022-03-08"}, "invalid_request", "/at"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_field(
    api: Api, stated: dict[str, Any], code: str, pointer: str
) -> None:
    answer = api.http.post(PATH, json={"asm": "asm", "account_id": "acc-1"} | stated)

    assert [error["pointer"] for error in hold_problem(answer, 422, code)["errors"]] == [pointer]


def test_a_name_of_several_people_and_a_day_to_come_are_refused(api: Api) -> None:
    for number in (6, 7):
        person = {"name": "Asm Twice", "role": "asm", "active_from": "2022-02-01"}
        api.http.put(f"/v1/people/asm-{number}", json=person)

    hold_problem(api.http.get(f"{PATH}?asm=asm%20twice"), 422, "invalid_request")
    hold_problem(log(api, "asm twice"), 422, "several_people")
    tomorrow = (api.clock.at + timedelta(days=1)).date()
    problem = hold_problem(api.http.get(f"{PATH}?asm=asm-6&on={tomorrow}"), 422, "day_to_come")
    assert [each["pointer"] for each in problem["errors"]] == ["on"]
    problem = hold_problem(log(api, "asm-6", "2999-01-01T01:00:00+01:00"), 422, "day_to_come")
    assert problem["detail"] == "2999-01-01T00:00:00Z has not come yet"
