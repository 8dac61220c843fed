"""Which errors of a driver say that the database cannot do its part now, and in which sentence that is told."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service.store.errors import SchemaBehindError, StoreError, StoreUnavailableError

_AWAY = "The database cannot be reached"
_ANOTHER_SCHEMA = "The database has not the tables that this release works with: chalkline migrate"
_POSTGRESQL = {
    "08": _AWAY,
    "0A000": "The database's tables were changed meanwhile",  # under a prepared statement; else it is none of ours
    "25006": "The database takes no changes: it is read-only, or a standby",
    "25P": "The database ended a transaction that took too long",
    "28": "The database does not let this user in",
    "3D": "There is no database of that name on the server",
    "3F": _ANOTHER_SCHEMA,
    "40": "The database gave way to something else that was under way",
    "42501": "The database gives this user no right to do that",
    "42P01": _ANOTHER_SCHEMA,
    "42703": _ANOTHER_SCHEMA,
    "53": "The database has no disk space, memory or connection left for this",
    "53100": "The disk of the database is full",
    "55": "The database keeps what is needed for something else",
    "57": "The database is being stopped or started, or broke this off",
    "58": "The database cannot read or write its files",
    "F0": "The database cannot read its configuration",
    "XX": "The database is damaged, or has a fault of its own",
}
"""SQLSTATE, or how it begins -> what is told. What is not here is a fault of ours: data, constraints, syntax."""
_SQLITE = {
    3: "The database's file may not be opened",
    5: "Another program keeps the database locked",
    6: "Another program keeps the database locked",
    7: "There is no memory left for the database",
    8: "The database takes no changes: its file is read-only",
    9: "The database broke this off",
    10: "The database's file cannot be read or written",
    11: "The database's file is damaged",
    13: "The disk of the database is full",
    14: "The database's file cannot be opened",
    15: "Another program keeps the database locked",
    17: "The database's tables were changed meanwhile",
    22: "The database's file is larger than the disk takes",
    23: "The database's file may not be opened",
    26: "The database's file is damaged, or holds no database",
}
"""SQLite's primary result code -> what is told."""
_SQLITE_ERROR = 1
_NO_SUCH = re.compile(r"no such (table|column)|has no column named")


@contextmanager
def outages_told() -> Iterator[None]:
    """Raise what an error says of the database (``outage_of``) instead of the error."""
    try:
        yield
    except Exception as error:
        if (outage := outage_of(error)) is None:
            raise
        raise outage from error


def outage_of(error: BaseException) -> StoreError | None:
    """What an error of SQLAlchemy or of a driver says of the database; None where it is a fault of ours.

    What is given is ``StoreUnavailableError``, or ``SchemaBehindError`` where tables are missing.
    """
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    if isinstance(cause, PoolTimeoutError):
        return StoreUnavailableError("Too many are asking the database at once")
    sqlite_code, state = getattr(cause, "sqlite_errorcode", None), getattr(cause, "sqlstate", None)
    if sqlite_code is not None:
        said = _SQLITE.get(sqlite_code & 0xFF)  # the higher bits say where it happened
        if sqlite_code == _SQLITE_ERROR and _NO_SUCH.search(str(cause)):
            said = _ANOTHER_SCHEMA
    elif state is not None:
        said = next((said for length in (5, 3, 2) if (said := _POSTGRESQL.get(state[:length]))), None)
    else:
        said = _AWAY if _is_lost(cause) else None
    if said is None:
        return None
    return SchemaBehindError(said) if said is _ANOTHER_SCHEMA else StoreUnavailableError(said)


def _is_lost(error: BaseException) -> bool:
    """Whether an error that has no code of the server's tells of a server, or a connection, that is not there."""
    if isinstance(error, asyncpg.InterfaceError):
        return not isinstance(error, ValueError)  # which is what was asked, not the connection
    if type(error).__module__.startswith("psycopg"):
        from psycopg import DatabaseError, InterfaceError, OperationalError  # noqa: PLC0415 - SQLite does without them

        # Where a server goes away in the middle of an answer, libpq makes the rest of it up, without any code.
        return isinstance(error, InterfaceError | OperationalError) or type(error) is DatabaseError
    return isinstance(error, OSError | EOFError | asyncpg.InternalClientError)
