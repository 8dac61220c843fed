"""Conduct matters over HTTP: flagged by the third in a fiscal year, and shown to the scope of conduct alone."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from service.domain.keys import Scope
from tests.api import Api
from tests.builders import request
from tests.problems import hold_problem

AE = "Sample AE Who Ignores"
REASON = "A sample reason that nobody else may read"


@pytest.fixture
def account(api: Api) -> str:
    identifier = "conduct-1"
    api.classify(id=identifier, df=640, max_family_employees=640)
    return identifier


def report(api: Api, account: str, occurred_on: str, **more: str) -> dict[str, Any]:
    body = {"account_executive": AE, "account_id": account, "reason": REASON, "occurred_on": occurred_on} | more
    answer = api.http.post("/v1/conduct", json=body)
    assert answer.status_code == 201, answer.text
    matter: dict[str, Any] = api.get(answer.headers["Location"])
    return matter


def test_the_third_ignored_move_in_a_fiscal_year_is_flagged(api: Api, account: str) -> None:
    name = "Sample AE of three"
    days = ("2022-02-01", "2022-06-01", "2023-01-31")

    flags = [report(api, account, day, account_executive=name)["flagged"] for day in days]

    assert flags == [False, False, True]
    listed = api.get("/v1/conduct", account_executive=name)["items"]
    assert [(item["occurred_on"], item["flagged"]) for item in listed] == [(day, True) for day in reversed(days)]
    assert listed[0]["flag"]["text"] == "Disciplinary action is likely."
    assert {item["ignored_moves_in_fiscal_year"] for item in listed} == {3}


def test_fiscal_years_do_not_add_up_and_neither_do_other_matters(api: Api, account: str) -> None:
    name = "Sample AE of two years"
    for day in ("2023-01-31", "2023-01-30", "2023-02-01", "2023-02-02"):
        report(api, account, day, account_executive=name, rule="MOVE-2")
    report(api, account, "2023-02-03", account_executive=name, rule="ROUTE-5")

    listed = api.get("/v1/conduct", account_executive=name)["items"]

    told = {(item["fiscal_year"], item["flagged"], item["flag"]["rule"]) for item in listed}
    assert told == {(2023, False, "MOVE-4"), (2024, False, "MOVE-4"), (2024, True, "ROUTE-5")}
    assert len(api.get("/v1/conduct", account_executive=name, fiscal_year=2024)["items"]) == 3
    assert [item["kind"] for item in api.get("/v1/conduct", account_executive=name, kind="deduplication")["items"]] == [
        "deduplication"
    ]


def test_a_deduplication_that_a_classification_names_is_listed(api: Api) -> None:
    name = "Sample AE of the duplicate"
    body = request(id="conduct-2", df=640, created=None, motion="outbound") | {"dedup_requested_by": name}

    decision = api.classify(body)

    (matter,) = api.get("/v1/conduct", account_id="conduct-2")["items"]
    assert (matter["kind"], matter["rule"], matter["account_executive"]) == ("deduplication", "ROUTE-5", name)
    assert matter["decision_id"] == decision["id"]


def test_a_deduplication_is_flagged_at_once_by_its_own_sentence(api: Api, account: str) -> None:
    matter = report(api, account, "2022-06-02", rule="ROUTE-5", account_executive="Sample AE of one duplicate")

    assert (matter["flagged"], matter["flag"]["rule"]) == (True, "ROUTE-5")
    assert matter["flag"]["text"] == "Disciplinary action follows."
    assert matter["flag"]["citation"]["item"] == "item 3, note"


def test_an_ae_is_one_person_however_the_name_is_spelled(api: Api, account: str) -> None:
    spelled = ("Sample AE Spelled", "sample ae spelled", " SAMPLE  AE Spelled ")

    told = [
        report(api, account, f"2022-06-0{day}", account_executive=name) for day, name in enumerate(spelled, start=1)
    ]

    assert [(matter["ignored_moves_in_fiscal_year"], matter["flagged"]) for matter in told] == [
        (1, False),
        (2, False),
        (3, True),
    ]
    assert [matter["account_executive"] for matter in told] == [*spelled]


def test_an_incident_that_is_reported_again_is_the_same_incident(api: Api, account: str) -> None:
    body = {"account_executive": "Sample AE Once", "account_id": account, "reason": "One", "occurred_on": "2022-06-01"}
    first = api.http.post("/v1/conduct", json=body)
    rows = api.rows()

    again = [
        api.http.post("/v1/conduct", json=body | {"account_executive": "sample ae  once", "reason": "Another"}),
        api.http.post("/v1/conduct", json=body, headers={"Idempotency-Key": "the-same-incident"}),
    ]

    assert [(answer.status_code, answer.json()) for answer in again] == [(200, first.json())] * 2
    assert api.rows() == rows | {"idempotency_keys": rows["idempotency_keys"] + 1}
    assert report(api, account, "2022-06-03", account_executive="Sample AE Once")["ignored_moves_in_fiscal_year"] == 2


def test_one_incident_that_many_report_at_once_is_recorded_by_one_and_answered_to_all(api: Api, account: str) -> None:
    body = {"account_executive": "Sample AE of many", "account_id": account, "reason": REASON}

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: api.http.post("/v1/conduct", json=body), range(10)))

    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [201]
    assert len({answer.content for answer in answers}) == 1
    assert {answer.headers["location"] for answer in answers} == {f"/v1/conduct/{answers[0].json()['id']}"}


def test_nothing_of_conduct_shows_to_any_other_scope(api: Api, account: str) -> None:
    matter = report(api, account, "2022-06-01")
    others = api.key("all but conduct", *(set(Scope) - {Scope.CONDUCT}))

    told = [
        api.http.get(path, headers=others | {"Accept": media_type}).text
        for path, media_type in [
            ("/v1/decisions", "application/json"),
            ("/v1/decisions", "text/csv"),
            ("/v1/decisions", "application/x-ndjson"),
            (f"/v1/accounts/{account}", "application/json"),
            (f"/v1/accounts/{account}/history", "application/json"),
            ("/v1/reviews", "application/json"),
            ("/v1/events", "application/json"),
            ("/v1/handoffs", "application/json"),
            ("/metrics", "text/plain"),
        ]
    ]
    told.append(str(api.logged))

    for secret in (AE, REASON, matter["id"]):
        assert not [text for text in told if secret in text]
    for path in ("/v1/conduct", f"/v1/conduct/{matter['id']}"):
        hold_problem(api.http.get(path, headers=others), 403, "forbidden")


def test_a_matter_needs_an_account_a_reason_and_a_day_that_has_come(api: Api, account: str) -> None:
    body = {"account_executive": AE, "account_id": account, "reason": REASON}

    hold_problem(api.http.post("/v1/conduct", json=body | {"account_id": "conduct-nobody"}), 404, "not_found")
    hold_problem(api.http.post("/v1/conduct", json=body | {"occurred_on": "2026-01-06"}), 422, "day_to_come")
    hold_problem(api.http.post("/v1/conduct", json=body | {"rule": "MOVE-3"}), 422, "invalid_request")
    hold_problem(api.http.post("/v1/conduct", json=body | {"reason": " "}), 422, "invalid_request")
