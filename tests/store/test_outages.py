"""Real errors of every driver: those that tell of the database, and those that tell of a fault of ours."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import psycopg
import pysqlite3.dbapi2 as sqlite
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from service.store.engine import connect_engine, open_session
from service.store.errors import SchemaBehindError, StoreError, StoreUnavailableError
from service.store.outages import _POSTGRESQL, outage_of
from service.store.recorder.postgres_connection import OwnConnection
from tests.databases import PostgresDatabases

STATES = [*sorted(f"{state:0<5}" for state in _POSTGRESQL), "55006", "57014", "57P01", "40P01", "53300", "XX001"]
OURS = ["23505", "22012", "42601", "P0001", "42883"]
RAISE = "DO $$ BEGIN RAISE EXCEPTION 'a SECRET of the server' USING ERRCODE = '{}'; END $$"


@pytest.fixture(scope="module")
def url(postgres: PostgresDatabases) -> Iterator[str]:
    with postgres.fresh() as made:
        yield made


@pytest.fixture(scope="module")
def engine(url: str) -> Iterator[Engine]:
    made = connect_engine(url)
    yield made
    made.dispose()


@pytest.mark.parametrize("state", STATES)
def test_a_state_of_postgresql_is_told_by_either_driver_in_the_same_sentence(
    engine: Engine, url: str, state: str
) -> None:
    with pytest.raises(StoreError) as read, open_session(engine) as session:
        session.connection().execute(text(RAISE.format(state)))
    with pytest.raises(StoreError) as recorded:
        asyncio.run(_carry_out(url, RAISE.format(state)))

    assert (type(read.value), str(read.value)) == (type(recorded.value), str(recorded.value))
    assert "SECRET" not in str(read.value)
    with open_session(engine) as session:
        assert session.connection().execute(text("SELECT 1")).scalar_one() == 1


@pytest.mark.parametrize("state", OURS)
def test_a_fault_of_ours_is_not_put_down_to_postgresql(engine: Engine, url: str, state: str) -> None:
    for outage in (_read(engine, RAISE.format(state)), _recorded(url, RAISE.format(state))):
        assert outage is not None
        assert not isinstance(outage, StoreError)


def test_a_server_that_goes_away_in_the_middle_of_an_answer_is_away_although_no_code_says_so() -> None:
    made_up = psycopg.DatabaseError("server closed the connection unexpectedly")

    assert isinstance(outage_of(DatabaseError("SELECT 1", {}, made_up)), StoreUnavailableError)


def test_what_cannot_be_asked_of_postgresql_is_a_fault_of_ours(url: str) -> None:
    async def ask() -> None:
        connection = OwnConnection(url, 5)
        try:
            await connection.carry_out(lambda own: own.fetch("SELECT $1::integer", "no number"))
        finally:
            await connection.close()

    with pytest.raises(asyncpg.DataError, match="invalid input"):
        asyncio.run(ask())


def _read(engine: Engine, statement: str) -> BaseException | None:
    try:
        with open_session(engine) as session:
            session.connection().execute(text(statement))
    except Exception as error:  # noqa: BLE001 - whichever it is
        return error
    return None


def _recorded(url: str, statement: str) -> BaseException | None:
    try:
        asyncio.run(_carry_out(url, statement))
    except Exception as error:  # noqa: BLE001 - whichever it is
        return error
    return None


async def _carry_out(url: str, statement: str) -> None:
    connection = OwnConnection(url, 5)
    try:
        await connection.carry_out(lambda own: own.execute(statement))
    finally:
        await connection.close()


def _sqlite(path: Path, *statements: str, mode: str = "rw", timeout: float = 0) -> BaseException | None:
    """What a statement raises on a file."""
    connection: Any = None
    try:
        connection = sqlite.connect(f"file:{path}?mode={mode}", uri=True, timeout=timeout, isolation_level=None)
        for statement in statements:
            connection.execute(statement)
    except Exception as error:  # noqa: BLE001 - whichever it is
        return error
    finally:
        if connection is not None:
            connection.close()
    return None


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "some.db"
    connection = sqlite.connect(path)
    connection.execute("CREATE TABLE things (name TEXT PRIMARY KEY, filler BLOB)")
    connection.executemany("INSERT INTO things VALUES (?, randomblob(3000))", [(str(number),) for number in range(50)])
    connection.commit()
    connection.close()
    return path


WRITE = "INSERT INTO things VALUES ('new', randomblob(100000))"


def test_whatever_becomes_of_a_file_of_sqlite_is_told_in_a_sentence(file: Path) -> None:
    assert _told(_sqlite(file, WRITE, mode="ro")) == "The database takes no changes: its file is read-only"
    assert _told(_sqlite(file, "PRAGMA max_page_count = 1", WRITE)) == "The disk of the database is full"
    assert _told(_sqlite(file.parent, WRITE)) == "The database's file cannot be opened"
    assert _told(_sqlite(file.with_name("none.db"), WRITE)) == "The database's file cannot be opened"
    holder = sqlite.connect(file, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    assert _told(_sqlite(file, WRITE)) == "Another program keeps the database locked"
    holder.close()
    whole = file.read_bytes()
    file.write_bytes(whole[:8192] + b"\xff" * (len(whole) - 8192))
    assert _told(_sqlite(file, "SELECT * FROM things ORDER BY filler", "PRAGMA wal_checkpoint", WRITE)) == (
        "The database's file is damaged"
    )
    file.write_bytes(b"no database" * 1000)
    assert _told(_sqlite(file, WRITE)) == "The database's file is damaged, or holds no database"


def test_tables_that_are_not_there_are_another_schema_and_other_errors_of_sqlite_are_ours(file: Path) -> None:
    for statement in ("SELECT * FROM others", "SELECT other FROM things", "INSERT INTO things (other) VALUES (1)"):
        missing = _sqlite(file, statement)
        assert missing is not None
        assert isinstance(outage_of(missing), SchemaBehindError)
    for statement in ("SELEC 1", "INSERT INTO things (name) VALUES ('1')", "SELECT abs(-9223372036854775808)"):
        ours = _sqlite(file, statement)
        assert ours is not None
        assert outage_of(ours) is None


def _told(error: BaseException | None) -> str:
    assert error is not None
    outage = outage_of(error)
    assert isinstance(outage, StoreUnavailableError), error
    return str(outage)
