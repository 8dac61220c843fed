"""A rejected event is closed by later news of its record that makes it good, or dismissed with a reason."""

import json
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session, col, select

from service.domain.keys import Scope
from service.store.recorder import postgres, sqlite
from service.store.tables.decisions import StatementRow
from tests.builders import ON
from tests.inbox.client import Crm
from tests.inbox.conftest import NOW
from tests.inbox.messages import KEY_ACCOUNT, WON, Event, Fields, change, company_event, milliseconds, notification
from tests.problems import hold_problem

AT = milliseconds(NOW, days=-1)
DATED_WRONG: Fields = {**KEY_ACCOUNT, "SystemModstamp": "1970-01-01T08:00:00.000Z"}
REASON = {"reason": "The record was made by mistake."}


def status_of(crm: Crm, event: Event) -> str:
    found: str = crm.api.get(f"/v1/events/{event['id']}")["status"]
    return found


def said(crm: Crm, event: Event) -> list[tuple[str, str, dict[str, Any]]]:
    """All that was said of an event, by whom, in its order."""
    query = select(StatementRow).where(StatementRow.subject_id == UUID(event["id"]))
    with Session(crm.api.database.engine) as session:
        rows = session.exec(query.order_by(col(StatementRow.said_at), col(StatementRow.kind).desc())).all()
    return [(row.kind, row.said_by, json.loads(row.body)) for row in rows]


def test_one_that_could_not_be_decided_on_is_closed_by_the_next_that_can(crm: Crm) -> None:
    both: Fields = {**KEY_ACCOUNT, "Type": "Customer"}
    event = crm.account("acc-1", both, 1)
    other = crm.account("acc-2", both, 2)
    assert (event["status"], other["status"]) == ("rejected", "rejected")

    crm.changes(change("acc-1", at=AT, Type="Prospect"))

    closed = crm.api.get(f"/v1/events/{event['id']}")
    assert (closed["status"], closed["problem"]) == ("superseded", event["problem"])
    assert closed["settled_at"] != event["settled_at"]
    assert [verdict["status"] for _, _, verdict in said(crm, event)] == ["rejected", "superseded"]
    assert crm.events(status="rejected") == [other]


@pytest.mark.parametrize("told", ["in one message", "in two"])
def test_one_that_is_dated_wrong_is_closed_by_a_whole_message_after_it(crm: Crm, told: str) -> None:
    wrong, right = notification("acc-1", DATED_WRONG, number=1), notification("acc-1", KEY_ACCOUNT, number=2)
    if told == "in one message":
        crm.outbound(wrong, right)
    else:
        crm.outbound(wrong)
        crm.outbound(right)

    assert [event["status"] for event in crm.events(record_id="acc-1")] == ["applied", "superseded"]
    assert crm.standing("acc-1")["team"] == "MMKAFO"


