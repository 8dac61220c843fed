"""Whether the service can record: asked of the database once a second, however often it is asked here."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import make_url, text

from service import wiring
from service.store.database import Database, open_database
from service.store.engine import connect_engine, prepare_sqlite
from service.store.errors import StoreUnavailableError
from service.usecases.check_readiness import Readiness
from tests.application import Clock


def with_readiness(url: str, clock: Clock, do: Callable[[Readiness], Awaitable[None]]) -> int:
    """Do something with the readiness of a service over a database; gives how many batches were recorded."""
    batches: list[int] = []
    database = open_database(
        url, clock=clock, random_bits=wiring.random_bits, observe=lambda size, _: batches.append(size), timeout=5
    )
    asyncio.run(_at_work(database, do(Readiness(database, clock.ticks))))
    database.engine.dispose()
    return len(batches)


async def _at_work(database: Database, done: Awaitable[None]) -> None:
    await database.recorder.start()
    await done
    await database.recorder.stop()


def test_the_database_is_asked_once_a_second_for_all_who_ask(database_url: str) -> None:
    clock = Clock()

    async def ask(readiness: Readiness) -> None:
        await asyncio.gather(*(readiness.check() for _ in range(20)))
        for _ in range(20):
            await readiness.check()

    async def twice(readiness: Readiness) -> None:
        await ask(readiness)
        clock.advance(seconds=1)
        await ask(readiness)

    assert with_readiness(database_url, clock, ask) == 1
    assert with_readiness(database_url, clock, twice) == 2


@contextmanager
def only_read(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let new connections write nothing."""
    if url.startswith("sqlite"):

        def prepare(connection: Any, timeout: float) -> None:  # noqa: ANN401 - a DBAPI connection has no type of its own
            prepare_sqlite(connection, timeout)
            connection.execute("PRAGMA query_only = ON")

        with monkeypatch.context() as patched:
            patched.setattr("service.store.recorder.sqlite_connection.prepare_sqlite", prepare)
            yield
        return
    _say(url, f'ALTER DATABASE "{make_url(url).database}" SET default_transaction_read_only = on')
    yield
    _say(url, f'SET transaction_read_only = off; ALTER DATABASE "{make_url(url).database}" RESET ALL')


def _say(url: str, statement: str) -> None:
    engine = connect_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_where_nothing_can_be_written_the_service_is_not_ready_and_is_once_it_can(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()

    async def ask(readiness: Readiness) -> None:
        with only_read(database_url, monkeypatch), pytest.raises(StoreUnavailableError):
            await readiness.check()
        with pytest.raises(StoreUnavailableError):
            await readiness.check()
        clock.advance(seconds=1)
        await readiness.check()

    with_readiness(database_url, clock, ask)
