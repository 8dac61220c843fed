"""Erase what a database has freed, so that what was taken out of it is in none of its pages either."""

from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from service.store.errors import StoreUnavailableError
from service.store.outages import outages_told

_CLEAN = 0x43484B4C
"""What SQLite's ``application_id`` says of a file that was rewritten since it overwrites what it frees."""

_HELD_UP_MS = 200
"""How long recording waits at the most for those who read SQLite as it was."""


def erase_what_was_freed(engine: Engine, tables: Sequence[str]) -> None:
    """See that nothing is left of what tables had.

    SQLite overwrites what it frees, and its log is emptied into the file; a file from before it did so is rewritten
    once, which keeps everybody else waiting. PostgreSQL is asked to clear the rows of before away, which no query finds
    any more; where that takes longer than it may, it does so by itself later.

    Raises:
        StoreUnavailableError: somebody keeps the SQLite file; try again.
    """
    own = engine.execution_options(isolation_level="AUTOCOMMIT")
    if engine.dialect.name == "postgresql":
        for table in tables:
            # One that takes too long may have lost its connection, and keeps no other from being cleared.
            with outages_told(), suppress(DBAPIError), own.connect() as connection:
                connection.execute(text(f"VACUUM {table}"))
        return
    with outages_told(), own.connect() as connection:
        if connection.scalar(text("PRAGMA application_id")) != _CLEAN:
            connection.execute(text("VACUUM"))
            connection.execute(text(f"PRAGMA application_id = {_CLEAN}"))
        if not _empties_the_log(connection):
            raise StoreUnavailableError("Somebody still reads the database as it was before")


def _empties_the_log(connection: Connection) -> bool:
    """Whether SQLite's log was emptied into the file. Whoever waits for readers keeps all others from writing."""
    before = connection.scalar(text("PRAGMA busy_timeout"))
    connection.execute(text(f"PRAGMA busy_timeout = {_HELD_UP_MS}"))
    try:
        busy, *_ = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one()
    finally:
        connection.execute(text(f"PRAGMA busy_timeout = {before}"))
    return not busy
