"""Notices of leads, ranks and duties: told once, in the commit that records what they tell, to those who ask."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from service import wiring
from service.entrypoints.common.background import WorkerContext
from service.entrypoints.worker.notices import run_notices
from service.store.delivery.due_leads import notice_leads
from tests.api import Api, serving
from tests.entrypoints.ranking import given, seller, smb
from tests.entrypoints.test_api_leads import assign, touch
from tests.inbox.client import Crm
from tests.inbox.conftest import SET_UP
from tests.inbox.messages import KEY_ACCOUNT, notification, plain_event
from tests.inbox.test_notices import subscribe, told

NOTICES = ("lead.overdue", "lead.ae_may_step_in", "rank.changed", "duties.changed")
NOTE = "They want to wait for the audit."
CASE = {"opportunity_id": "opp-1", "account_id": "acc-1", "title": "Sample deal", "segment": "SMB"}


@pytest.fixture
def asked(database_url: str) -> Iterator[tuple[Api, UUID]]:
    """A service with one subscriber who asks for notices of sales work alone."""
    with serving(database_url, inbound=SET_UP) as api:
        yield api, subscribe(api, types=NOTICES)


def notice(api: Api, **later: float) -> int:
    """Find the leads that are late by then, as a worker does."""
    api.clock.advance(**later)
    return notice_leads(api.database.engine, api.clock(), UTC, wiring.new_id)


def queued(api: Api) -> list[str]:
    with api.database.engine.connect() as connection:
        return list(connection.execute(text("SELECT type FROM outbox WHERE type IS NOT NULL ORDER BY type")).scalars())


def texts(api: Api, subscriber: UUID) -> list[tuple[str, str]]:
    return [(each["type"], each["data"]["text"]) for each in told(api, subscriber)]


def record(api: Api, **facts: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    answer = api.http.post("/v1/opportunities/duties?record=true", json=CASE | {"amount": 100} | facts)
    assert answer.status_code == 201, answer.text
    recorded: dict[str, Any] = answer.json()
    return recorded


def test_a_lead_is_told_once_when_its_hour_is_over_and_once_when_the_ae_may_step_in(asked: tuple[Api, UUID]) -> None:
    api, subscriber = asked
    seller(api, "owner-1")
    seller(api, "sdr-1", name="Sample SDR", role="sdr")
    api.classify(id="acc-1", name="Acme GmbH", df=60, on=None, owner_id="user-owner-1")
    assign(api, "lead-1", sdr="sdr-1", account_id="acc-1")

    assert (notice(api, minutes=59), notice(api, minutes=2), notice(api, minutes=2)) == (0, 1, 0)
    (overdue,) = told(api, subscriber)
    assert (overdue["type"], overdue["data"]["id"], overdue["data"]["account_id"]) == (
        *("lead.overdue", "lead-1"),
        "acc-1",
    )
    assert overdue["data"]["text"] == (
        "Sample SDR was to reach out to the lead lead-1 of Acme GmbH (acc-1) by 2026-01-05 10:00 UTC, and has not."
    )

    api.clock.at = datetime(2026, 1, 19, 23, 59, tzinfo=UTC)
    assert (notice(api), notice(api, minutes=2), notice(api, days=40)) == (0, 1, 0)
    with api.database.engine.connect() as connection:
        (body,) = connection.execute(text("SELECT body FROM outbox WHERE type IS NOT NULL")).scalars()
    assert (
        "Sample SDR left the lead lead-1 of Acme GmbH (acc-1) alone for 14 days: the account executive, "
        "Sample owner-1, may reach out since 2026-01-20."
    ) in body


def test_a_lead_without_an_account_is_told_in_an_order_of_its_own_and_an_inquiry_only_after_its_days(
    asked: tuple[Api, UUID],
) -> None:
    api, subscriber = asked
    assign(api, "lead-1")
    assign(api, "lead-2", kind="inquiry")

    assert notice(api, hours=2) == 1
    assert notice(api, days=15) == 2
    first = told(api, subscriber)
    assert {each["data"]["id"]: each["type"] for each in first} == {
        "lead-1": "lead.overdue",
        "lead-2": "lead.ae_may_step_in",
    }
    assert [each["data"]["account_id"] for each in first] == [None, None]
    items = api.get("/v1/deliveries", account_id="lead-1")["items"]
    assert [(each["type"], each["attempt_count"]) for each in items] == [
        ("lead.ae_may_step_in", 0),
        ("lead.overdue", 1),
    ]


def test_a_lead_that_was_left_while_no_worker_ran_is_told_of_both_in_their_order(asked: tuple[Api, UUID]) -> None:
    api, _ = asked
    assign(api, "lead-1")

    assert (notice(api, days=30), notice(api)) == (2, 0)
    with api.database.engine.connect() as connection:
        waiting = connection.execute(text("SELECT type FROM outbox ORDER BY decision_id")).scalars().all()
    assert list(waiting) == ["lead.overdue", "lead.ae_may_step_in"]


def test_a_lead_that_was_reached_is_not_told_and_one_that_is_assigned_again_is_told_again(
    asked: tuple[Api, UUID],
) -> None:
    api, _ = asked
    assign(api, "lead-1")
    assign(api, "lead-2")
    touch(api, "lead-1")

    assert notice(api, hours=2) == 1
    assign(api, "lead-2")
    assert (notice(api, minutes=30), notice(api, hours=1)) == (0, 1)
    assert queued(api) == ["lead.overdue"] * 2


def test_an_assignment_that_is_told_again_is_not_noticed_again(asked: tuple[Api, UUID]) -> None:
    api, _ = asked
    began = api.clock.at.isoformat()
    assign(api, "lead-1", assigned_at=began)
    assert notice(api, hours=2) == 1

    assign(api, "lead-1", assigned_at=began)
    assign(api, "lead-1", assigned_at=began, has_phone=False)

    assert notice(api) == 0
    assign(api, "lead-1", assigned_at=began, sdr="Another SDR")
    assert notice(api) == 1, "that is another assignment"


def test_the_days_of_a_lead_are_those_of_the_organisation(asked: tuple[Api, UUID]) -> None:
    api, _ = asked
    assign(api, "lead-1", kind="inquiry", assigned_at="2026-01-05T07:00:00Z")  # on 4 January, by night
    clock, faults = api.clock, list[BaseException]()
    worker = WorkerContext(
        database=api.database,
        now=clock,
        pause=1,
        log=lambda *_, **__: None,
        warn=lambda *_, **__: None,
        log_fault=lambda _, error: faults.append(error),
    )
    found = []
    for at in ("2026-01-19T07:59:59Z", "2026-01-19T08:00:00Z", "2026-01-19T08:00:00Z"):
        clock.at = datetime.fromisoformat(at)
        found.append(asyncio.run(run_notices(worker, ZoneInfo("America/Los_Angeles"), wiring.new_id)))

    assert (found, faults) == ([False, True, False], [])


def test_several_workers_tell_of_a_lead_once(asked: tuple[Api, UUID]) -> None:
    api, _ = asked
    for number in range(40):
        assign(api, f"lead-{number}")
    api.clock.advance(hours=2)

    with ThreadPoolExecutor(4) as pool:
        told_of = list(pool.map(lambda _: notice(api), range(8)))

    assert sum(told_of) == 40
    assert queued(api) == ["lead.overdue"] * 40


def test_a_rank_is_told_when_it_is_given_changed_or_re_affirmed_and_not_when_it_stands(asked: tuple[Api, UUID]) -> None:
    api, subscriber = asked
    seller(api, "seller-1")
    smb(api, "acc-1", name="Acme GmbH")
    smb(api, "acc-2", "acc-3")
    said = {"account_executive": "seller-1", "note": NOTE}
    for account, rank in (("acc-1", "2"), ("acc-1", "2"), ("acc-2", "1"), ("acc-3", "1")):
        record_of = given(api, account, rank=rank, **said)
    given(api, "acc-2", rank="1.5", **said)
    given(api, "acc-3", rank="1", **said | {"account_executive": "Another AE", "note": f"{NOTE} So it stays."})

    with api.database.engine.connect() as connection:
        bodies = connection.execute(text("SELECT body FROM outbox WHERE type = 'rank.changed'")).scalars().all()
    first = {each["data"]["account_id"]: each["data"] for each in told(api, subscriber)}
    assert len(bodies) == 5
    assert first["acc-1"] == {
        "id": api.get("/v1/accounts/acc-1/rank/history")["items"][0]["id"],
        "account_id": "acc-1",
        "rank": "2",
        "previous": None,
        "account_executive": "seller-1",
        "previous_account_executive": None,
        "ranked_on": record_of["ranked_on"],
        "text": "Sample seller-1 gave Acme GmbH (acc-1) the rank 2, its first.",
    }
    said_of = " ".join(bodies)
    assert "Sample seller-1 gave acc-2 the rank 1.5; it was 1 before." in said_of
    assert "Another AE re-affirmed the rank 1 of acc-3." in said_of
    assert NOTE not in said_of
    assert "They want to buy" not in said_of


def test_duties_are_told_when_they_are_the_first_and_when_they_change(asked: tuple[Api, UUID]) -> None:
    api, _ = asked
    seller(api, "owner-1")
    api.classify(id="acc-1", name="Acme GmbH", df=60, on=None, owner_id="user-owner-1")

    first = record(api)
    record(api)
    record(api, next_steps="Call them", next_steps_owner="owner-1", next_step_on="2026-01-20")
    record(api, next_steps="Call them soon", next_steps_owner="owner-1", next_step_on="2026-01-20")

    with api.database.engine.connect() as connection:
        query = text("SELECT account_id, body FROM outbox WHERE type = 'duties.changed' ORDER BY decision_id")
        (one, said), (other, then) = connection.execute(query).all()
    assert (one, other) == ("acc-1", "acc-1")
    assert first["id"] in said
    assert (
        "The duties of Sample deal (opp-1), an opportunity of Acme GmbH (acc-1), which Sample owner-1 owns, are on "
        "record now. Whether these are met is not known: Next steps."
    ) in said
    assert "have changed. These are met: Next steps." in then
    assert "Call them" not in then


def test_duties_are_told_as_the_document_says_them_and_so_are_those_that_a_crm_told_of(asked: tuple[Api, UUID]) -> None:
    api, subscriber = asked
    crm = Crm(api)
    crm.outbound(notification("acc-1", KEY_ACCOUNT))
    facts = {"account_id": "acc-1", "stage": "Discovery", "amount": "12000", "net_arr": "100", "title": "Sample deal"}
    for at in ("01", "01", "02"):
        told_at = f"2022-03-01T08:00:{at}Z"
        crm.plain(plain_event("006-1", told_at, kind="opportunity.updated", **facts), f"msg_{at}")

    (message,) = told(api, subscriber)
    assert (message["type"], message["data"]["opportunity_id"]) == ("duties.changed", "006-1")
    duties = {each["code"]: (each["rule"], each["applies"], each["met"]) for each in message["data"]["duties"]}
    assert duties["custom_deck"] == ("OPP-1", True, None)
    assert duties["full_command_plan"] == ("OPP-2", False, None)


def test_nothing_is_kept_that_nobody_asks_for(crm: Crm) -> None:
    api = crm.api
    subscribe(api, types=("review.opened",))
    smb(api, "acc-1")
    assign(api, "lead-1")
    given(api, "acc-1", account_executive="An AE")
    record(api)

    assert notice(api, days=20) == 2
    assert queued(api) == []
    subscribe(api, name="later", types=NOTICES)
    assert notice(api) == 0


def test_a_request_that_is_sent_again_tells_nothing_again(asked: tuple[Api, UUID]) -> None:
    api, _ = asked
    smb(api, "acc-1")
    key = {"Idempotency-Key": "once"}
    for _ in range(2):
        answer = api.http.post("/v1/opportunities/duties?record=true", json=CASE | {"amount": 100}, headers=key)
        assert answer.status_code == 201, answer.text

    assert queued(api) == ["duties.changed"]
