"""The forecast calendar and close dates over HTTP."""

import tomllib
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.api import Api
from tests.application import START
from tests.golden import HERE
from tests.problems import hold_problem

CALENDAR, CLOSE_DATE = "/v1/calendar", "/v1/calendar/close-date"
CASES: list[dict[str, Any]] = tomllib.loads((HERE / "close_dates.toml").read_text())["case"]
MONTHS: list[dict[str, Any]] = tomllib.loads((HERE / "forecast_calendar.toml").read_text())["month"]


def as_json(value: object) -> object:
    """A day or an instant as a request states it, in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if hasattr(value, "isoformat") else value


def test_a_month_is_listed_by_day_and_by_kind(shared: Api) -> None:
    for month in MONTHS:
        first = month["month"]
        asked = {"from": first.isoformat(), "until": first.replace(day=28).isoformat()}
        found = shared.get(CALENDAR, **asked)["items"]
        assert {(each["code"], int(each["on"][-2:])) for each in found} == {
            (code, day) for code, days in month.items() if isinstance(days, list) for day in days if day <= 28
        }
    kinds = ["forecast_update", "last_work_day"]
    several = {"from": "2022-05-01", "until": "2022-05-31", "kind": kinds}
    answer = shared.http.get(CALENDAR, params=several)
    assert {each["code"] for each in answer.json()["items"]} == set(kinds)
    assert {each["at"] for each in answer.json()["items"]} == {"17:00", None}


def test_days_that_are_not_named_are_the_next_thirteen_weeks(shared: Api) -> None:
    items = shared.get(CALENDAR)["items"]

    assert (items[0]["on"], items[-1]["on"]) == ("2026-01-07", "2026-04-01")
    assert START.date().isoformat() == "2026-01-05"
    assert shared.get(CALENDAR, **{"from": "9999-12-30"})["items"]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("from=2022-05-02&until=2022-05-01", "until"),
        ("from=2022-01-01&until=2025-01-05", "until"),
        ("from=yesterday", "from"),
        ("until=20220501", "until"),
        ("kind=holiday", "kind"),
        ("first=2022-05-02", "first"),
        ("from=2022-05-01&from=2022-05-02", "from"),
    ],
)
def test_days_and_kinds_that_cannot_be_listed_are_refused_by_their_names(shared: Api, asked: str, names: str) -> None:
    answer = shared.http.get(f"{CALENDAR}?{asked}")

    hold_problem(answer, 422, "invalid_request")
    assert [each["pointer"] for each in answer.json()["errors"]] == [names]


@pytest.mark.parametrize("case", [each for each in CASES if "zone" not in each], ids=lambda case: case["title"])
def test_a_close_date_is_answered_as_the_rules_give_it(shared: Api, case: dict[str, Any]) -> None:
    asked = {name: as_json(value) for name, value in (case["given"] | {"today": case["asked"]}).items()}
    answer = shared.http.post(CLOSE_DATE, json=asked)

    assert answer.status_code == 200, answer.text
    found, expect = answer.json(), case["expect"]
    for name in ("convention", "close_date", "stands", "stands_until"):
        assert found[name] == as_json(expect.get(name))
    assert found["missing_facts"] == expect.get("missing_facts", [])
    assert [each["code"] for each in found["actions"]] == expect.get("actions", [])
    assert found["rule"] == "CAL-2"
    assert all(each["citation"]["heading"] == "Close Date Conventions" for each in found["explanation"])


def test_what_is_not_said_is_asked_about_now(shared: Api) -> None:
    known = {"kind": "growth", "quote_out": False, "compelling_event": False, "closing_on": "2026-01-31"}
    stands = [
        shared.http.post(CLOSE_DATE, json=known | {"set_at": at}).json()["stands"]
        for at in ("2026-01-03T09:00:00Z", "2026-01-03T08:59:59Z")
    ]

    assert stands == [True, False]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"kind": "upsell"}, "/kind", "invalid_request"),
        ({"closing": "2022-05-01"}, "/closing", "invalid_request"),
        ({"closing_on": "May"}, "/closing_on", "invalid_request"),
        ({"quote_out": "yes"}, "/quote_out", "invalid_request"),
        ({"set_at": "2022-05-01"}, "/set_at", "invalid_request"),
        ({"set_at": 1651363200}, "/set_at", "invalid_request"),
        ({"today": "now"}, "/today", "invalid_request"),
        ({"set_at": "2022-05-03T00:00:00Z", "today": "2022-05-02"}, "/set_at", "day_to_come"),
    ],
)
def test_what_cannot_be_known_of_a_close_date_is_refused_by_its_field(
    shared: Api, body: dict[str, Any], pointer: str, code: str
) -> None:
    answer = shared.http.post(CLOSE_DATE, json=body)

    hold_problem(answer, 422, code)
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]
