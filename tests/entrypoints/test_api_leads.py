"""Leads over HTTP: assigned, touched, and listed as they stand."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from service.domain.keys import Scope
from tests.api import Api
from tests.problems import hold_problem

PATH = "/v1/leads"


def assign(api: Api, lead_id: str, *, headers: dict[str, str] | None = None, **stated: Any) -> httpx.Response:  # noqa: ANN401 - JSON
    body = {"id": lead_id, "kind": "trial_request", "assigned_at": at(api), "sdr": "An SDR", "has_phone": True}
    api.clock.advance(microseconds=1)  # so that each is recorded after the one before
    return api.http.post(PATH, json=body | stated, headers=headers)


def touch(api: Api, lead_id: str, **stated: Any) -> httpx.Response:  # noqa: ANN401 - JSON
    return api.http.post(f"{PATH}/{lead_id}/touches", json={"channel": "phone"} | stated)


def at(api: Api) -> str:
    """Now, as it is written."""
    return api.clock.at.isoformat()


def listed(api: Api, query: str) -> list[str]:
    return [each["id"] for each in api.get(f"{PATH}?{query}")["items"]]


def test_a_lead_says_by_when_and_how_it_is_reached_and_why(api: Api) -> None:
    answer = assign(api, "lead-1", account_id="acc-1")

    lead = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (201, "/v1/leads/lead-1")
    assert (lead["first_channel"], lead["sequence"]) == ("phone", "trial_and_contact_requests")
    assert (lead["in_time"], lead["overdue"], lead["ae_may_step_in"]) == (None, False, False)
    assert [(each["rule"], each["outcome"]) for each in lead["explanation"]] == [
        ("LEAD-1", True),
        ("LEAD-1", True),
        ("LEAD-2", True),
        ("LEAD-2", True),
        ("LEAD-3", False),
    ]
    assert all(each["citation"]["heading"] == "First Order Prospecting Guidelines" for each in lead["explanation"])
    assert api.get(f"{PATH}/lead-1") == lead


def test_an_mql_is_overdue_a_second_after_its_hour_until_it_is_touched(api: Api) -> None:
    began = at(api)
    assign(api, "lead-2", sdr="Overdue Only", assigned_at=began)
    assign(api, "lead-2-inquiry", sdr="Overdue Only", assigned_at=began, kind="inquiry")
    api.clock.at = datetime.fromisoformat(began) + timedelta(hours=1)
    on_the_hour = listed(api, "overdue=true&sdr=overdue%20only")
    api.clock.advance(seconds=1)
    late = api.get(f"{PATH}?overdue=true&sdr=overdue%20ONLY")["items"]

    touched = touch(api, "lead-2", channel="email")

    assert on_the_hour == []
    assert [(each["id"], each["overdue"], each["in_time"]) for each in late] == [("lead-2", True, False)]
    assert (touched.status_code, touched.json()["overdue"], touched.json()["in_time"]) == (201, False, False)
    assert listed(api, "overdue=true&sdr=Overdue%20Only") == []
    assert listed(api, "overdue=false&sdr=Overdue%20Only") == ["lead-2-inquiry", "lead-2"]


def test_a_touch_counts_when_it_was_and_not_when_it_is_told(api: Api) -> None:
    assign(api, "lead-3")
    began = at(api)
    api.clock.advance(hours=5)
    late = touch(api, "lead-3", at=at(api)).json()

    in_time = touch(api, "lead-3", at=began).json()

    assert (late["in_time"], in_time["in_time"]) == (False, True)
    assert in_time["touched_at"] == began.replace("+00:00", "Z")


def test_a_new_assignment_starts_both_clocks_anew_and_earlier_touches_do_not_count(api: Api) -> None:
    assign(api, "lead-4")
    first = at(api)
    touch(api, "lead-4")
    api.clock.advance(days=15)
    anew = assign(api, "lead-4", sdr="Another SDR").json()
    told_late = touch(api, "lead-4", at=first).json()
    api.clock.advance(hours=2)

    late_news = assign(api, "lead-4", assigned_at=first, sdr="An earlier SDR").json()

    assert (anew["sdr"], anew["touched_at"], anew["ae_may_step_in"]) == ("Another SDR", None, False)
    assert told_late["touched_at"] is None
    assert (late_news["sdr"], late_news["overdue"]) == ("Another SDR", True)


def test_after_fourteen_days_alone_the_ae_may_step_in(api: Api) -> None:
    began = api.clock.at.date()
    lead = assign(api, "lead-5", kind="inquiry").json()
    api.clock.advance(days=14)
    before = api.get(f"{PATH}/lead-5")
    api.clock.advance(days=1)
    then = api.get(f"{PATH}/lead-5")

    assert lead["ae_on"] == api.clock.at.date().isoformat()
    assert (api.clock.at.date() - began).days == 15
    assert (before["ae_may_step_in"], then["ae_may_step_in"]) == (False, True)
    assert (then["due_at"], then["sequence"], then["overdue"]) == (None, None, False)


def test_a_person_is_the_same_by_any_name(api: Api) -> None:
    person = {"name": "Sample Sdr", "role": "sdr", "email": "sdr@example.com", "active_from": "2022-02-01"}
    assign(api, "lead-6-before", sdr="SAMPLE sdr")
    assert api.http.put("/v1/people/sdr-6", json=person).status_code == 201
    assign(api, "lead-6", sdr="sdr@example.com")

    for named in ("sdr-6", "sample%20SDR", "sdr@example.com"):
        assert listed(api, f"sdr={named}") == ["lead-6", "lead-6-before"]


def test_a_page_of_leads_leads_to_the_next(api: Api) -> None:
    made = [assign(api, f"lead-7-{number}", sdr="Paged").json()["id"] for number in range(3)]
    api.clock.advance(hours=2)

    page = api.http.get(f"{PATH}?sdr=paged&overdue=true&limit=2")
    rest = api.http.get(page.links["next"]["url"])

    assert [each["id"] for each in page.json()["items"] + rest.json()["items"]] == made[::-1]
    assert "next" not in rest.links


def test_the_same_key_records_once(api: Api) -> None:
    headers = {"Idempotency-Key": "lead-8"}
    body = {"assigned_at": at(api)}
    first = assign(api, "lead-8", headers=headers, **body)
    api.clock.advance(hours=2)

    again = assign(api, "lead-8", headers=headers, **body)

    assert (again.content, again.headers["Location"]) == (first.content, "/v1/leads/lead-8")
    assert again.headers["Idempotent-Replayed"] == "true"


def test_an_assignment_that_is_told_again_is_not_recorded_again(api: Api) -> None:
    began = at(api)
    first = assign(api, "lead-12", assigned_at=began).json()
    touched = touch(api, "lead-12").json()

    again = assign(api, "lead-12", assigned_at=began, sdr=" an  SDR").json()
    corrected = assign(api, "lead-12", assigned_at=began, has_phone=False).json()

    assert (again["recorded_at"], again["touched_at"]) == (first["recorded_at"], touched["touched_at"])
    assert (corrected["first_channel"], corrected["touched_at"]) == ("email", touched["touched_at"])


@pytest.mark.parametrize(
    ("stated", "code", "pointer"),
    [
        ({"kind": "cold"}, "invalid_request", "/kind"),
        ({"assigned_at": "2999-01-01T00:00:00Z"}, "day_to_come", "/assigned_at"),
        ({"assigned_at": "2022-03-15"}, "invalid_request", "/assigned_at"),
        ({"sdr": " "}, "invalid_request", "/sdr"),
        ({"has_phone": "+49 1"}, "invalid_request", "/has_phone"),
        ({"phone": "+49 1"}, "invalid_request", "/phone"),
        ({"account_id": "no id"}, "invalid_request", "/account_id"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_field(
    api: Api, stated: dict[str, Any], code: str, pointer: str
) -> None:
    problem = hold_problem(assign(api, "lead-9", **stated), 422, code)

    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_a_lead_that_nobody_has_is_not_found_and_not_touched(api: Api) -> None:
    hold_problem(api.http.get(f"{PATH}/lead-10"), 404, "not_found")
    hold_problem(touch(api, "lead-10"), 404, "not_found")
    assign(api, "lead-11")
    hold_problem(touch(api, "lead-11", at="2999-01-01T00:00:00Z"), 422, "day_to_come")


def test_who_reads_looks_at_leads_and_does_not_record_them(api: Api) -> None:
    reader = api.key("leads reader", Scope.READ)

    hold_problem(assign(api, "lead-12", headers=reader), 403, "forbidden")
    assert api.http.get(PATH, headers=reader).status_code == 200
