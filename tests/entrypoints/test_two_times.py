"""What was on record by an instant, and what held for a day: every pair of the two, as a naive reading has it."""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from service.server import inbound
from service.settings import Settings
from tests.api import Api, serving
from tests.application import Clock
from tests.builders import request
from tests.problems import hold_problem

DAYS = [date(2026, 1, 1) + timedelta(days=day) for day in range(5)]
TEAMS = {40: "SMB", 5_000: "OUTSIDE_COMMERCIAL"}


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _naive(recorded: list[dict[str, Any]], by: datetime, on: date) -> dict[str, Any] | None:
    known = [
        each
        for each in recorded
        if _instant(each["recorded_at"]) <= by and date.fromisoformat(each["effective_on"]) <= on
    ]
    # Those of the same day follow one another as they were recorded.
    return max(known, key=lambda each: (each["effective_on"], each["recorded_at"]), default=None)


@pytest.mark.parametrize("seed", range(3))
def test_every_pair_of_times_is_answered_as_a_naive_reading_answers_it(fresh_api: Api, seed: int) -> None:
    random = Random(seed)
    recorded = []
    for _ in range(12):
        fresh_api.clock.advance(hours=random.choice((1, 7, 30)))
        body = request(id="acc-1", df=random.choice(list(TEAMS)))
        recorded.append(fresh_api.classify(body | {"effective_on": random.choice(DAYS).isoformat()}))
    fresh_api.clock.advance(days=3)

    instants = [_instant(each["recorded_at"]) + timedelta(microseconds=by) for each in recorded for by in (-1, 0)]
    for by in (*instants, fresh_api.clock.at):
        for on in (*DAYS, DAYS[0] - timedelta(days=1), fresh_api.clock.at.date()):
            expected = _naive(recorded, by, on)
            asked = {"as_of": by.isoformat(), "on": on.isoformat()}
            answer = fresh_api.http.get("/v1/accounts/acc-1", params=asked)
            if expected is None:
                hold_problem(answer, 404, "not_found")
            else:
                standing = answer.json()
                assert standing["decision"] == expected, asked
                assert (_instant(standing["as_of"]), standing["on"]) == (by, on.isoformat())
        last = _naive(recorded, by, date.max)
        answer = fresh_api.http.get("/v1/accounts/acc-1", params={"as_of": by.isoformat()})
        assert answer.json().get("decision") == last


def test_a_day_stands_for_its_last_instant_in_the_zone_of_the_organisation(database_url: str) -> None:
    in_california = inbound(Settings(time_zone="America/Los_Angeles"))
    noon = Clock(datetime.fromisoformat("2026-01-05T20:00:00+00:00"))
    with serving(database_url, clock=noon, inbound=in_california) as api:
        first = api.classify(id="acc-1", df=40)
        api.clock.advance(hours=12)  # the first instant of the day after
        second = api.classify(id="acc-1", df=5_000)
        api.clock.advance(days=2)

        assert api.get("/v1/accounts/acc-1", as_of="2026-01-05")["decision"] == first
        assert api.get("/v1/accounts/acc-1", as_of="2026-01-06")["decision"] == second
        today = api.get("/v1/accounts/acc-1", as_of="2026-01-08")
        assert (today["decision"], _instant(today["as_of"])) == (second, api.clock.at)


def test_a_history_filled_in_today_for_last_spring_answers_for_last_spring(fresh_api: Api) -> None:
    now = fresh_api.classify(id="acc-1", df=5_000, on=None)
    spring = fresh_api.classify(request(id="acc-1", df=40) | {"effective_on": "2025-04-01"})

    assert fresh_api.get("/v1/accounts/acc-1")["decision"] == now
    assert fresh_api.get("/v1/accounts/acc-1", on="2025-05-01")["decision"]["id"] == spring["id"]
    hold_problem(fresh_api.http.get("/v1/accounts/acc-1", params={"on": "2025-03-31"}), 404, "not_found")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            ("as_of", value)
            for value in ("2026-01-06", "2026-01-06T00:00:00Z", "2026-02-30", "5 January", "1767607200")
        ),
        *((name, value) for name in ("as_of", "on") for value in ("20260105", "2026-01-06T00:00:00")),
        ("on", "2026-01-06"),
    ],
)
def test_a_time_that_is_to_come_or_none_is_refused_by_its_name(api: Api, name: str, value: str) -> None:
    problem = hold_problem(api.http.get("/v1/accounts/acc-1", params={name: value}), 422, "invalid_request")
    assert [fault["pointer"] for fault in problem["errors"]] == [name]
