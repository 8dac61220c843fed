"""Events of one post that are tried again in one commit, with a mapping that was mended meanwhile."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from service.crm.mapping import read_mapping
from service.domain.identifiers import uuid7
from service.store.database import Database
from service.store.decisions import standing_decision
from service.store.events import find_event, find_payload
from service.store.inbox import EventStatus, Payload, RecordedEvent
from service.usecases import retry_events
from service.usecases.retry_events import dismiss
from tests.application import Clock
from tests.crm.mapped import USUAL_TEXT
from tests.inbox.messages import KEY_ACCOUNT, WON, Event, change, milliseconds
from tests.inbox.recording import record_post, retry_all_events
from tests.store.jobs import ASKED, AT, recording

NUMBERS = """
[salesforce.values.zoominfo_employees]
"about 640" = "640"
[salesforce.values.lam_dev_count]
"many" = "250"
"""
MENDED = read_mapping(USUAL_TEXT + NUMBERS)
OF_DEALS = read_mapping(USUAL_TEXT.replace('amount = "Amount"', 'amount = "Deal_Amount__c"'))
THEN = milliseconds(AT, days=-1)


async def told(database: Database, number: int, *events: Event) -> tuple[RecordedEvent, ...]:
    return await record_post(database, list(events), number, lambda: uuid7(AT, number))


def now(database: Database, *events: RecordedEvent) -> list[RecordedEvent]:
    """Events as they are now."""
    found = [find_event(database.engine, event.id) for event in events]
    return [event for event in found if event is not None]


def test_two_remarks_of_one_post_that_are_mended_are_one_decision(database_url: str) -> None:
    async def scenario() -> None:
        clock = Clock(AT)
        async with recording(database_url, clock=clock) as database:
            created = change("acc-1", at=THEN, kind="CREATE", Name="Acme", Account_Demographics_Region__c="EMEA")
            await told(database, 1, created)
            events = await told(
                database,
                2,
                change("acc-1", at=THEN + 1, ZI_Employees__c="about 640"),
                change("acc-1", at=THEN + 2, LAM_Dev_Count__c="many"),
                change("acc-1", at=THEN + 3, Name="Acme GmbH"),
            )
            before = standing_decision(database.engine, "acc-1")

            clock.advance(minutes=1)
            assert await retry_all_events(database, clock(), MENDED) == {"applied": 2}

            decision = standing_decision(database.engine, "acc-1")
            assert before is not None
            assert decision is not None
            assert decision.decision.facts.account.lam_dev_count == 250
            assert [count.employees for count in decision.decision.facts.employee_counts] == [640]
            assert decision.previous_decision_id == before.id
            assert [event.remarks for event in now(database, *events)] == [(), (), ()]

    asyncio.run(scenario())


def test_one_that_stays_rejected_and_is_made_good_by_the_next_of_its_commit_ends_superseded(database_url: str) -> None:
    async def scenario() -> None:
        clock = Clock(AT)
        async with recording(database_url, clock=clock) as database:
            stated: dict[str, Any] = {name: value for name, value in WON.items() if name != "Amount"}
            await told(database, 1, change("acc-1", at=THEN, kind="CREATE", **KEY_ACCOUNT))  # type: ignore[arg-type]  # fields
            events = await told(
                database,
                2,
                change("006-1", at=THEN + 1, kind="CREATE", entity="Opportunity", **stated),
                change("006-1", at=THEN + 2, entity="Opportunity", Deal_Amount__c="12000", NextStep="Invoice"),
            )
            assert [event.status for event in events] == [EventStatus.REJECTED, EventStatus.SUPERSEDED]

            clock.advance(minutes=1)
            await retry_all_events(database, clock(), OF_DEALS)

            first, second = now(database, *events)
            assert (first.status, second.status) == (EventStatus.SUPERSEDED, EventStatus.APPLIED)
            assert (first.handoff_id, second.handoff_id is None) == (None, False)

    asyncio.run(scenario())


def test_one_that_is_dismissed_while_all_are_retried_stays_dismissed(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        clock, loop = Clock(AT), asyncio.get_running_loop()
        async with recording(database_url, clock=clock) as database:
            both: dict[str, Any] = {"Type": "Customer", "First_Order_Available__c": True}
            told_of = change("acc-1", at=THEN, kind="CREATE", ZI_Employees__c="about 640", **both)
            (event,) = await told(database, 1, told_of)
            assert event.status is EventStatus.REJECTED

            def dismissed_meanwhile(engine: Any, payload_id: UUID) -> Payload | None:  # noqa: ANN401 - an engine
                found = find_payload(engine, payload_id)
                (current,) = now(database, event)
                if current.is_open:
                    clock.advance(seconds=1)
                    closing = database.recorder.record([dismiss(current, "It is nobody's.", ASKED)])
                    asyncio.run_coroutine_threadsafe(closing, loop).result()
                return found

            monkeypatch.setattr(retry_events, "find_payload", dismissed_meanwhile)
            clock.advance(minutes=1)
            await retry_all_events(database, clock(), MENDED)

            (after,) = now(database, event)
            assert (after.status, after.reason) == (EventStatus.DISMISSED, "It is nobody's.")

    asyncio.run(scenario())
