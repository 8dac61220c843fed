import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import pytest
from sqlmodel import Session, col, select

from service.crm.mapping import FieldMapping, read_mapping
from service.domain.keys import Scope
from service.store.tables.decisions import StatementRow
from tests.api import serving
from tests.application import Clock
from tests.crm.mapped import USUAL_TEXT
from tests.inbox.client import CHANGES, HUBSPOT, OUTBOUND, TEXT_XML, Crm, hold_acknowledged
from tests.inbox.conftest import NOW, SET_UP
from tests.inbox.messages import KEY_ACCOUNT, Event, Fields, change, company_event, message, milliseconds, notification
from tests.problems import hold_problem

A_UUID = "0198c0de-0000-7000-a000-000000000001"
ODD_COUNT: Fields = {**KEY_ACCOUNT, "ZI_Employees__c": "about 640"}
DATED_WRONG: Fields = {**KEY_ACCOUNT, "SystemModstamp": "1970-01-01T08:00:00.000Z"}
AT = milliseconds(NOW, days=-1)


def _mended() -> FieldMapping:
    """The mapping that says what the odd count of Zoominfo's means."""
    return read_mapping(USUAL_TEXT + '\n[salesforce.values.zoominfo_employees]\n"about 640" = "640"\n')


def _rejected(crm: Crm) -> Event:
    crm.outbound(notification("acc-1", DATED_WRONG, number=1), notification("acc-2", KEY_ACCOUNT, number=2))
    (event,) = crm.events(status="rejected")
    return event


def _remarked(crm: Crm) -> Event:
    crm.outbound(notification("acc-1", ODD_COUNT, number=1), notification("acc-2", KEY_ACCOUNT, number=2))
    return crm.newest("acc-1")


def test_a_rejected_event_says_why_and_blocks_nothing_else(crm: Crm) -> None:
    event = _rejected(crm)

    assert crm.api.get(f"/v1/events/{event['id']}") == event
    assert (event["record_id"], event["decision_id"], event["repeated"]) == ("acc-1", None, False)
    (problem,) = event["problem"]
    assert (problem["field"], "before 1999" in problem["reason"]) == (None, True)
    assert crm.standing("acc-2")["team"] == "MMKAFO"
    crm.account("acc-1", {**KEY_ACCOUNT, "SystemModstamp": "2022-03-02T08:00:00.000Z"}, 3)
    assert crm.standing("acc-1")["team"] == "MMKAFO"


def test_an_event_with_a_remark_is_read_anew_once_the_mapping_is_mended(database_url: str) -> None:
    with serving(database_url, clock=Clock(NOW), inbound=SET_UP) as api:
        event = _remarked(Crm(api))
        said = '"about 640" is not a whole number; write digits only, for example 1200; employees is taken as unknown'
        assert event["remarks"] == [{"field": "ZI_Employees__c", "reason": said}]
        still = api.http.post(f"/v1/events/{event['id']}/retry")
        assert (still.status_code, still.json()["remarks"]) == (200, event["remarks"])
        assert still.json()["decision_id"] == event["decision_id"]
        assert Crm(api).standing("acc-1")["leading_employees"] is None
    with serving(database_url, clock=Clock(NOW), key="mender", inbound=replace(SET_UP, mapping=_mended())) as api:
        crm = Crm(api)
        api.clock.advance(minutes=5)
        applied = api.http.post(f"/v1/events/{event['id']}/retry").json()
        again = api.http.post(f"/v1/events/{event['id']}/retry")

        standing = crm.standing("acc-1")
        assert standing["team"] == "MMKAFO"
        assert standing["leading_employees"] == 640
        mended = {"status": "applied", "remarks": [], "decision_id": standing["id"]}
        assert applied == event | mended | {"settled_at": applied["settled_at"], "settled_by": "mender"}
        assert applied["settled_at"] > event["settled_at"]
        assert standing["actor"] == "mender"
        hold_problem(again, 409, "event_not_rejected")
        assert crm.events(record_id="acc-1") == [applied]


