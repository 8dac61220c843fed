"""Workers that are killed at any point, while decisions keep being recorded: each arrives, in its account's order."""

import asyncio
import os
import random
from collections import Counter
from datetime import UTC, datetime

import pytest

from service import wiring
from service.domain.subscriptions import DeliveryStatus, Interest
from service.store.database import Database
from service.store.delivery.deliveries import backlog, page_of_deliveries
from service.store.once import Answer
from service.usecases.subscribe import SubscriberOffice
from tests.application import LOOPBACK_ALLOWED
from tests.delivery.endpoints import Received, endpoint, message
from tests.durability.process import WorkerProcess
from tests.relay.place import account_of, decision_of
from tests.store.jobs import ASKED, recording, submission

KILLS = int(os.environ.get("CHALKLINE_EXAMPLES", "12"))
BUSY, QUIET = range(20), range(2000)
"""Accounts that are decided again and again, and others that keep workers going while those wait for a claim to end."""
AT_WORK_SECONDS = 20
STOP_SECONDS = 15
DRAIN_SECONDS = 60


def clock() -> datetime:
    return wiring.now().astimezone(UTC)


@pytest.mark.slow
def test_kills_of_workers_lose_no_delivery_and_keep_every_accounts_order(database_url: str) -> None:
    drawn = random.Random(30)
    accepted: list[str] = []

    async def now_and_then(received: Received, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(drawn.uniform(0, 0.1))
        if drawn.random() < 0.01:
            writer.write(message("503 Service Unavailable"))
        else:
            accepted.append(decision_of(received))
            writer.write(message("204 No Content", Connection="keep-alive"))

    async def scenario() -> None:
        async with recording(database_url, clock=clock) as database, endpoint(now_and_then) as served:
            _subscribe(database, served.port)
            enough = asyncio.Event()
            recording_on = asyncio.create_task(_record_on(database, drawn, enough))
            await _kill_workers(database_url, drawn, served.received)
            enough.set()
            recorded = await recording_on
            last = await asyncio.to_thread(WorkerProcess, database_url)
            try:
                await _drained(database)
            finally:
                code = await asyncio.to_thread(last.stop, STOP_SECONDS)

            assert code == 0
            assert len(recorded) > 5 * KILLS
            assert Counter(recorded) == Counter(set(accepted))
            _hold_order(served.received, accepted)
            deliveries = page_of_deliveries(database.engine, limit=100_000)
            assert {one.status for one in deliveries} == {DeliveryStatus.DELIVERED}
            assert len(accepted) > len(recorded), "No kill hit an attempt under way"

    asyncio.run(scenario())


def _subscribe(database: Database, port: int) -> None:
    office = SubscriberOffice(
        database=database,
        now=clock,
        new_id=wiring.new_id,
        secret=wiring.key_secret,
        allowance=LOOPBACK_ALLOWED,
        salesforce_url=None,
    )
    office.subscribe("receiver", f"http://127.0.0.1:{port}/in", Interest(), ASKED, None, lambda _: Answer(b""))


async def _record_on(database: Database, drawn: random.Random, enough: asyncio.Event) -> list[str]:
    """Record decisions of many accounts until there are enough; gives their identifiers."""
    recorded: list[str] = []
    while not enough.is_set():
        account = f"acc-{drawn.choice(drawn.choice((BUSY, QUIET)))}"
        (made,) = await database.recorder.record([submission(account, df=640)])
        recorded.append(str(made.id))
        await asyncio.sleep(0.025)
    return recorded


async def _kill_workers(url: str, drawn: random.Random, received: list[Received]) -> None:
    """Three at a time, the oldest of which is killed, some way into what is being received."""
    working = [await asyncio.to_thread(WorkerProcess, url) for _ in range(2)]
    try:
        for _ in range(KILLS):
            working.append(await asyncio.to_thread(WorkerProcess, url))
            some = len(received) + drawn.randint(1, 15)
            async with asyncio.timeout(AT_WORK_SECONDS):
                while len(received) < some:  # noqa: ASYNC110 - the receiver counts, and wakes nobody
                    await asyncio.sleep(0.001)
            await asyncio.to_thread(working.pop(0).kill)
    finally:
        for left in working:
            left.kill()


async def _drained(database: Database) -> None:
    async with asyncio.timeout(DRAIN_SECONDS):
        while True:
            found = await asyncio.to_thread(backlog, database.engine)
            if found.waiting == found.pending == 0:
                return
            await asyncio.sleep(0.2)


def _hold_order(received: list[Received], accepted: list[str]) -> None:
    """First receipts, and first acceptances, are in the order of the decisions of each account."""
    first_received: dict[str, list[str]] = {}
    account_by_decision = {}
    for one in received:
        decision, account = decision_of(one), account_of(one)
        account_by_decision[decision] = account
        if decision not in first_received.setdefault(account, []):
            first_received[account].append(decision)
    first_accepted: dict[str, list[str]] = {}
    for decision in dict.fromkeys(accepted):
        first_accepted.setdefault(account_by_decision[decision], []).append(decision)
    for first in (first_received, first_accepted):
        assert [account for account, decisions in first.items() if decisions != sorted(decisions)] == []
