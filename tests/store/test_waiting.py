"""Nobody waits without an end, nor for somebody else's account."""

import asyncio
import time
from datetime import datetime, timedelta

import asyncpg
import pysqlite3.dbapi2 as sqlite
import pytest
from sqlalchemy import text

from service.store.database import Database
from service.store.decisions import page_of_decisions
from service.store.engine import begin_writing, connect_engine
from service.store.errors import StoreBusyError, StoreError, StoreUnavailableError
from service.store.filters import DecisionFilter
from service.store.once import Done, IdempotencyKey
from service.store.recorder.postgres_connection import lock_number
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.store.holding import account_held, database_held, publication_under_way, row_held
from tests.store.jobs import AT, job, recorded, recorded_in, recording, submission

SOON = 0.4


def later() -> datetime:
    """The instant for a recorder that follows another."""
    return AT + timedelta(minutes=1)


async def outcome(database: Database, account: str) -> object:
    """What becomes of a classification of an account."""
    (found,) = await recorded_in(database, [job(submission(account))])
    return found


def test_who_records_about_other_accounts_does_not_wait_for_one_that_is_held(postgres: PostgresDatabases) -> None:
    async def record(url: str) -> None:
        async with recording(url) as database:
            with account_held(url, "held"):
                waiting = asyncio.ensure_future(outcome(database, "held"))
                others = await recorded_in(database, [job(submission(f"acc-{number}")) for number in range(50)])
                both = asyncio.ensure_future(recorded(database, job(submission("held"), submission("acc-1"))))
                later = await recorded(database, job(submission("acc-1")))
                assert not waiting.done()
                assert not both.done()
            assert all(isinstance(each, tuple) for each in (*others, later, await waiting, await both))
            found = page_of_decisions(database.engine, DecisionFilter(account_id="held"), limit=9)
            assert len(found) == 2

    with postgres.fresh() as url:
        asyncio.run(record(url))


def test_a_held_account_is_refused_when_its_own_time_is_up_and_nothing_of_it_is_recorded(
    postgres: PostgresDatabases,
) -> None:
    async def record(url: str) -> None:
        async with recording(url, timeout=SOON) as database:
            with account_held(url, "held"):
                refused = await outcome(database, "held")
            assert isinstance(refused, StoreBusyError)
            assert "Another process is recording about the account" in str(refused)
        async with recording(url, clock=later) as database:
            await recorded(database, job(submission("acc-1")))
            (found,) = page_of_decisions(database.engine, DecisionFilter(), limit=9)
            assert found.account_id == "acc-1"

    with postgres.fresh() as url:
        asyncio.run(record(url))


def test_a_row_that_something_else_holds_is_waited_for_and_others_are_not_refused(postgres: PostgresDatabases) -> None:
    async def record(url: str) -> None:
        async with recording(url) as database:
            await recorded(database, job(submission("held")))
            with row_held(url, "held"):
                waiting = asyncio.ensure_future(outcome(database, "held"))
                assert isinstance(await outcome(database, "acc-1"), tuple)
                assert not waiting.done()
            assert isinstance(await waiting, tuple)

    with postgres.fresh() as url:
        asyncio.run(record(url))


def test_however_much_waits_for_a_row_others_are_recorded_meanwhile(postgres: PostgresDatabases) -> None:
    async def record(url: str) -> None:
        async with recording(url, timeout=3) as database:
            await recorded(database, job(submission("held")))
            with row_held(url, "held"):
                waiting = recorded_in(database, [job(submission("held")) for _ in range(60)])
                others = await recorded_in(database, [job(submission(f"acc-{number}")) for number in range(3)])
                assert all(isinstance(each, tuple) for each in others)
                refused = await waiting
            # Of those that are under way when their time is up, it is not known.
            assert all(isinstance(each, StoreBusyError | StoreUnavailableError) for each in refused)

    with postgres.fresh() as url:
        asyncio.run(record(url))


