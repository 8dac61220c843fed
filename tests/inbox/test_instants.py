"""Instants that cannot be: what is dated by one is refused alone, and what was known by one stands in nobody's way."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from service.store.tables.events import CrmRecordRow
from tests.inbox.client import Crm
from tests.inbox.conftest import NOW
from tests.inbox.messages import KEY_ACCOUNT, Event, change, company_event, milliseconds, notification, plain_event

GOOD = milliseconds(NOW, hours=-1)
FAR = datetime(2226, 3, 15, 8, 30, tzinfo=UTC)
OLD = datetime(1998, 12, 31, 23, 59, 59, tzinfo=UTC)


def _told_by_every_door(crm: Crm, at: datetime) -> list[Event]:
    """Tell of an account by every door, dated so, beside sound events where a door takes several."""
    ms, number = milliseconds(at), at.year
    crm.outbound(
        notification("acc-outbound", {**KEY_ACCOUNT, "SystemModstamp": at.isoformat()}, number=number),
        notification("acc-sound", KEY_ACCOUNT, number=number + 1),
    )
    crm.changes(change("acc-changes", at=ms, Name="Acme"), change("acc-sound", at=GOOD, Name="Acme", sequence=number))
    crm.hubspot(
        company_event(901, number, ms, "name", "Acme"), company_event(902, number, GOOD, "name", "Acme, beside it")
    )
    crm.plain(plain_event("acc-signed", at.isoformat(), name="Acme"), f"msg_{number}")
    assert {crm.newest(name)["status"] for name in ("acc-sound", "902")} <= {"applied", "superseded"}
    return [crm.newest(name) for name in ("acc-outbound", "acc-changes", "901", "acc-signed")]


def test_an_event_of_an_impossible_instant_is_acknowledged_and_rejected_alone_at_every_door(crm: Crm) -> None:
    for at, says in ((FAR, "more than a day after it came"), (OLD, "before 1999")):
        for event in _told_by_every_door(crm, at):
            assert event["status"] == "rejected"
            (problem,) = event["problem"]
            assert at.strftime("%Y-%m-%dT%H:%M:%SZ") in problem["reason"]
            assert says in problem["reason"]
            assert crm.api.http.get(f"/v1/accounts/{event['record_id']}").status_code == 404


def test_an_event_of_up_to_a_day_ahead_is_applied_at_every_door(crm: Crm) -> None:
    told = _told_by_every_door(crm, NOW + timedelta(days=1))
    assert [event["status"] for event in told] == ["applied"] * 4


def test_an_instant_beyond_every_calendar_is_rejected_and_refuses_no_other(crm: Crm) -> None:
    microseconds = milliseconds(NOW) * 1000
    told = crm.changes(change("acc-1", at=microseconds, Name="Acme"), change("acc-2", at=GOOD, Name="Acme"))
    assert {event["record_id"]: event["status"] for event in told} == {"acc-1": "rejected", "acc-2": "applied"}

    told = crm.hubspot(company_event(1, 1, microseconds, "name", "A"), company_event(2, 2, GOOD, "name", "B"))
    assert {event["record_id"]: event["status"] for event in told} == {"1": "rejected", "2": "applied"}


def test_seconds_are_recognised_where_milliseconds_are_due(crm: Crm) -> None:
    crm.changes(change("901", at=GOOD // 1000, Name="By seconds"))
    crm.changes(change("901", at=GOOD - 60_000, Name="A minute before"))
    assert crm.facts("901")["name"] == "By seconds"

    crm.hubspot(company_event(902, 1, GOOD // 1000, "name", "By seconds"))
    crm.hubspot(company_event(902, 2, GOOD - 60_000, "name", "A minute before"))
    assert crm.facts("902")["name"] == "By seconds"


def test_an_event_whose_instant_has_come_is_applied_when_it_is_tried_again(crm: Crm) -> None:
    event = crm.plain(plain_event("acc-1", "2022-03-18T00:00:00Z", name="Acme"), "msg_1")
    assert event["status"] == "rejected"

    crm.api.clock.advance(days=3)
    again = crm.api.http.post(f"/v1/events/{event['id']}/retry").json()
    assert (again["status"], again["problem"]) == ("applied", [])


def _as_an_earlier_release_knew(crm: Crm, account: str, instants: dict[int, int]) -> None:
    """Date what is known of an account anew, as it was known when such instants were taken."""
    with Session(crm.api.database.engine) as session:
        row = session.exec(select(CrmRecordRow).where(CrmRecordRow.record_id == account)).one()
        for before, after in instants.items():
            assert str(before) in row.known
            row.known = row.known.replace(str(before), str(after))
        session.add(row)
        session.commit()


@pytest.mark.parametrize("far", [milliseconds(FAR), milliseconds(OLD)])
def test_a_frozen_account_thaws_what_it_knew_counting_as_of_its_receipt(crm: Crm, far: int) -> None:
    crm.changes(change("acc-1", at=GOOD, kind="CREATE", Name="Frozen", LAM_Dev_Count__c=7))
    _as_an_earlier_release_knew(crm, "acc-1", {GOOD: far})

    before = crm.changes(change("acc-1", at=GOOD - 1, Name="Before it came"))
    after = crm.changes(change("acc-1", at=milliseconds(NOW, minutes=1), Name="After it came"))

    assert [event["status"] for event in (*before, *after)] == ["superseded", "applied"]
    facts = crm.facts("acc-1")
    assert (facts["name"], facts["lam_dev_count"]) == ("After it came", 7)


def test_a_deletion_from_the_future_is_of_its_receipt_and_a_later_event_brings_the_account_back(crm: Crm) -> None:
    crm.changes(change("acc-1", at=GOOD - 5, kind="CREATE", Name="Acme"))
    crm.changes(change("acc-1", at=GOOD, kind="DELETE"))
    _as_an_earlier_release_knew(crm, "acc-1", {GOOD: milliseconds(FAR)})
    assert _second(crm.state("acc-1")["deleted_at"]) == "2022-03-15T08:30:00"

    crm.changes(change("acc-1", at=milliseconds(NOW, minutes=1), kind="UNDELETE", Name="Acme"))
    assert crm.state("acc-1")["deleted_at"] is None


def test_what_was_told_by_several_impossible_instants_keeps_its_order(crm: Crm) -> None:
    crm.changes(change("acc-1", at=GOOD, kind="CREATE", Name="Acme"))
    crm.changes(change("acc-1", at=GOOD + 5, kind="DELETE"))
    _as_an_earlier_release_knew(crm, "acc-1", {GOOD: milliseconds(FAR), GOOD + 5: milliseconds(FAR, days=1)})

    assert _second(crm.state("acc-1")["deleted_at"]) == "2022-03-15T08:30:00"


def _second(text: Any) -> str:  # noqa: ANN401 - an instant of JSON's
    return str(text)[:19]
