"""Wins that cannot be decided on yet wait for their account or their day, and are applied once it is there."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session, func, select

from service.crm.mapping import read_mapping
from service.store.tables.decisions import StatementRow
from service.store.tables.events import EventRow, PayloadRow
from tests.api import eventually, serving
from tests.application import Clock
from tests.builders import request
from tests.crm.mapped import USUAL_TEXT
from tests.inbox.client import Crm
from tests.inbox.conftest import NOW, SET_UP
from tests.inbox.messages import KEY_ACCOUNT, WON, Fields, change, milliseconds, notification

TOMORROW: Fields = {**WON, "CloseDate": "2022-03-16"}
KNOWN: dict[str, Any] = {"id": "acc-1", "df": 640, "max_family_employees": 640, "region": "EMEA"}


def tell(crm: Crm, fields: Fields, number: int = 1) -> dict[str, Any]:
    """Have an opportunity told, and give the event."""
    crm.outbound(notification("006-1", fields, number=f"won{number}", kind="Opportunity"))
    return crm.newest("006-1")


def applied(crm: Crm, event: dict[str, Any]) -> dict[str, Any]:
    """The event once it waits no more."""
    eventually(lambda: crm.api.get(f"/v1/events/{event['id']}")["status"] != "waiting")
    found: dict[str, Any] = crm.api.get(f"/v1/events/{event['id']}")
    return found


def handoffs(crm: Crm) -> list[str]:
    return [handoff["id"] for handoff in crm.api.get("/v1/handoffs")["items"]]


@pytest.mark.parametrize("decided_by", ["crm", "api"])
def test_a_win_before_its_account_s_first_decision_is_applied_by_itself_once_that_is_made(
    database_url: str, decided_by: str
) -> None:
    with serving(database_url, clock=Clock(NOW), inbound=SET_UP, at_work=True) as api:
        crm = Crm(api)
        event = tell(crm, WON)
        assert (event["status"], event["handoff_id"]) == ("waiting", None)
        assert "No decision was recorded for account acc-1" in event["problem"][0]["reason"]
        if decided_by == "crm":
            crm.account("acc-1", KEY_ACCOUNT, 1)
        else:
            api.classify(request(**KNOWN))

        now = applied(crm, event)

        assert (now["status"], now["problem"], [now["handoff_id"]]) == ("applied", [], handoffs(crm))
        assert crm.standing("acc-1")["id"] == now["decision_id"]
        assert (crm.standing("acc-1")["actor"], crm.standing("acc-1")["source"]) == ("tester", "salesforce-outbound")


def test_it_waits_over_a_restart_until_its_day_comes_where_the_organization_is(database_url: str) -> None:
    noon = Clock(datetime(2022, 3, 15, 11, 0, tzinfo=UTC))
    inbound = replace(SET_UP, mapping=read_mapping(USUAL_TEXT, ZoneInfo("Pacific/Auckland")))
    with serving(database_url, clock=Clock(NOW), inbound=inbound, at_work=True) as api:
        crm = Crm(api)
        crm.account("acc-1", KEY_ACCOUNT, 1)
        event = tell(crm, TOMORROW)
        assert (event["status"], event["handoff_id"]) == ("waiting", None)
    # It is the 16th in Auckland, when it is the 15th yet in UTC.
    with serving(database_url, clock=noon, key="later", inbound=inbound, at_work=True) as api:
        now = applied(Crm(api), event)
        assert (now["status"], [now["handoff_id"]]) == ("applied", handoffs(Crm(api)))


def test_what_waits_goes_by_the_newest_that_is_told_of_it(database_url: str) -> None:
    with serving(database_url, clock=Clock(NOW), inbound=SET_UP, at_work=True) as api:
        crm = Crm(api)
        early = tell(crm, TOMORROW)
        put_off = {**TOMORROW, "CloseDate": "2022-03-17", "SystemModstamp": "2022-03-14T18:00:00.000Z"}
        assert tell(crm, put_off, 2)["status"] == "waiting"
        crm.account("acc-1", KEY_ACCOUNT, 1)
        api.clock.advance(days=1)
        eventually(lambda: "2022-03-17 has not come yet" in str(crm.events(record_id="006-1")[1]["problem"]))
        assert handoffs(crm) == []

        api.clock.advance(days=1)
        assert applied(crm, early)["status"] == "applied"
        eventually(lambda: crm.events(status="waiting") == [])

        assert {event["status"] for event in crm.events(record_id="006-1")} == {"applied"}
        assert len(handoffs(crm)) == 1


def test_two_workers_that_find_it_at_once_apply_it_once(database_url: str) -> None:
    with (
        serving(database_url, clock=Clock(NOW), inbound=SET_UP, at_work=True) as api,
        serving(database_url, clock=Clock(NOW), key="other", inbound=SET_UP, at_work=True),
    ):
        crm = Crm(api)
        event = tell(crm, {**WON, "ARR_Net__c": "a lot"})
        crm.account("acc-1", KEY_ACCOUNT, 1)
        assert applied(crm, event)["handoff_id"] is not None
        crm.account("acc-2", KEY_ACCOUNT, 2)

        query = select(func.count()).select_from(StatementRow).where(StatementRow.subject_id == UUID(event["id"]))
        with Session(api.database.engine) as session:
            assert session.exec(query).one() == 2
        assert len(handoffs(crm)) == 1


def test_a_win_that_is_lost_before_its_account_is_decided_starts_nothing(database_url: str) -> None:
    with serving(database_url, clock=Clock(NOW), inbound=SET_UP, at_work=True) as api:
        crm = Crm(api)
        event = tell(crm, WON)
        (lost,) = crm.changes(
            change("006-1", at=milliseconds(NOW, hours=-1), entity="Opportunity", StageName="Closed Lost")
        )
        assert lost["status"] == "applied"
        crm.account("acc-1", KEY_ACCOUNT, 1)

        assert applied(crm, event)["handoff_id"] is None
        assert handoffs(crm) == []


def test_a_win_that_waited_for_an_account_that_was_deleted_since_is_rejected_and_starts_nothing(crm: Crm) -> None:
    event = tell(crm, WON)
    assert event["status"] == "waiting"
    crm.account("acc-1", KEY_ACCOUNT, 1)
    crm.changes(change("acc-1", at=milliseconds(NOW, hours=-1), kind="DELETE"))

    now = crm.api.http.post(f"/v1/events/{event['id']}/retry").json()

    reason = "is that of an account that the CRM has deleted"
    assert (now["status"], now["problem"]) == ("rejected", [{"field": "account_id", "reason": reason}])
    assert handoffs(crm) == []


def test_one_that_waits_and_whose_payload_was_forgotten_is_rejected_and_keeps_no_other_waiting(
    database_url: str,
) -> None:
    with serving(database_url, clock=Clock(NOW), inbound=SET_UP, at_work=True) as api:
        crm = Crm(api)
        forgotten = tell(crm, WON)
        crm.outbound(notification("006-2", WON, number="other", kind="Opportunity"))
        other = crm.newest("006-2")
        # None that waits loses its payload, but one that was read for a retry just before that was forgotten.
        with Session(api.database.engine) as session:
            event = session.get_one(EventRow, UUID(forgotten["id"]))
            payload = session.get_one(PayloadRow, event.payload_id)
            status, event.status = event.status, "applied"
            session.flush()
            payload.body, payload.forgotten_at = b"", NOW
            session.flush()
            event.status = status
            session.commit()

        crm.account("acc-1", KEY_ACCOUNT, 1)

        now = applied(crm, forgotten)
        assert (now["status"], now["handoff_id"]) == ("rejected", None)
        assert "forgotten on 2022-03-15" in now["problem"][0]["reason"]
        assert applied(crm, other)["status"] == "applied"
