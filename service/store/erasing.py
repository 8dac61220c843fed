"""Erase what a database has freed, so that what was taken out of it is in none of its pages either."""

from collections.abc import Sequence

from sqlalchemy import Connection, Engine, text

from service.store.errors import StoreUnavailableError
from service.store.outages import outages_told

_CLEAN = 0x43484B4C
"""What SQLite's ``application_id`` says of a file that was rewritten since it overwrites what it frees."""

_HELD_UP_MS = 200
"""How long recording waits at the most for those who read SQLite as it was."""


def erase_what_was_freed(engine: Engine, tables: Sequence[str]) -> None:
    """See that nothing is left of what tables had.

    SQLite overwrites what it frees, and its log is emptied into the file; a file from before it did so is rewritten
    once, which keeps everybody else waiting. PostgreSQL gives up the rows of before as soon as nobody reads them.

    Raises:
        StoreUnavailableError: somebody keeps the database; try again.
    """
    with outages_told(), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "postgresql":
            _vacuum(connection, tables)
            return
        if connection.scalar(text("PRAGMA application_id")) != _CLEAN:
            connection.execute(text("VACUUM"))
            connection.execute(text(f"PRAGMA application_id = {_CLEAN}"))
        if not _empties_the_log(connection):
            raise StoreUnavailableError("Somebody still reads the database as it was before")


def _vacuum(connection: Connection, tables: Sequence[str]) -> None:
    """Give up the rows of before, however long that takes: a large table is read as a whole for the first time."""
    from service.store.timeouts import without_timeout  # noqa: PLC0415 - it loads a driver that SQLite does without

    pooled = getattr(connection.connection.driver_connection, "pooled", False)
    before = connection.scalar(text("SHOW statement_timeout"))
    with without_timeout(connection):
        if not pooled:
            connection.execute(text("SET statement_timeout = 0"))
        try:
            for table in tables:
                connection.execute(text(f"VACUUM {table}"))
        finally:
            if not pooled:
                connection.execute(text(f"SET statement_timeout = '{before}'"))


def _empties_the_log(connection: Connection) -> bool:
    """Whether SQLite's log was emptied into the file. Whoever waits for readers keeps all others from writing."""
    before = connection.scalar(text("PRAGMA busy_timeout"))
    connection.execute(text(f"PRAGMA busy_timeout = {_HELD_UP_MS}"))
    try:
        busy, *_ = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one()
    finally:
        connection.execute(text(f"PRAGMA busy_timeout = {before}"))
    return not busy
