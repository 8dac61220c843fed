"""A revision with other bounds for leads, ranks, close dates, the calendar and calls: both sides of each, by day."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from tests.api import Api, serving
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.entrypoints.bounds import FIRST, OTHER, assigned, published
from tests.entrypoints.ranking import given, put, smb
from tests.problems import hold_problem


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def api(request: pytest.FixtureRequest) -> Iterator[Api]:
    """The running service over each database, with the other bounds published as revision 2."""
    name = "sqlite_databases" if request.param == "sqlite" else "postgres"
    databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(name)
    with databases.fresh() as url, serving(url) as served:
        assert published(served, OTHER) == 2
        yield served


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
    assert given(api, "fewer-0", account_executive="AE fewer", note="Unchanged: they will buy.")["reaffirmed"] is True
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
