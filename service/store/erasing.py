"""Erase what a database has freed, so that what was taken out of it is in none of its pages either."""

from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from service.store.errors import StoreUnavailableError
from service.store.outages import outages_told

_CLEAN = 0x43484B4C
"""What SQLite's ``application_id`` says of a file that was rewritten since it overwrites what it frees."""


def erase_what_was_freed(engine: Engine, tables: Sequence[str]) -> None:
    """See that nothing is left of what tables had.

    SQLite overwrites what it frees, and its log is emptied into the file; a file from before it did so is rewritten
    once, which keeps everybody else waiting. PostgreSQL is asked to clear the rows of before away, which no query finds
    any more; where that takes longer than it may, it does so by itself later.

    Raises:
        StoreUnavailableError: somebody keeps the SQLite file; try again.
    """
    with outages_told(), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "postgresql":
            with suppress(DBAPIError):
                for table in tables:
                    connection.execute(text(f"VACUUM {table}"))
            return
        if connection.scalar(text("PRAGMA application_id")) != _CLEAN:
            connection.execute(text("VACUUM"))
            connection.execute(text(f"PRAGMA application_id = {_CLEAN}"))
        busy, *_ = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one()
        if busy:
            raise StoreUnavailableError("Somebody still reads the database as it was before")
