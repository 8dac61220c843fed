"""Open the database: one engine for both kinds, with what each needs to keep what it acknowledged."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import ColumnElement, Engine, Select, create_engine, event, make_url, text
from sqlmodel import Session

from service.domain.account_ids import forms_of
from service.store.errors import UnsafeSqliteError
from service.store.outages import outage_of, outages_told
from service.store.policy_cache import PolicyCache
from service.store.sqlite_file import SqliteFile
from service.store.urls import postgres_parameters

TIMEOUT_SECONDS = 10.0
"""Unless the settings say otherwise."""
_FIRST_SAFE_SQLITE = (3, 51, 3)
_LOOKED_AGAIN_MS = 8
_CACHE_KIB, _POOLED_CACHE_KIB = 65_536, 16_384
"""How much of a file who records keeps in memory, for the indexes that every decision touches; and each connection of
the pool, which has up to fifteen."""
_PRIMARY = 0xFF
"""The bits of a result code of SQLite that say what happened; the higher ones say where."""
_IDLE = "SELECT set_config('idle_in_transaction_session_timeout', current_setting('statement_timeout'), true)"
Q = TypeVar("Q", bound=Select[*tuple[Any, ...]])


def connect_engine(url: str, timeout: float = TIMEOUT_SECONDS) -> Engine:
    """An engine for ``sqlite:///path`` or ``postgresql://...``. Connects when first used, not now.

    It waits for ``timeout`` seconds for any one answer of the database.

    Raises:
        UnsafeSqliteError: SQLite is asked for, and the library here can corrupt a write-ahead log.
    """
    engine = _postgres(url, timeout) if url.startswith("postgresql://") else _sqlite(url, timeout)
    engine.update_execution_options(policy_cache=PolicyCache())
    return engine


def _postgres(url: str, timeout: float) -> Engine:
    from service.store.timeouts import limit_waiting  # noqa: PLC0415 - it loads a driver that SQLite does without

    parameters: dict[str, Any] = postgres_parameters(url)
    wanted = int(parameters.get("connect_timeout", 0)) or timeout
    parameters["connect_timeout"] = max(1, round(min(wanted, timeout)))
    engine = create_engine("postgresql+psycopg://", pool_pre_ping=True, pool_timeout=timeout, connect_args=parameters)
    limit_waiting(engine, timeout)
    return engine


def _sqlite(url: str, timeout: float) -> Engine:
    if sqlite.sqlite_version_info < _FIRST_SAFE_SQLITE:
        raise UnsafeSqliteError(
            f"SQLite {sqlite.sqlite_version} can corrupt a write-ahead log; 3.51.3 is the first safe"
        )
    parsed = make_url(url)
    file = SqliteFile(parsed.database or "")
    engine = create_engine(
        parsed,
        module=sqlite,
        pool_timeout=timeout,
        pool_use_lifo=True,  # of the pages that each connection keeps, no more are kept than are asked for at once
        creator=lambda: file.connect(check_same_thread=False),
    )
    event.listen(engine, "connect", lambda connection, _: prepare_sqlite(connection, timeout, _POOLED_CACHE_KIB))
    event.listen(engine, "checkout", lambda *_: file.check())
    event.listen(engine, "checkin", lambda _, record: record.invalidate() if file.is_astray() else None)
    file.held_by(engine.dispose)
    engine.update_execution_options(sqlite_file=file)
    return engine


def file_of(engine: Engine) -> SqliteFile:
    """The one file that an engine for SQLite reads."""
    file: SqliteFile = engine.get_execution_options()["sqlite_file"]
    return file


def prepare_sqlite(connection: Any, timeout: float, cache_kib: int = _CACHE_KIB) -> None:  # noqa: ANN401 - a DBAPI connection has no type of its own
    """Set what every SQLite connection needs: the write-ahead log, an fsync for each commit, a timeout for locks.

    ``cache_kib`` is how much of the file it keeps in memory.
    """
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {round(1000 * timeout)}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA secure_delete = ON")  # what is freed is overwritten: what was redacted is gone
    cursor.execute(f"PRAGMA cache_size = -{cache_kib}")
    cursor.execute("PRAGMA wal_autocheckpoint = 4000")  # fewer pauses to move the log into the file
    cursor.close()


def begin_writing(cursor: Any) -> None:  # noqa: ANN401 - as above
    """Become SQLite's one writer, or fail as it does where another one stays it for as long as the timeout.

    Left to itself, it would soon look but ten times a second whether it can.
    """
    ((timeout,),) = cursor.execute("PRAGMA busy_timeout").fetchall()
    until = monotonic() + timeout / 1000
    cursor.execute(f"PRAGMA busy_timeout = {_LOOKED_AGAIN_MS}")
    try:
        while True:
            try:
                cursor.execute("BEGIN IMMEDIATE")
            except sqlite.OperationalError as error:
                if error.sqlite_errorcode & _PRIMARY != sqlite.SQLITE_BUSY or monotonic() >= until:
                    raise
            else:
                return
    finally:
        cursor.execute(f"PRAGMA busy_timeout = {timeout}")


@contextmanager
def open_session(engine: Engine) -> Iterator[Session]:
    """A session whose failures to reach the database are named so. The caller commits.

    Raises:
        StoreUnavailableError: the database cannot be reached, went away meanwhile, or cannot do that now.
        SchemaBehindError: it lacks tables.
    """
    # Of leaving too: what was read is rolled back then, and a server may not answer that.
    with outages_told(), Session(engine, expire_on_commit=False) as session:
        try:
            yield session
        except Exception as error:
            if outage_of(error) is not None:
                session.invalidate()  # what is wrong may hang on the connection, and the next one find the server well
            raise


@contextmanager
def open_writer(engine: Engine) -> Iterator[Session]:
    """A session that reads what it then changes: to SQLite it is the one writer from its beginning on.

    Raises:
        StoreUnavailableError: the database cannot be reached, or went away meanwhile.
    """
    with open_session(engine) as session:
        # Left to itself, SQLite's driver begins at the first write, and what was read may have changed by then. To
        # PostgreSQL, a process that stands still with locks is gone when a statement of it would be.
        connection = session.connection()
        if engine.dialect.name == "sqlite":
            begin_writing(connection.connection.cursor())
        else:
            connection.execute(text(_IDLE))
        yield session


def is_account(column: Any, account_id: str) -> ColumnElement[bool]:  # noqa: ANN401 - a column of any row
    """The condition that a column names an account, by whichever form of its id."""
    own, *others = forms_of(account_id)
    condition: ColumnElement[bool] = column.in_([own, *others]) if others else column == own
    return condition


def newest_first(query: Q, table: Any, limit: int, before: UUID | None, **wanted: object) -> Q:  # noqa: ANN401 - any row
    """A page of a query: at most ``limit`` rows of a table, the newest first, and from behind the row ``before`` on.

    ``wanted`` are the values of its columns, None any. An account is found under every form of its id.
    """
    for name, value in wanted.items():
        if name == "account_id" and isinstance(value, str):
            query = query.where(is_account(getattr(table, name), value))
        elif value is not None:
            query = query.where(getattr(table, name) == value)
    if before is not None:
        query = query.where(table.id < before)
    return query.order_by(table.id.desc()).limit(limit)
