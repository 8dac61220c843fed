"""``chalkline calendar``: what is on which day, for people and programs; and close dates with why."""

import json

import vobject

from tests.commands import run_for_text

MAY = ("--from", "2022-05-01", "--until", "2022-05-31")
DAYS = (("Wed", 25), ("Thu", 26), ("Fri", 27), ("Mon", 30), ("Tue", 31))
APRIL = ("--kind", "growth", "--no-quote-out", "--no-compelling-event", "--closing-on", "2022-04-23")


def told(*words: str) -> str:
    ran = run_for_text("calendar", *words)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_a_month_is_listed_for_people_and_for_programs() -> None:
    lines = told(*MAY).splitlines()
    only = told(*MAY, "--kind", "red_green_meeting", "--kind", "quarter_changeover").splitlines()

    assert lines[0] == "Sun 2022-05-01         Quarter changeover: Q2 of FY23 begins (MOVE-3)"
    assert lines[1].startswith("Wed 2022-05-04  17:00  Update the forecast in Clari")
    meetings = ["Fri 2022-05-13", *(f"{day} 2022-05-{day_of}" for day, day_of in DAYS)]
    assert only[1:] == [f"{day}         Red/Green meeting (CAL-1)" for day in meetings]
    assert len(json.loads(told(*MAY, "--json"))["items"]) == 16
    assert len(vobject.readOne(told(*MAY, "--ics")).vevent_list) == 16
    assert told("--from", "2022-05-02", "--until", "2022-05-03") == "Nothing is on these days.\n"
    assert told("--kind", "forecast_update").count("17:00") == 13


def test_days_that_cannot_be_listed_are_refused_by_their_option() -> None:
    ran = run_for_text("calendar", "--from", "2022-05-02", "--until", "2022-05-01")

    assert ran.returncode == 2
    assert "--until" in ran.stderr


def test_a_close_date_is_told_with_why_and_what_to_do() -> None:
    said = told("close-date", *APRIL, "--set-at", "2022-04-23T10:00:00Z", "--today", "2022-04-26")
    found = json.loads(told("close-date", *APRIL, "--today", "2022-04-26", "--json"))
    nothing = told("close-date")

    assert said.startswith("Close date 2022-05-01, the first day of the month after")
    assert "It may not be left so since 2022-04-25 10:00." in said
    assert "Handbook: Close Date Conventions, item 1" in said
    assert "To do     More than 48 hours went by" in said
    assert (found["close_date"], found["stands"], found["missing_facts"]) == ("2022-05-01", None, ["set_at"])
    assert nothing.startswith("Close date not known")
    assert "Missing   quote_out, kind, compelling_event, closing_on and signing_expected_on" in nothing


def test_what_cannot_be_read_of_a_close_date_is_refused_by_its_option() -> None:
    for option, value in (("--set-at", "yesterday"), ("--set-at", "9999-01-01T00:00:00Z"), ("--today", "now")):
        ran = run_for_text("calendar", "close-date", option, value)
        assert ran.returncode == 2
        assert option in ran.stderr
