"""What a batch reads, it finds by an index, however much is recorded by then."""

import asyncio
import re
from typing import Any

import pysqlite3.dbapi2 as sqlite
import pytest

from service.store.engine import prepare_sqlite
from service.store.recorder import sqlite_connection
from service.store.recording import IdempotencyKey
from tests.databases import SqliteDatabases
from tests.inbox.messages import change
from tests.inbox.recording import submissions_of
from tests.store.jobs import job, recorded, recording, submission
from tests.store.test_incidents import report

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
