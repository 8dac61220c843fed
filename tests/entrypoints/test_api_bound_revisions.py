"""The bounds of sales work as parameters of a policy: drafted, compared, refused, published, shown and rolled back."""

import json
import os
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.api import Api
from tests.commands import run_for_text
from tests.entrypoints.bounds import BOUNDS, FIRST, OTHER, assigned, drafted, published
from tests.entrypoints.ranking import given, smb
from tests.problems import hold_problem

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


def test_the_policy_lists_the_bounds_with_their_meanings_and_places_in_the_handbook(fresh_api: Api) -> None:
    published(fresh_api, OTHER)
    shown = fresh_api.get(BOUNDS)

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
        ("co_selling_fewest", 11),
        ("co_selling_aim", 4),
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