def test_while_a_revision_is_published_jobs_wait_and_no_key_is_taken_for_one_in_flight(
    postgres: PostgresDatabases,
) -> None:
    keyed = job(submission("acc-2"), key=IdempotencyKey("crm", "key-1", "fingerprint"))

    async def record(url: str) -> None:
        async with recording(url) as database:
            with publication_under_way(url):
                waiting = recorded_in(database, [job(submission("acc-1")), keyed])
                await asyncio.wait([waiting], timeout=SOON)
                assert not waiting.done()
            one, other = await waiting
            assert isinstance(one, tuple)
            assert isinstance(other, Done)

    with postgres.fresh() as url:
        asyncio.run(record(url))


def test_a_process_that_stands_still_in_the_middle_of_a_batch_loses_its_locks(postgres: PostgresDatabases) -> None:
    async def record(url: str) -> None:
        async with recording(url, timeout=1) as still, recording(url) as database:
            writer = still.recorder._writer  # noqa: SLF001 - it stands still where no entry point lets it
            own = writer._own  # type: ignore[attr-defined]  # noqa: SLF001 - as above, and of PostgreSQL's writer
            connection = own._connection = await own._connected()  # noqa: SLF001 - as above
            await own.begin(connection, {lock_number("account", "held"): "held"})
            assert isinstance(await outcome(database, "held"), tuple)
            # What it had decided is not committed when it goes on: that would be later than readers look back.
            with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
                await connection.execute("COMMIT")

    with postgres.fresh() as url:
        asyncio.run(record(url))


def test_every_job_is_refused_when_its_own_time_is_up_however_many_wait_before_it(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.store.recorder.recorder._MOST_IN_A_BATCH", 1)

    async def record() -> None:
        async with recording(database_url, timeout=SOON) as database:
            with database_held(database_url):
                refused = await recorded_in(database, [job(submission(f"acc-{number}")) for number in range(20)])
            assert all(isinstance(each, StoreError) for each in refused)
            assert [type(each) for each in refused[2:]] == [StoreBusyError] * 18
        async with recording(database_url, clock=later) as database:
            await recorded(database, job(submission("acc-x")))
            names = {found.account_id for found in page_of_decisions(database.engine, DecisionFilter(), limit=50)}
            assert names <= {"acc-x", "acc-0", "acc-1"}

    asyncio.run(record())


def test_who_leaves_before_it_began_is_not_recorded(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.store.recorder.recorder._MOST_IN_A_BATCH", 1)
    keyed = job(submission("gone"), key=IdempotencyKey("crm", "key-1", "fingerprint"))

    async def record() -> None:
        async with recording(database_url) as database:
            first = asyncio.ensure_future(recorded(database, job(submission("acc-1"))))
            gone = asyncio.ensure_future(recorded(database, keyed))
            await asyncio.sleep(0)
            gone.cancel()
            assert isinstance(await first, tuple)
            await recorded(database, job(submission("acc-2")))
            names = {found.account_id for found in page_of_decisions(database.engine, DecisionFilter(), limit=50)}
            assert names == {"acc-1", "acc-2"}
            assert (await recorded(database, keyed)).made is not None

    asyncio.run(record())


def test_a_writer_of_sqlite_is_held_up_for_as_long_as_it_may_be_and_waits_no_shorter_afterwards(
    sqlite_databases: SqliteDatabases,
) -> None:
    with sqlite_databases.fresh() as url:
        engine = connect_engine(url, SOON)
        with engine.connect() as connection:
            cursor = connection.connection.cursor()
            with database_held(url):
                began = time.monotonic()
                with pytest.raises(sqlite.OperationalError):
                    begin_writing(cursor)
                waited = time.monotonic() - began
            begin_writing(cursor)
            timeout = connection.scalar(text("PRAGMA busy_timeout"))
        engine.dispose()

    assert waited >= SOON
    assert timeout == 1000 * SOON