def test_what_became_of_an_event_is_said_by_who_had_it_tried(database_url: str) -> None:
    with serving(database_url, clock=Clock(NOW), key="sender", inbound=SET_UP) as api:
        event = _remarked(Crm(api))
    for minutes, person, mapping in ((1, "looker", SET_UP.mapping), (2, "mender", _mended())):
        clock, inbound = Clock(NOW + timedelta(minutes=minutes)), replace(SET_UP, mapping=mapping)
        with serving(database_url, clock=clock, key=person, inbound=inbound) as api:
            tried = api.http.post(f"/v1/events/{event['id']}/retry").json()
            query = select(StatementRow).where(StatementRow.subject_id == UUID(event["id"]))
            with Session(api.database.engine) as session:
                rows = session.exec(query.order_by(col(StatementRow.said_at))).all()

    said = [(row.said_by, json.loads(row.body)["remarks"] is None) for row in rows]
    assert said == [("sender", False), ("looker", False), ("mender", True)]
    assert tried["actor"] == "sender"


def test_a_retry_applies_where_the_crm_s_order_has_it(database_url: str) -> None:
    later: Fields = {"SystemModstamp": "2022-03-02T08:00:00.000Z", "Account_Demographics_Region__c": "NORAM"}
    with serving(database_url, clock=Clock(NOW), inbound=SET_UP) as api:
        event = _remarked(Crm(api))
        Crm(api).account("acc-1", later, 3)
    with serving(database_url, clock=Clock(NOW), key="mender", inbound=replace(SET_UP, mapping=_mended())) as api:
        assert api.http.post(f"/v1/events/{event['id']}/retry").json()["status"] == "applied"
        facts = Crm(api).facts("acc-1")
        assert (facts["region"], facts["max_family_employees"]) == ("NORAM", 640)
        assert Crm(api).standing("acc-1")["leading_employees"] == 640


def test_a_retry_needs_an_administrator_and_a_rejected_event(crm: Crm) -> None:
    event = _rejected(crm)
    applied = crm.newest("acc-2")
    path = f"/v1/events/{event['id']}/retry"

    reader = crm.api.key("reader", *(set(Scope) - {Scope.ADMIN}))
    hold_problem(crm.api.http.post(path, headers=reader), 403, "forbidden")
    hold_problem(crm.api.http.post(f"/v1/events/{A_UUID}/retry"), 404, "not_found")
    hold_problem(crm.api.http.post(f"/v1/events/{applied['id']}/retry"), 409, "event_not_rejected")


def test_a_retry_with_a_key_is_answered_alike_again(crm: Crm) -> None:
    event = _rejected(crm)
    answers = [
        crm.api.http.post(f"/v1/events/{event['id']}/retry", headers={"Idempotency-Key": "k-1"}) for _ in range(2)
    ]
    assert answers[0].content == answers[1].content
    assert answers[1].headers["Idempotent-Replayed"] == "true"


def test_what_was_sent_is_given_back_byte_for_byte_for_saving_alone(crm: Crm) -> None:
    body = b"\xef\xbb\xbf" + message(notification("acc-1", KEY_ACCOUNT))
    hold_acknowledged(crm.api.http.post(OUTBOUND, content=body, headers=TEXT_XML))
    event = crm.newest("acc-1")

    answer = crm.api.http.get(f"/v1/events/{event['id']}/payload")

    assert (answer.content, answer.headers["content-type"]) == (body, "application/octet-stream")
    assert answer.headers["content-disposition"] == f'attachment; filename="{event["payload_id"]}"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    hold_problem(crm.api.http.get(f"/v1/events/{A_UUID}/payload"), 404, "not_found")
    hold_problem(crm.api.http.get(f"/v1/events/{A_UUID}"), 404, "not_found")


def test_events_are_listed_newest_first_a_page_at_a_time(crm: Crm) -> None:
    for place in range(7):
        crm.changes(change(f"acc-{place}", at=AT + place, Name="Acme"))

    pages, path = [], "/v1/events?limit=3"
    while path:
        answer = crm.api.http.get(path)
        pages.append([event["record_id"] for event in answer.json()["items"]])
        path = _next(answer)

    assert pages == [["acc-6", "acc-5", "acc-4"], ["acc-3", "acc-2", "acc-1"], ["acc-0"]]


