"""Open the database: one engine for both kinds, with what each needs to keep what it acknowledged."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlmodel import Session

from service.store.errors import StoreUnavailableError, UnsafeSqliteError

_FIRST_SAFE_SQLITE = (3, 51, 3)
_CONNECT_SECONDS = 5
_STATEMENT_SECONDS = 15


def open_engine(url: str) -> Engine:
    """An engine for ``sqlite:///path`` or ``postgresql://...``. Connects when first used, not now.

    Raises:
        UnsafeSqliteError: SQLite is asked for, and the library here can corrupt a write-ahead log.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed)
    return create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        pool_timeout=_CONNECT_SECONDS,
        connect_args={
            "connect_timeout": _CONNECT_SECONDS,
            "options": f"-c statement_timeout={_STATEMENT_SECONDS}s -c timezone=UTC",
        },
    )


def _sqlite(url: URL) -> Engine:
    if sqlite.sqlite_version_info < _FIRST_SAFE_SQLITE:
        raise UnsafeSqliteError(
            f"SQLite {sqlite.sqlite_version} can corrupt a write-ahead log; 3.51.3 is the first safe"
        )
    engine = create_engine(
        url.set(drivername="sqlite"),
        module=sqlite,
        pool_timeout=_CONNECT_SECONDS,
        connect_args={"check_same_thread": False},
    )
    event.listen(engine, "connect", lambda connection, _: prepare_sqlite(connection))
    return engine


def prepare_sqlite(connection: Any) -> None:  # noqa: ANN401 - a DBAPI connection has no type of its own
    """Set what every SQLite connection needs: the write-ahead log, and an fsync for each commit."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 10000")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


@contextmanager
def session(engine: Engine) -> Iterator[Session]:
    """A session whose failures to reach the database are named so. The caller commits.

    Raises:
        StoreUnavailableError: the database cannot be reached, or went away meanwhile.
    """
    try:
        with Session(engine, expire_on_commit=False) as opened:
            yield opened
    except (OperationalError, PoolTimeoutError) as error:
        raise StoreUnavailableError("The database cannot be reached") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise StoreUnavailableError("The database went away") from error
        raise
