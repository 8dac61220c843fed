"""What a batch reads, it finds by an index, however much is recorded by then, and however little was before."""

import asyncio
import re
from datetime import date
from typing import Any

import pysqlite3.dbapi2 as sqlite
import pytest

from service.store.engine import prepare_sqlite
from service.store.once import IdempotencyKey
from service.store.policy_cache import PolicyCache
from service.store.recorder import sqlite_connection
from service.store.recorder.postgres import load
from service.store.recorder.postgres_connection import OwnConnection
from service.store.recorder.writer import LoadRequest
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.inbox.messages import change
from tests.inbox.recording import submissions_of
from tests.store.jobs import job, recorded, recording, submission
from tests.store.plans import faults_of_postgres
from tests.store.test_incidents import report

TABLES = ("accounts", "decisions", "reviews", "handoffs", "events", "crm_records", "conduct_matters", "disputes")
EVERYTHING = LoadRequest(
    account_ids=["a-1", "a-2"],
    keys=[("caller", "key")],
    records=[("account", "a-1")],
    event_keys=["an event"],
    whole=["a-1"],
    days=[("a-1", date(2022, 3, 15))],
    accused=["a-2"],
    disputed=["a-1"],
)
_SCAN = re.compile(r"SCAN (?!asked\b|json_each\b|CONSTANT ROW)")


def test_no_statement_of_a_batch_reads_a_whole_table(
    sqlite_databases: SqliteDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    def prepare(connection: Any, timeout: float) -> None:  # noqa: ANN401 - pysqlite3 ships no types
        prepare_sqlite(connection, timeout)
        connection.set_trace_callback(sent.append)

    monkeypatch.setattr(sqlite_connection, "prepare_sqlite", prepare)

    async def record(url: str) -> None:
        async with recording(url) as database:
            at = 1_640_995_200_000
            event = change("acc-1", at=at, kind="CREATE", Name="Acme", CreatedDate="2021-06-01T08:00:00Z")
            won = change("006-1", at=at + 1, entity="Opportunity", AccountId="acc-1", StageName="Closed Won")
            await database.recorder.record(submissions_of(database, [event, won], 1))
            await recorded(database, job(submission("acc-1"), key=IdempotencyKey("crm", "key-1", "fingerprint")))
            later = change("acc-1", at=at + 2, Name="Acme Holding")
            await database.recorder.record(submissions_of(database, [later], 2))
            await database.recorder.record([report()])

    with sqlite_databases.fresh() as url:
        asyncio.run(record(url))
        connection = sqlite.connect(url.removeprefix("sqlite:///"))
        asked = [statement for statement in sent if re.match(r"\s*(SELECT|INSERT|UPDATE)", statement)]
        plans = [connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall() for statement in asked]
        connection.close()
    assert len(asked) > 10
    assert any("first_id" in statement for statement in asked)
    assert any("INDEXED BY ix_events_open" in statement for statement in asked)
    assert any("FROM conduct_matters" in statement for statement in asked)
    assert [row[3] for plan in plans for row in plan if _SCAN.match(row[3])] == []


class Explaining:
    """A connection that has each of its queries explained as it is carried out: PostgreSQL keeps that plan."""

    def __init__(self, connection: Any) -> None:  # noqa: ANN401 - asyncpg ships no types
        self._connection = connection
        self.plans: list[dict[str, Any]] = []

    async def fetch(self, query: str, *wanted: object) -> Any:  # noqa: ANN401 - rows
        prepared = await self._connection.prepare(query)
        self.plans += [each["Plan"] for each in await prepared.explain(*wanted)]
        return await prepared.fetch(*wanted)

    async def fetchrow(self, query: str) -> Any:  # noqa: ANN401 - a row
        return await self._connection.fetchrow(query)


def test_a_batch_reads_no_table_as_a_whole_not_even_an_empty_one(postgres: PostgresDatabases) -> None:
    async def plans(url: str) -> list[dict[str, Any]]:
        own = OwnConnection(url, 10)

        async def work(connection: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - as above
            await own.begin(connection, {1: "a lock"})
            explaining = Explaining(connection)
            await load(explaining, EVERYTHING, PolicyCache())
            await connection.execute("ROLLBACK")
            return explaining.plans

        try:
            return await own.carry_out(work)
        finally:
            await own.close()

    with postgres.fresh() as url:
        found = asyncio.run(plans(url))

    assert len(found) >= 8
    assert [fault for plan in found for table in TABLES for fault in faults_of_postgres(plan, table)] == []
    assert "Hash" not in str(found)