def _next(answer: httpx.Response) -> str:
    link = answer.links.get("next")
    if link is None:
        return ""
    parts = urlsplit(link["url"])
    assert set(parse_qs(parts.query)) == {"limit", "cursor"}
    return f"{parts.path}?{parts.query}"


def test_events_are_filtered_by_what_became_of_them_where_they_came_and_what_they_are_about(crm: Crm) -> None:
    _rejected(crm)
    crm.changes(change("acc-2", at=AT, LAM_Dev_Count__c=7), change("acc-3", at=AT + 1, Website="x"))

    def about(**wanted: Any) -> list[str]:  # noqa: ANN401 - parameters
        return [event["record_id"] for event in crm.events(**wanted)]

    assert about() == ["acc-3", "acc-2", "acc-2", "acc-1"]
    assert about(status="rejected") == ["acc-1"]
    assert about(status="superseded") == ["acc-3"]
    assert about(source="salesforce-changes") == ["acc-3", "acc-2"]
    assert about(record_id="acc-2", source="salesforce-outbound") == ["acc-2"]
    assert about(record_id="acc-9") == []


@pytest.mark.parametrize("query", ["status=lost", "source=api", "limit=0", "cursor=x", "record_id=", "actor=crm"])
def test_a_filter_that_is_none_is_refused(shared: Crm, query: str) -> None:
    hold_problem(shared.api.http.get(f"/v1/events?{query}"), 422, "invalid_request")


def test_an_event_that_reaches_two_accounts_in_one_payload_is_retried_alone(crm: Crm) -> None:
    told = [change("acc-1", "acc-2", at=1, Name="Acme"), change("acc-3", at=AT + 1, Name="Acme")]
    first, second, third = crm.changes(*told)
    assert [event["status"] for event in (first, second, third)] == ["rejected", "rejected", "applied"]

    answer = crm.api.http.post(f"/v1/events/{second['id']}/retry")

    assert (answer.json()["id"], answer.json()["status"]) == (second["id"], "rejected")
    assert crm.api.http.get(f"/v1/events/{first['id']}/payload").json() == told


_TWICE: dict[str, Callable[[Crm], object]] = {
    OUTBOUND: lambda crm: crm.outbound(*[notification("acc-1", DATED_WRONG)] * 2),
    CHANGES: lambda crm: crm.changes(change("acc-1", "acc-1", at=1, Name="Acme")),
    HUBSPOT: lambda crm: crm.hubspot(*[company_event(1, 1, 1, "name", "Acme")] * 2),
}


@pytest.mark.parametrize("path", _TWICE)
def test_an_event_that_stands_twice_in_its_payload_is_retried(crm: Crm, path: str) -> None:
    _TWICE[path](crm)
    (event,) = crm.events()

    answer = crm.api.http.post(f"/v1/events/{event['id']}/retry")

    assert (answer.status_code, answer.json()["status"]) == (200, "rejected")
    assert answer.json()["problem"] == event["problem"]


@pytest.mark.parametrize(
    ("name", "then", "reason"),
    [
        ("_MOST_EVENTS", 0, "The body has 1 items; the most is 0"),
        ("_COMPANY", "0-0", "What was sent is not read as this event any more"),
    ],
)
def test_an_event_that_is_not_read_from_its_payload_any_more_is_rejected_still(
    crm: Crm, monkeypatch: pytest.MonkeyPatch, name: str, then: object, reason: str
) -> None:
    told = company_event(1, 1, 1, "name", "Acme")
    (event,) = crm.hubspot(told | {"subscriptionType": "object.propertyChange", "objectTypeId": "0-2"})
    assert event["status"] == "rejected"
    # As a later release might read it.
    monkeypatch.setattr(f"service.crm.hubspot.events.{name}", then)

    answer = crm.api.http.post(f"/v1/events/{event['id']}/retry")

    assert (answer.status_code, answer.json()["status"]) == (200, "rejected")
    assert answer.json()["problem"] == [{"field": None, "reason": reason}]
