"""What CRMs sent is forgotten when the settings say so: its digest and what became of it stay."""

import asyncio
import hashlib
from datetime import timedelta
from typing import Any
from uuid import UUID

from prometheus_client import CollectorRegistry

from service.background import background
from service.entrypoints.common.background import WorkerContext
from service.entrypoints.worker.retention import forget_old_payloads
from service.settings import Settings
from service.store.events import find_payload, forget_payloads
from tests.api import eventually
from tests.inbox.client import Crm
from tests.inbox.conftest import NOW
from tests.inbox.messages import KEY_ACCOUNT, Event, change, milliseconds
from tests.problems import hold_problem

AT = milliseconds(NOW)
OF_ANOTHER_REGION = {**KEY_ACCOUNT, "Account_Demographics_Region__c": "Mars"}
OTHERWISE = {**KEY_ACCOUNT, "SystemModstamp": "2022-03-02T08:00:00.000Z"}


def forget(crm: Crm, **older_than: float) -> int:
    now = crm.api.clock()
    return forget_payloads(crm.api.database.engine, now - timedelta(**older_than), now, most=100)


def retry(crm: Crm, event: Event, **headers: str) -> Any:  # noqa: ANN401 - an answer
    return crm.api.http.post(f"/v1/events/{event['id']}/retry", headers=headers)


def test_a_payload_is_forgotten_and_its_digest_and_what_became_of_it_stay(crm: Crm) -> None:
    event = crm.account("acc-1", OF_ANOTHER_REGION, 1)
    assert event["remarks"]
    sent = crm.api.http.get(f"/v1/events/{event['id']}/payload").content
    standing = crm.standing("acc-1")
    first = retry(crm, event, **{"Idempotency-Key": "before"})
    crm.api.clock.advance(days=30, seconds=1)

    assert (forget(crm, days=31), forget(crm, days=30), forget(crm, days=30)) == (0, 1, 0)

    assert crm.newest("acc-1") == first.json()
    assert crm.standing("acc-1") == standing
    for answer, status, code in (
        (retry(crm, event), 409, "payload_forgotten"),
        (crm.api.http.get(f"/v1/events/{event['id']}/payload"), 404, "not_found"),
    ):
        hold_problem(answer, status, code)
        assert "forgotten on 2022-04-14" in answer.json()["detail"]
        assert hashlib.sha256(sent).hexdigest() in answer.json()["detail"]
    again = retry(crm, event, **{"Idempotency-Key": "before"})
    assert (again.status_code, again.json()) == (200, first.json())


def test_what_a_rejected_event_needs_is_kept_until_it_is_not_rejected(crm: Crm) -> None:
    bad, good = change("acc-1", at=1, Name="Acme"), change("acc-2", at=AT, LAM_Dev_Count__c=7)
    rejected, applied = crm.changes(bad, good)
    assert (rejected["status"], applied["status"]) == ("rejected", "applied")
    crm.account("acc-3", OTHERWISE, 1)
    crm.api.clock.advance(days=300)

    assert forget(crm, days=30) == 1

    kept = find_payload(crm.api.database.engine, UUID(rejected["payload_id"]))
    assert kept is not None
    assert (kept.body[:1], kept.forgotten_at) == (b"[", None)
    assert retry(crm, rejected).json()["problem"] == rejected["problem"]


def test_an_event_that_comes_again_after_its_payload_was_forgotten_is_known(crm: Crm) -> None:
    first = crm.account("acc-1", KEY_ACCOUNT, 1)
    crm.api.clock.advance(days=300)
    assert forget(crm, days=30) == 1
    before = crm.api.rows()

    assert crm.account("acc-1", KEY_ACCOUNT, 1) == first
    assert crm.api.rows() == before


def test_the_worker_forgets_a_few_at_a_time_until_none_is_left(crm: Crm) -> None:
    for number in range(21):
        crm.account(f"acc-{number}", KEY_ACCOUNT, number)
    crm.api.clock.advance(days=2)
    logged: list[dict[str, Any]] = []
    context = WorkerContext(
        database=crm.api.database,
        now=crm.api.clock,
        pause=0,
        log=lambda event, **told: logged.append({"event": event, **told}),
        warn=lambda *_, **__: None,
        log_fault=lambda *_: None,
    )

    more = [asyncio.run(forget_old_payloads(context, timedelta(days=1))) for _ in range(3)]

    assert more == [True, False, False]
    assert logged == [{"event": "payloads_forgotten", "payloads": count} for count in (20, 1)]


def test_it_is_the_settings_that_have_them_forgotten(crm: Crm) -> None:
    event = crm.account("acc-1", KEY_ACCOUNT, 1)
    path = f"/v1/events/{event['id']}/payload"
    database, without = crm.api.database, background(Settings(), crm.api.database, CollectorRegistry())
    *others, forgets = background(Settings(payload_retention_days=1), database, CollectorRegistry())
    assert len(others) == len(without)

    async def until_forgotten() -> None:
        task = asyncio.ensure_future(forgets())
        await asyncio.to_thread(eventually, lambda: crm.api.http.get(path).status_code == 404)
        task.cancel()

    asyncio.run(until_forgotten())
