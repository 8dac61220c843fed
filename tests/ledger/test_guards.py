"""The database itself refuses to change what was sealed, but that a tile gets more hashes behind those that it has."""

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from service.store.acts import record_act
from service.store.engine import connect_engine
from service.store.ledger.cosignatures import keep_cosignature
from tests.ledger.sealing import an_act, record, seal_all, sealer
from tests.store.jobs import AT, recording

TABLES = ("acts", "ledger_entries", "ledger_salts", "ledger_tiles", "ledger_checkpoints", "ledger_cosignatures")
STATEMENTS = (
    "UPDATE acts SET actor = 'nobody'",
    "UPDATE ledger_entries SET entry = entry",
    "UPDATE ledger_entries SET number = number + 10",
    "UPDATE ledger_salts SET salts = '{}'",
    "UPDATE ledger_checkpoints SET note = ''",
    "UPDATE ledger_cosignatures SET line = ''",
    "UPDATE ledger_tiles SET place = 1",
    "UPDATE ledger_tiles SET level = 1",
    "UPDATE ledger_tiles SET hashes = substr(hashes, 1, 32)",
    "UPDATE ledger_tiles SET hashes = substr(hashes, 2)",
    *(f"DELETE FROM {table}" for table in TABLES),  # noqa: S608 - our own names
)
REPLACING = (
    "INSERT OR REPLACE INTO ledger_entries SELECT number, kind, subject, x'' FROM ledger_entries",
    "INSERT OR REPLACE INTO ledger_entries SELECT number + 9, kind, subject, x'' FROM ledger_entries",
    "INSERT OR REPLACE INTO ledger_tiles SELECT level, place, x'' FROM ledger_tiles",
    "INSERT OR REPLACE INTO ledger_salts SELECT number, '{}' FROM ledger_salts",
    "INSERT OR REPLACE INTO ledger_checkpoints SELECT size, root, '', key, signed_at FROM ledger_checkpoints",
    "INSERT OR REPLACE INTO ledger_cosignatures SELECT size, key, '', kept_at FROM ledger_cosignatures",
    "INSERT OR REPLACE INTO acts SELECT id, kind, 'nobody', at, request_id, body FROM acts",
)


@pytest.fixture
def sealed_engine(database_url: str) -> Iterator[Engine]:
    async def go() -> None:
        async with recording(database_url) as database:
            await record(database, "acc-1", "acc-2")
            record_act(database.engine, an_act())
            await asyncio.to_thread(seal_all, sealer(database))
            keep_cosignature(database.engine, 3, "witness.example+1a2b3c4d+BA", "a line\n", AT)

    asyncio.run(go())
    engine = connect_engine(database_url)
    yield engine
    engine.dispose()


def rows(engine: Engine) -> list[list[str]]:
    with engine.connect() as connection:
        return [
            [str(row) for row in connection.execute(text(f"SELECT * FROM {table}"))]  # noqa: S608 - our own names
            for table in TABLES
        ]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_what_was_sealed_is_neither_changed_nor_removed(sealed_engine: Engine, statement: str) -> None:
    before = rows(sealed_engine)
    assert all(before)

    with pytest.raises(IntegrityError, match="are never changed or removed"), sealed_engine.begin() as connection:
        connection.execute(text(statement))

    assert rows(sealed_engine) == before


@pytest.mark.parametrize("statement", REPLACING)
def test_no_row_takes_the_place_of_one_that_was_sealed(sealed_engine: Engine, statement: str) -> None:
    if sealed_engine.dialect.name == "postgresql":
        statement = f"TRUNCATE {statement.split()[4]}"
    with pytest.raises(IntegrityError, match="are never changed or removed"), sealed_engine.begin() as connection:
        connection.execute(text(statement))


def test_a_tile_grows(sealed_engine: Engine) -> None:
    with sealed_engine.begin() as connection:
        hashes = connection.scalar(text("SELECT hashes FROM ledger_tiles"))
        connection.execute(
            text("UPDATE ledger_tiles SET hashes = :longer"), {"longer": bytes(hashes or b"") + bytes(32)}
        )