def test_however_many_are_open_of_one_record_those_of_others_are_closed(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    for batches in (postgres, sqlite):
        monkeypatch.setattr(batches, "_OPEN_EVENTS", vars(batches)["_OPEN_EVENTS"].replace("LIMIT 1000", "LIMIT 2"))
    noisy = [change("acc-1", at=place, Name=f"Acme {place}") for place in range(1, 4)]
    crm.changes(*noisy, change("acc-2", at=9, Name="Beta"))
    assert len(crm.events(status="rejected")) == 4

    now = milliseconds(NOW)
    crm.changes(change("acc-1", at=now + 1, Name="Acme"), change("acc-2", at=now + 2, Name="Beta"))

    assert [event["record_id"] for event in crm.events(status="rejected")] == ["acc-1"]


def test_one_that_is_dated_wrong_stays_until_all_its_facts_were_told_since(crm: Crm) -> None:
    (event,) = crm.changes(change("acc-1", at=1, LAM_Dev_Count__c=7, Key_Account__c=True))
    now = milliseconds(NOW)
    crm.changes(change("acc-1", at=now + 1, LAM_Dev_Count__c=8), change("acc-2", at=now + 2, Key_Account__c=True))
    assert status_of(crm, event) == "rejected"

    crm.changes(change("acc-1", at=now + 3, Key_Account__c=False))

    assert status_of(crm, event) == "superseded"


def test_what_a_person_states_of_the_same_facts_makes_good_nothing_that_the_crm_told(crm: Crm) -> None:
    crm.account("acc-1", KEY_ACCOUNT, 1)
    (event,) = crm.changes(change("acc-1", at=1, LAM_Dev_Count__c=7))
    crm.api.classify({"account": {"id": "acc-1", "lam_dev_count": 9}, "effective_on": ON.isoformat()})
    now = milliseconds(NOW)
    crm.changes(change("acc-1", at=now + 1, Key_Account__c=False))
    assert status_of(crm, event) == "rejected"

    crm.changes(change("acc-1", at=now + 2, LAM_Dev_Count__c=8))

    assert status_of(crm, event) == "superseded"


def test_an_older_event_that_comes_late_closes_none_by_what_newer_ones_have_told(crm: Crm) -> None:
    crm.account("acc-1", {**KEY_ACCOUNT, "LAM_Dev_Count__c": "9", "SystemModstamp": "2022-03-10T08:00:00.000Z"}, 1)
    bare = change("acc-1", at=AT, LAM_Dev_Count__c=7)
    del bare["ChangeEventHeader"]["commitTimestamp"]
    dated_wrong, unreadable = crm.changes(change("acc-1", at=1, LAM_Dev_Count__c=7), bare)
    assert (dated_wrong["status"], unreadable["status"]) == ("rejected", "rejected")

    earlier = milliseconds(NOW, days=-7)
    (late,) = crm.changes(change("acc-1", at=earlier, kind="CREATE", LAM_Dev_Count__c=8, Key_Account__c=True))

    assert late["status"] == "applied"
    assert (status_of(crm, dated_wrong), status_of(crm, unreadable)) == ("rejected", "rejected")
    crm.changes(change("acc-1", at=AT, kind="CREATE", LAM_Dev_Count__c=8))
    assert (status_of(crm, dated_wrong), status_of(crm, unreadable)) == ("superseded", "superseded")


def test_one_that_could_not_be_read_stays_whatever_else_is_told_in_part(crm: Crm) -> None:
    company = company_event(7, 1, AT, "name", "Acme")
    del company["occurredAt"]
    (event,) = crm.hubspot(company)
    crm.hubspot(company_event(7, 2, AT + 1, "name", "Acme"))
    assert (event["record_id"], status_of(crm, event)) == ("7", "rejected")


def test_a_retry_of_another_event_closes_none_that_came_after_it(crm: Crm) -> None:
    (first, second) = crm.changes(change("acc-1", at=1, Name="Acme"), change("acc-1", at=2, Name="Acme Ltd"))
    crm.api.http.post(f"/v1/events/{first['id']}/retry")
    assert [event["status"] for event in crm.events()] == ["rejected", "rejected"]
    assert status_of(crm, second) == "rejected"


def test_a_win_that_was_rejected_is_closed_when_its_part_has_come(crm: Crm) -> None:
    crm.outbound(notification("acc-1", KEY_ACCOUNT))
    part: dict[str, Any] = {name: value for name, value in WON.items() if name not in {"Amount", "SystemModstamp"}}
    (early,) = crm.changes(change("006-1", at=AT, entity="Opportunity", **part))
    assert early["status"] == "rejected"
    (last,) = crm.changes(change("006-1", at=AT + 1, entity="Opportunity", Amount=12000))
    assert (last["handoff_id"] is not None, status_of(crm, early)) == (True, "superseded")


def test_a_dismissal_says_who_when_and_why_and_stays(crm: Crm) -> None:
    (event,) = crm.changes(change("acc-1", at=1, Name="Acme"))
    answer = crm.api.http.post(f"/v1/events/{event['id']}/dismissal", json=REASON)

    dismissed = answer.json()
    assert (answer.status_code, dismissed["status"], dismissed["settled_by"]) == (200, "dismissed", "tester")
    assert (dismissed["reason"], dismissed["problem"]) == (REASON["reason"], event["problem"])
    assert crm.api.get(f"/v1/events/{event['id']}") == dismissed
    assert (crm.events(status="dismissed"), crm.events(status="rejected")) == ([dismissed], [])
    assert crm.events(status="superseded") == []
    assert ("event_dismissal", "tester", REASON) in said(crm, event)

    again = crm.api.http.post(f"/v1/events/{event['id']}/retry").json()
    assert (again["status"], again["reason"]) == ("rejected", None)
    assert ("event_dismissal", "tester", REASON) in said(crm, event)


def test_what_waits_may_be_dismissed_and_then_waits_no_more(crm: Crm) -> None:
    crm.outbound(notification("006-1", WON, kind="Opportunity"))
    event = crm.newest("006-1")
    assert event["status"] == "waiting"
    assert crm.api.http.post(f"/v1/events/{event['id']}/dismissal", json=REASON).json()["status"] == "dismissed"
    assert crm.events(status="waiting") == []


def test_a_dismissal_needs_an_administrator_a_reason_and_an_open_event(crm: Crm) -> None:
    (event, applied) = crm.changes(change("acc-1", at=1, Name="Acme"), change("acc-2", at=AT, Name="Acme"))
    path = f"/v1/events/{event['id']}/dismissal"
    reader = crm.api.key("reader", *(set(Scope) - {Scope.ADMIN}))
    hold_problem(crm.api.http.post(path, json=REASON, headers=reader), 403, "forbidden")
    hold_problem(crm.api.http.post(path, json={"reason": " "}), 422, "invalid_request")
    applied_path = f"/v1/events/{applied['id']}/dismissal"
    hold_problem(crm.api.http.post(applied_path, json=REASON), 409, "event_not_rejected")
    key = {"Idempotency-Key": "k-1"}
    answers = [crm.api.http.post(path, json=REASON, headers=key) for _ in range(2)]
    assert answers[0].content == answers[1].content
    hold_problem(crm.api.http.post(path, json=REASON), 409, "event_not_rejected")
