"""Posts of more events than one commit takes: the others do not wait for all of them, and nothing is lost half-way."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from itertools import count
from uuid import UUID

import pytest
from sqlalchemy import text

from service.domain.identifiers import uuid7
from service.store.database import Database
from service.store.errors import StoreBusyError, StoreUnavailableError
from tests.inbox.client import Crm
from tests.inbox.conftest import NOW
from tests.inbox.messages import Event, change, milliseconds
from tests.inbox.recording import record_post
from tests.store.holding import database_held
from tests.store.jobs import AT, recording, submission

HUNDRED = 100
BEFORE = milliseconds(AT, days=-1)
Looked = Callable[[], None]


def _post() -> list[Event]:
    """Two hundred and fifty events about opportunities, the last one first."""
    places = range(1, 251)
    return [change(f"opp-{place}", at=BEFORE + place, entity="Opportunity", StageName="Open") for place in places][::-1]


def _looked_at(looked: Looked, *places: int) -> Callable[[], UUID]:
    """What each opportunity is looked at with; those in some places are made known."""
    place = count(1)

    def new_id() -> UUID:
        if next(place) in places:
            looked()
        return uuid7(AT, 7)

    return new_id


def _count(database: Database, table: str) -> int:
    with database.engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608 - our own names


def test_a_long_post_is_recorded_a_hundred_events_at_a_time_and_others_in_between(database_url: str) -> None:
    seen: list[int] = []

    async def run() -> None:
        async with recording(database_url) as database:
            loop = asyncio.get_running_loop()

            def looked() -> None:
                seen.append(_count(database, "events"))
                # Who comes now is done before the long one is.
                beside = database.recorder.record((submission(f"beside-{len(seen)}"),))
                asyncio.run_coroutine_threadsafe(beside, loop).result(60)

            told = await record_post(database, _post(), 1, _looked_at(looked, 150, 250))
            assert [event.record[1].rpartition("-")[2] for event in told] == [str(place) for place in range(1, 251)]
            assert Counter(event.status for event in told) == {"applied": 250}
            assert (_count(database, "payloads"), _count(database, "decisions")) == (1, 2)

    asyncio.run(run())
    assert seen == [HUNDRED, 2 * HUNDRED]


def test_what_is_durable_when_the_database_goes_away_is_known_when_the_post_comes_again(database_url: str) -> None:
    async def run() -> None:
        async with recording(database_url, timeout=0.5) as database:
            loop, away = asyncio.get_running_loop(), ExitStack()

            async def go_away() -> None:
                away.enter_context(database_held(database_url))

            looked_at = _looked_at(lambda: asyncio.run_coroutine_threadsafe(go_away(), loop).result(60), 250)
            with away, pytest.raises((StoreBusyError, StoreUnavailableError)):
                await record_post(database, _post(), 1, looked_at)
            assert (_count(database, "events"), _count(database, "payloads")) == (2 * HUNDRED, 1)

        async with recording(database_url, clock=lambda: AT + timedelta(hours=1)) as database:
            told = await record_post(database, _post(), 2, _looked_at(lambda: None))
            assert [event.repeated for event in told] == [True] * 200 + [False] * 50
            # Each of the two brought events, and is kept for them, once.
            assert (_count(database, "events"), _count(database, "payloads")) == (250, 2)
            again = await record_post(database, _post(), 3, _looked_at(lambda: None))
            assert all(event.repeated for event in again)
            assert (_count(database, "events"), _count(database, "payloads")) == (250, 2)

    asyncio.run(run())


def test_a_long_post_is_answered_as_a_short_one_is(crm: Crm) -> None:
    told = [change(*[f"acc-{place}" for place in range(150)], at=milliseconds(NOW), kind="CREATE", Name="Acme")]
    events = crm.changes(*told)

    assert [event["record_id"] for event in events] == sorted(f"acc-{place}" for place in range(150))
    assert {(event["status"], event["repeated"]) for event in events} == {("applied", False)}
    before = crm.api.rows()
    assert (before["payloads"], before["events"]) == (1, 150)
    again = crm.changes(*told)
    assert again == [event | {"repeated": True} for event in events]
    assert crm.api.rows() == before
