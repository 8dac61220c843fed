"""A revision with other bounds for leads, ranks, close dates, the calendar and calls: both sides of each, by day."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.api import Api, serving
from tests.commands import run_for_text
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.entrypoints.ranking import given, put, smb
from tests.problems import hold_problem

FIRST = "2026-01-05"
"""The day from which the other bounds hold: that of the clock. On the days before it the handbook's do."""
OTHER = {
    "lead_minutes": 120,
    "lead_days_alone": 3,
    "top_places": 3,
    "meeting_day": 10,
    "last_work_days": 2,
    "update_weekday": "fri",
    "update_hour": 9,
    "close_date_hours": 24,
    "close_date_window_days": 90,
    "co_selling_days": 3,
    "co_selling_fewest": 3,
    "co_selling_aim": 5,
    "co_selling_aim_most": 6,
}
RULES = {
    "lead_minutes": "LEAD-1/hour",
    "lead_days_alone": "LEAD-3/days",
    "top_places": "RANK-3/top_places",
    "meeting_day": "CAL-1/first_meeting",
    "last_work_days": "CAL-1/last_work_days",
    "update_weekday": "CAL-3/update",
    "update_hour": "CAL-3/update",
    "close_date_hours": "CAL-2/hours",
    "close_date_window_days": "CAL-2/window",
    "co_selling_days": "CAL-4/minimum",
    "co_selling_fewest": "CAL-4/minimum",
    "co_selling_aim": "CAL-4/aim",
    "co_selling_aim_most": "CAL-4/aim",
}
BOUNDS = "/v1/policies/fy23-duties"


def drafted(api: Api, parameters: dict[str, Any], since: str = FIRST) -> dict[str, Any]:
    body = {"policy_id": "fy23-duties", "parameters": parameters, "effective_from": since, "reason": "A trial."}
    answer = api.http.post("/v1/policies/drafts", json=body)
    assert answer.status_code == 201, answer.text
    draft: dict[str, Any] = answer.json()
    return draft


def published(api: Api, parameters: dict[str, Any], since: str = FIRST) -> int:
    draft = drafted(api, parameters, since)
    answer = api.http.post(f"/v1/policies/drafts/{draft['id']}/publish")
    assert answer.status_code == 201, answer.text
    version: int = answer.json()["published_as"]
    return version


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def api(request: pytest.FixtureRequest) -> Iterator[Api]:
    """The running service over each database, with the other bounds published as revision 2."""
    name = "sqlite_databases" if request.param == "sqlite" else "postgres"
    databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(name)
    with databases.fresh() as url, serving(url) as served:
        assert published(served, OTHER) == 2
        yield served


