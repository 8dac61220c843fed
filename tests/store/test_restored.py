"""A database that is restored, or failed over to, under a running service: what was known before is not believed."""

import asyncio

import psycopg
import pytest

from service.store.database import Database
from service.store.decisions import page_of_decisions
from service.store.errors import StoreError
from service.store.filters import DecisionFilter
from service.store.policies import current_policies
from tests.databases import PostgresDatabases
from tests.store.jobs import job, recorded, recording, submission
from tests.store.publishing import draft, forget_publications, publish


async def newest_recorded(database: Database, account: str) -> int:
    """The revision that a classification of an account is recorded under."""
    (decision,) = await recorded(database, job(submission(account)))
    return int(decision.decision.policy.version)


def test_revisions_that_a_restored_database_does_not_have_are_not_decided_by(database_url: str) -> None:
    async def record() -> None:
        async with recording(database_url) as database:
            publish(database.engine, draft(database.engine).draft.id)
            assert await newest_recorded(database, "acc-1") == 2

            forget_publications(database.engine)

            assert await newest_recorded(database, "acc-2") == 1
            assert [policy.version for policy in current_policies(database.engine).published] == [1]

    asyncio.run(record())


def test_another_revision_under_the_same_number_is_learnt(database_url: str) -> None:
    async def record() -> None:
        async with recording(database_url) as database, recording(database_url) as other:
            publish(database.engine, draft(database.engine).draft.id)
            assert await newest_recorded(database, "acc-1") == 2
            forget_publications(database.engine)
            publish(other.engine, draft(other.engine, 2, first_order_min_employees="700").draft.id)

            (decision,) = await recorded(database, job(submission("acc-2")))

            assert decision.decision.policy.parameters.first_order_min_employees == 700
            assert current_policies(database.engine).published[-1].parameters.first_order_min_employees == 700

    asyncio.run(record())


def test_what_is_recorded_into_a_restored_database_is_found_by_every_filter(postgres: PostgresDatabases) -> None:
    async def record(url: str) -> None:
        async with recording(url) as database:
            await recorded(database, job(submission("acc-1")))
            before = page_of_decisions(database.engine, DecisionFilter(), limit=9)
            postgres.restore(url)
            with pytest.raises(StoreError):
                await recorded(database, job(submission("acc-2")))

            await recorded(database, job(submission("acc-2")))

            database.engine.dispose()
            wanted = DecisionFilter(
                team=tuple(filter(None, [before[0].decision.team])),
                segment=tuple(filter(None, [before[0].decision.segment])),
            )
            assert [found.account_id for found in page_of_decisions(database.engine, wanted, limit=9)] == ["acc-2"]
            with psycopg.connect(url) as connection:
                stored = connection.execute("SELECT d.program FROM decisions d JOIN programs p ON p.digest = d.program")
                assert len(stored.fetchall()) == 1

    with postgres.fresh() as url:
        asyncio.run(record(url))
