"""Erase what a database has freed, so that what was taken out of it is in none of its pages either."""

from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from service.store.engine import file_of
from service.store.errors import StoreUnavailableError
from service.store.outages import outages_told

_CLEAN = 0x43484B4C
"""What SQLite's ``application_id`` says of a file in which everything that was freed was overwritten."""
_LARGEST_REWRITTEN = 1 << 30
"""Bytes of a file that is rewritten here: SQLite, as it is built for Python, has all of it in memory meanwhile."""
_TOO_LARGE = (
    "The file, which an earlier release made, is to be rewritten once, and is too large for that while it serves"
)
_THINGS = "SELECT count(*) FROM sqlite_master"
_HELD_UP_MS = 200
"""How long recording waits at the most for those who read SQLite as it was."""


def mark_if_new(connection: Connection) -> None:
    """Note of a SQLite file in which nothing ever was that all that it frees is overwritten."""
    rows, freed = (connection.scalar(text(query)) for query in (_THINGS, "PRAGMA freelist_count"))
    if not rows and not freed:
        _mark(connection)


def erase_what_was_freed(engine: Engine, tables: Sequence[str]) -> None:
    """See that nothing is left of what tables had.

    SQLite overwrites what it frees, and its log is emptied into the file; a file that a release made that did not do so
    is rewritten once, which keeps everybody else waiting. PostgreSQL is asked to clear the rows of before away, which
    no query finds any more; where that takes longer than it may, it does so by itself later.

    Raises:
        StoreUnavailableError: somebody keeps the SQLite file: try again; or it is too large to be rewritten.
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
            if file_of(engine).path.stat().st_size > _LARGEST_REWRITTEN:
                raise StoreUnavailableError(_TOO_LARGE)
            connection.execute(text("VACUUM"))
            _mark(connection)
        if not _empties_the_log(connection):
            raise StoreUnavailableError("Somebody still reads the database as it was before")


def _mark(connection: Connection) -> None:
    connection.execute(text(f"PRAGMA application_id = {_CLEAN}"))


def _empties_the_log(connection: Connection) -> bool:
    """Whether SQLite's log was emptied into the file. Whoever waits for readers keeps all others from writing."""
    before = connection.scalar(text("PRAGMA busy_timeout"))
    connection.execute(text(f"PRAGMA busy_timeout = {_HELD_UP_MS}"))
    try:
        busy, *_ = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one()
    finally:
        connection.execute(text(f"PRAGMA busy_timeout = {before}"))
    return not busy
