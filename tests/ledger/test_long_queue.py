"""Where much waits to be sealed, other processes make its entries: what is sealed is the same."""

import asyncio
from collections.abc import Callable
from unittest.mock import patch

from sqlalchemy import text

from service.domain.ledger.entries import read_entry
from service.entrypoints.common.background import WorkerContext
from service.entrypoints.worker import ledger
from service.entrypoints.worker.ledger import Sealing
from service.store.database import Database, Readable
from service.store.guards import unguarded
from service.store.ledger.queue import Part
from service.store.ledger.reading import prove
from service.store.ledger.sealing import Prepared
from service.usecases import seal as usecase
from service.usecases.prepare_entries import prepare_entries
from tests.ledger.naive import naive_root
from tests.ledger.sealing import record, seal_all, sealed, sealer, waiting_rows
from tests.store.jobs import AT, recording

ACCOUNTS = [f"acc-{number}" for number in range(150)]


def quietly(database: Database) -> WorkerContext:
    quiet = lambda *_, **__: None  # noqa: E731 - says nothing
    return WorkerContext(database=database, now=lambda: AT, pause=0, log=quiet, warn=quiet, log_fault=quiet)


async def seal_by(*sealings: Sealing, database: Database) -> None:
    """Let sealers of several services go on until nothing waits."""

    async def go_on(by: Sealing) -> None:
        while waiting_rows(database):
            await by.step(quietly(database))

    await asyncio.gather(*map(go_on, sealings))


def test_the_entries_of_a_long_queue_are_made_elsewhere_and_sealed_in_order(database_url: str) -> None:
    async def go() -> None:
        async with recording(database_url) as database:
            decisions = await record(database, *ACCOUNTS, name="Sample GmbH")
            here: list[Part] = []

            def prepared_here(readable: Readable, part: Part, random: Callable[[int], bytes]) -> Prepared | None:
                here.append(part)
                return prepare_entries(readable, part, random)

            with (
                patch.object(usecase, "AT_ONCE", 5),
                patch.object(usecase, "prepare_entries", prepared_here),
            ):
                await seal_by(Sealing(sealer(database), much=2), database=database)

            checkpoint, entries = sealed(database)
            assert [each.subject for each in entries] == decisions
            assert [each.number for each in entries] == list(range(len(decisions)))
            assert checkpoint.root == naive_root([each.entry for each in entries])
            assert len(here) <= 1  # the last part of it
            for each in entries:
                entry, proved = read_entry(each.entry), prove(database.engine, each.kind, each.subject)
                assert entry is not None
                assert proved is not None
                assert set(entry.salted) == set(proved.told.salts)

    asyncio.run(go())


def test_two_sealers_of_a_long_queue_seal_it_once(database_url: str) -> None:
    async def go() -> None:
        async with recording(database_url) as database:
            decisions = await record(database, *ACCOUNTS)
            with patch.object(usecase, "AT_ONCE", 3):
                await seal_by(*(Sealing(sealer(database), much=2) for _ in range(2)), database=database)

            checkpoint, entries = sealed(database)
            assert sorted(each.subject for each in entries) == sorted(decisions)
            assert checkpoint.root == naive_root([each.entry for each in entries])

    asyncio.run(go())


def test_while_it_is_stopped_no_entry_is_made(database_url: str) -> None:
    async def go() -> None:
        async with recording(database_url) as database:
            await record(database, "acc-1")
            by = sealer(database)
            await asyncio.to_thread(seal_all, by)
            with database.engine.begin() as connection, unguarded(connection, "ledger_checkpoints"):
                connection.execute(text("UPDATE ledger_checkpoints SET note = 'another'"))
            await record(database, *ACCOUNTS)
            made: list[Part] = []
            with (
                patch.object(usecase, "AT_ONCE", 5),
                patch.object(usecase, "prepare_entries", lambda _, part, __: made.append(part)),
                patch.object(ledger, "made_apart", lambda _, __, part, **___: made.append(part)),
            ):
                assert not await Sealing(by).step(quietly(database))

            assert made == []
            assert waiting_rows(database) == len(ACCOUNTS)

    asyncio.run(go())


def test_what_is_queued_twice_is_sealed_once(database_url: str) -> None:
    async def go() -> None:
        async with recording(database_url) as database:
            decisions = await record(database, "acc-1", "acc-2")
            for _ in ("before it is sealed", "after"):
                with database.engine.begin() as connection:
                    again = "INSERT INTO ledger_queue (kind, subject, queued_at) SELECT 'decision', id, recorded_at"
                    connection.execute(text(f"{again} FROM decisions"))
                await record(database, "acc-1")
                await asyncio.to_thread(seal_all, sealer(database))
                assert waiting_rows(database) == 0

            _, entries = sealed(database)
            assert [each.subject for each in entries][:2] == decisions
            assert len({each.subject for each in entries}) == len(entries) == 4

    asyncio.run(go())