def assigned(api: Api, lead_id: str, at: datetime, **stated: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    body = {"id": lead_id, "kind": "trial_request", "assigned_at": at.isoformat(), "sdr": "An SDR", "has_phone": True}
    answer = api.http.post("/v1/leads", json=body | stated)
    assert answer.status_code == 201, answer.text
    lead: dict[str, Any] = answer.json()
    return lead


def touched(api: Api, lead_id: str, at: datetime) -> bool | None:
    answer = api.http.post(f"/v1/leads/{lead_id}/touches", json={"channel": "phone", "at": at.isoformat()})
    assert answer.status_code == 201, answer.text
    in_time: bool | None = answer.json()["in_time"]
    return in_time


def test_a_lead_has_two_hours_to_the_second(api: Api) -> None:
    began = api.clock.at
    leads = [assigned(api, lead_id, began, sdr="Two Hours") for lead_id in ("two-hours-1", "two-hours-2")]
    api.clock.at = began + timedelta(hours=2)
    at_two = api.get("/v1/leads?overdue=true&sdr=two%20hours")["items"]
    api.clock.at = began + timedelta(hours=2, seconds=1)
    after = api.get("/v1/leads?overdue=true&sdr=two%20hours")["items"]

    assert leads[0]["due_at"] == (began + timedelta(hours=2)).isoformat().replace("+00:00", "Z")
    assert leads[0]["explanation"][1]["title"] == "Not more than 2 hours went by without a touch"
    assert (leads[0]["policy"]["id"], leads[0]["policy"]["version"]) == ("fy23-duties", 2)
    assert (at_two, len(after)) == ([], 2)
    assert touched(api, "two-hours-1", began + timedelta(hours=2)) is True
    assert touched(api, "two-hours-2", began + timedelta(hours=2, seconds=1)) is False


def test_a_lead_goes_by_the_day_of_its_assignment(api: Api) -> None:
    midnight = datetime.fromisoformat(f"{FIRST}T00:00:00+00:00")
    before = assigned(api, "day-before", midnight - timedelta(seconds=1))
    on_the_day = assigned(api, "day-of", midnight)

    assert [each["policy"]["version"] for each in (before, on_the_day)] == [1, 2]
    assert (before["due_at"], on_the_day["due_at"]) == ("2026-01-05T00:59:59Z", "2026-01-05T02:00:00Z")
    assert (before["ae_on"], on_the_day["ae_on"]) == ("2026-01-19", "2026-01-09")
    assert on_the_day["explanation"][-1]["title"] == "3 days went by without a touch"


def test_a_lead_is_held_for_good_to_the_revision_that_it_was_recorded_under(fresh_api: Api) -> None:
    api, began = fresh_api, fresh_api.clock.at
    first = assigned(api, "kept", began)
    version = published(api, {"lead_minutes": 30, "lead_days_alone": 0})
    again, later = api.get("/v1/leads/kept"), assigned(api, "later", began)
    api.clock.advance(minutes=31)

    assert (first["policy"]["version"], later["policy"]["version"]) == (1, version)
    assert again == first
    assert [each["id"] for each in api.get("/v1/leads?overdue=true")["items"]] == ["later"]
    assert touched(api, "kept", began + timedelta(minutes=31)) is True


def test_the_top_three_hold_when_eight_ask_at_once(api: Api) -> None:
    eight = [f"race-{number}" for number in range(8)]
    smb(api, *eight)

    with ThreadPoolExecutor(len(eight)) as pool:
        answers = list(pool.map(lambda account_id: put(api, account_id, account_executive="AE race"), eight))

    assert Counter(answer.status_code for answer in answers) == {201: 3, 409: 5}
    refused = next(answer for answer in answers if answer.status_code == 409)
    problem = hold_problem(refused, 409, "top_ten_full")
    assert "has 3 SMB accounts of rank 1, and may have 3 (RANK-3)" in problem["detail"]
    book = api.get("/v1/ranks", account_executive="AE race", rank="1")
    assert (book["places"], book["places_taken"], len(book["items"])) == (3, 3, 3)
    assert {each["policy"]["version"] for each in book["items"]} == {2}


def test_fewer_places_than_are_taken_take_none_back_and_give_no_more(fresh_api: Api) -> None:
    api, accounts = fresh_api, [f"fewer-{number}" for number in range(4)]
    smb(api, *accounts)
    for account_id in accounts[:3]:
        given(api, account_id, account_executive="AE fewer")
    published(api, {"top_places": 2})

    stands = api.get("/v1/accounts/fewer-0/rank")
    assert (stands["has_place"], [each["met"] for each in stands["checks"]][2]) == (True, False)
    hold_problem(put(api, "fewer-3", account_executive="AE fewer"), 409, "top_ten_full")
    assert given(api, "fewer-3", account_executive="AE fewer", rank="1.5")["has_place"] is False
    book = api.get("/v1/ranks", account_executive="AE fewer")
    assert (book["places"], book["places_taken"]) == (2, 3)


@pytest.mark.parametrize(
    ("set_at", "today", "stands", "version"),
    [
        ("2026-01-05T10:00:00Z", "2026-01-06T10:00:00Z", True, 2),
        ("2026-01-05T10:00:00Z", "2026-01-06T10:00:01Z", False, 2),
        ("2026-01-03T10:00:00Z", "2026-01-04T23:59:59Z", True, 1),
        ("2026-01-03T10:00:00Z", "2026-01-05T00:00:00Z", False, 2),
    ],
)
def test_a_close_date_stands_for_the_hours_of_the_day_asked_about(
    api: Api, set_at: str, today: str, version: int, *, stands: bool
) -> None:
    known = {"kind": "growth", "quote_out": False, "compelling_event": False, "closing_on": "2026-01-31"}

    found = api.http.post("/v1/calendar/close-date", json=known | {"set_at": set_at, "today": today}).json()

    hours, days = (48, 60) if version == 1 else (24, 90)
    assert (found["stands"], found["policy"]["version"]) == (stands, version)
    assert f"{hours} hours" in found["actions"][-1]["text"]
    assert f"about {days} days" in found["advice"][0]["text"]
    titles = [each["title"] for each in found["explanation"]]
    assert f"It has been the first day of a month for {hours} hours at most" in titles


def test_three_calls_in_three_days_are_enough_and_five_are_aimed_at(api: Api) -> None:
    def counted(on: str) -> tuple[int, bool, bool, int]:
        found = api.get("/v1/co-selling", asm="Asm Three", on=on)
        return found["count"], found["met"], found["aim_met"], found["policy"]["version"]

    api.clock.at = datetime.fromisoformat("2026-01-12T09:00:00+00:00")
    for at in ("05T00:00", "06T10:00", "07T10:00"):
        body = {"asm": "Asm Three", "account_id": "acc-1", "at": f"2026-01-{at}:00Z"}
        assert api.http.post("/v1/co-selling", json=body).status_code == 201

    assert counted("2026-01-06") == (2, False, False, 2)
    assert counted("2026-01-07") == (3, True, False, 2)
    assert counted("2026-01-08") == (2, False, False, 2)
    for hour in (11, 12):
        body = {"asm": "Asm Three", "account_id": "acc-1", "at": f"2026-01-07T{hour}:00:00Z"}
        assert api.http.post("/v1/co-selling", json=body).status_code == 201
    assert counted("2026-01-07") == (5, True, True, 2)
    found = api.get("/v1/co-selling", asm="Asm Three", on="2026-01-07")
    assert (found["first"], found["fewest"], found["aim"]) == ("2026-01-05", 3, [5, 6])
    assert found["explanation"][0]["title"] == "3 co-selling calls or more were logged in 3 days"
    before = api.get("/v1/co-selling", asm="Asm Three", on="2026-01-04")
    assert (before["first"], before["fewest"], before["policy"]["version"]) == ("2025-12-29", 5, 1)


def test_each_day_of_the_calendar_goes_by_the_revision_of_that_day(api: Api) -> None:
    items = api.get("/v1/calendar", **{"from": "2025-12-15", "until": "2026-01-31"})["items"]

    def days(code: str) -> list[str]:
        return [each["on"][5:] for each in items if each["code"] == code]

    assert days("red_green_meeting") == [
        "12-15",
        "12-25",
        "12-26",
        "12-29",
        "12-30",
        "12-31",
        "01-09",
        "01-29",
        "01-30",
    ]
    assert days("last_work_day") == ["12-25", "12-26", "12-29", "12-30", "12-31", "01-29", "01-30"]
    assert days("forecast_update") == ["12-17", "12-24", "12-31", "01-09", "01-16", "01-23", "01-30"]
    updates = [(each["at"], each["policy_version"]) for each in items if each["code"] == "forecast_update"]
    assert updates == [("17:00", 1)] * 3 + [("09:00", 2)] * 4


@pytest.mark.parametrize("name", OTHER)
def test_a_draft_of_one_bound_says_which_rule_it_changes_and_that_no_duty_does(shared: Api, name: str) -> None:
    draft = drafted(shared, {name: (OTHER | {"co_selling_aim_most": 14})[name]})
    path = f"/v1/policies/drafts/{draft['id']}"

    assert list(draft["changes"]) == [name]
    words = shared.get(f"{path}/comparison")["words"]
    assert words[0].startswith(f"{name}: ")
    assert any(each.startswith(RULES[name]) for each in words[1:])
    assert shared.get(f"{path}/lint")["verdict"].startswith("Without fault")
    assert shared.get(f"{path}/backtest")["words"] == ["0 opportunities examined: no duty changes."]


def test_the_policy_lists_the_bounds_with_their_meanings_and_places_in_the_handbook(api: Api) -> None:
    shown = api.get(BOUNDS)

    explained = {each["name"]: each for each in shown["parameters_explained"]}
    assert {name: explained[name]["value"] for name in OTHER} == OTHER
    for name, rule in RULES.items():
        assert rule in {f"{use['rule']}/{use['clause']}" for use in explained[name]["used_by"]}
        assert all(use["citation"]["heading"] for use in explained[name]["used_by"])
    assert {each["rule"] for each in shown["rules"]} >= {
        "LEAD-1",
        "LEAD-3",
        "RANK-3",
        "CAL-1",
        "CAL-2",
        "CAL-3",
        "CAL-4",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, value) for name in OTHER if name != "update_weekday" for value in (-1, 100_000, 1.5, "1", None)),
        *(("update_weekday", value) for value in ("someday", 3, "", None)),
        *(("meeting_day", value) for value in (2, 29)),
        *(("last_work_days", value) for value in (0, 24)),
        *((name, 0) for name in ("top_places", "lead_minutes", "close_date_hours", "co_selling_days")),
        ("co_selling_aim", 13),
        ("co_selling_aim_most", 9),
    ],
)
def test_a_bound_that_cannot_be_is_refused_by_its_name(shared: Api, name: str, value: object) -> None:
    body = {"policy_id": "fy23-duties", "parameters": {name: value}, "effective_from": FIRST, "reason": "A trial."}

    problem = hold_problem(shared.http.post("/v1/policies/drafts", json=body), 422, "invalid_request")

    assert [error["pointer"] for error in problem["errors"]] == [f"/parameters/{name}"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"last_work_days": 1, "meeting_day": 3},
        {"last_work_days": 23, "meeting_day": 28, "update_hour": 0},
        {"lead_minutes": 1, "lead_days_alone": 0, "close_date_hours": 1, "close_date_window_days": 1},
        {"lead_minutes": 44_640, "lead_days_alone": 366, "close_date_hours": 8_784, "co_selling_days": 366},
        {"top_places": 1, "co_selling_days": 1, "co_selling_fewest": 1, "co_selling_aim": 1, "co_selling_aim_most": 1},
    ],
)
def test_the_ends_of_what_bounds_can_be_are_published_and_answered_by(
    fresh_api: Api, parameters: dict[str, Any]
) -> None:
    api = fresh_api
    published(api, parameters)
    smb(api, "ends-1")

    assert assigned(api, "ends", api.clock.at)["policy"]["version"] == 2
    assert given(api, "ends-1", account_executive="AE ends")["has_place"] is True
    assert api.get("/v1/co-selling", asm="asm")["count"] == 0
    assert api.http.get("/v1/calendar").status_code == 200
    close = {"kind": "growth", "quote_out": False, "compelling_event": False, "closing_on": "9999-12-31"}
    found = api.http.post("/v1/calendar/close-date", json=close | {"set_at": api.clock.at.isoformat()})
    assert (found.status_code, found.json()["stands"]) == (200, True)
    body = {"segment": "SMB", "net_arr": 9000, "amount": 9000, "close_on": "2026-01-20"}
    assert api.http.post("/v1/opportunities/duties", json=body).json()["policy"]["version"] == 2


