"""A batch reads by keys from the first on: PostgreSQL keeps its plans, and what is small now grows."""

import asyncio
from datetime import date
from typing import Any

from service.store.policy_cache import PolicyCache
from service.store.recorder.postgres import load
from service.store.recorder.postgres_connection import OwnConnection
from service.store.recorder.writer import LoadRequest
from tests.databases import PostgresDatabases
from tests.store.plans import faults_of_postgres

TABLES = ("accounts", "decisions", "reviews", "handoffs", "events", "crm_records", "conduct_matters")
EVERYTHING = LoadRequest(
    account_ids=["a-1", "a-2"],
    keys=[("caller", "key")],
    records=[("account", "a-1")],
    event_keys=["an event"],
    whole=["a-1"],
    days=[("a-1", date(2022, 3, 15))],
    accused=["a-2"],
)


class Explaining:
    """A connection that has each of its queries explained as it is carried out."""

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