def test_a_draft_that_begins_in_the_past_warns_of_what_was_asked_and_of_no_account(shared: Api) -> None:
    publishing = drafted(shared, {"lead_minutes": 90}, "2025-12-01")["publishing"]

    assert publishing["text"].endswith("what is on record stays as it is.")
    assert [each.split(": ")[1] for each in publishing["warnings"]] == [
        "what is asked of a day since then may be answered otherwise than it was before."
    ]


def test_the_commands_go_by_what_is_published(tmp_path: Path) -> None:
    run = partial(run_for_text, environment=os.environ | {"CHALKLINE_DATABASE_URL": f"sqlite:///{tmp_path}/bounds.db"})
    run("migrate")
    stated = ("--set", "update_weekday=fri", "--set", "close_date_hours=24")
    words = (
        "--policy",
        "fy23-duties",
        *stated,
        "--effective-from",
        "2026-01-05",
        "--reason",
        "A trial.",
        "--by",
        "one",
    )
    draft = json.loads(run("policies", "draft", *words, "--json").stdout)
    run("policies", "publish", draft["id"], "--by", "two", "--yes")

    days = ("--from", "2025-12-31", "--until", "2026-01-09", "--kind", "forecast_update")
    listed = run("calendar", *days).stdout
    case = ("--no-quote-out", "--no-compelling-event", "--kind", "growth", "--closing-on", "2026-01-31")
    at = ("--set-at", "2026-01-06T09:00:00Z", "--today", "2026-01-07T09:00:01Z")
    close_date = run("calendar", "close-date", *case, *at).stdout
    shown = run("policies", "show", "fy23-duties").stdout

    assert [line.split()[:2] for line in listed.splitlines() if line[:3] in {"Wed", "Fri"}] == [
        ["Wed", "2025-12-31"],
        ["Fri", "2026-01-09"],
    ]
    assert "More than 24 hours went by" in close_date
    assert "update_weekday: fri" in shown
    refused = run("lab", "compare", "--set", "update_weekday=someday")
    assert (refused.returncode, "update_weekday" in refused.stderr) == (2, True)


def test_a_roll_back_brings_the_handbooks_bounds_back(fresh_api: Api) -> None:
    api = fresh_api
    published(api, OTHER)
    draft = api.http.post(f"{BOUNDS}/roll-back", json={"reason": "It was a trial."}).json()
    assert api.http.post(f"/v1/policies/drafts/{draft['id']}/publish").status_code == 201

    assert list(draft["changes"]) == list(OTHER)
    assert assigned(api, "rolled-back", api.clock.at)["due_at"] == "2026-01-05T10:00:00Z"
    assert api.get(BOUNDS)["version"] == 3
