"""Recorded decisions read fast, to be taken again: as lines of text, past every layer that makes objects of them."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
import pysqlite3.dbapi2 as sqlite
from sqlalchemy import Connection, Engine

from service.store.decisions import first_identifier
from service.store.engine import session
from service.store.errors import StoreUnavailableError

SEPARATOR = "\x1f"
"""Parts the columns of a line. No text that is recorded holds it, for JSON spells it out."""
_COLUMNS = (
    *("id", "account_id", "policy_id", "policy_version", "effective_on"),
    *("status", "segment", "team", "rule", "leading_source", "leading_employees", "missing_facts", "facts"),
)
_NO_QUOTES = "\x1e"
_NEWEST = "FROM accounts a JOIN decisions d ON d.id = a.decision_id"
_LINES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Which decisions: the newest of every account, or all that were recorded in a time.

    ``since`` is included, ``until`` is not; None is open.
    """

    standings: bool = True
    since: datetime | None = None
    until: datetime | None = None

    @property
    def bounds(self) -> tuple[tuple[str, UUID], ...]:
        """The bounds of the identifier, which holds the instant of recording."""
        bounds = ((">=", self.since), ("<", self.until))
        return tuple((sign, first_identifier(instant)) for sign, instant in bounds if instant is not None)


def count_of_history(engine: Engine, extent: Extent) -> int:
    """How many decisions there are.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    with _reading(engine) as connection:
        mark, values = _as_bound(engine, extent)
        found = _driver(connection).execute(f"SELECT count(*) {_source(extent, mark)}", values)
        return int(found.fetchone()[0])


def lines_of_history(engine: Engine, extent: Extent) -> Generator[bytes]:
    """Blocks of lines, a line for each decision, in no order, all as of one instant.

    A line holds identifier, account, policy and version, the day, the parts of ``Decision.outcome`` and the facts as
    JSON, parted by ``SEPARATOR``; what is missing is empty.

    Raises:
        StoreUnavailableError: the database cannot be reached, or went away meanwhile.
    """
    with _reading(engine) as connection:
        sqlite_engine = engine.dialect.name == "sqlite"
        yield from (_from_sqlite if sqlite_engine else _from_postgres)(_driver(connection), engine, extent)


@contextmanager
def _reading(engine: Engine) -> Iterator[Connection]:
    try:
        with session(engine) as opened:
            yield opened.connection()
    except (psycopg.OperationalError, sqlite.OperationalError) as error:
        raise StoreUnavailableError("The database cannot be reached") from error


def _driver(connection: Connection) -> Any:  # noqa: ANN401 - either driver's connection
    return connection.connection.driver_connection


def _as_bound(engine: Engine, extent: Extent) -> tuple[str, tuple[Any, ...]]:
    """How a statement marks a value, and the values."""
    if engine.dialect.name == "sqlite":
        return "?", tuple(bound.hex for _, bound in extent.bounds)
    return "%s", tuple(bound for _, bound in extent.bounds)


def _source(extent: Extent, mark: str) -> str:
    source = _NEWEST if extent.standings else "FROM decisions d"
    bounds = " AND ".join(f"d.id {sign} {mark}" for sign, _ in extent.bounds)
    return f"{source} WHERE {bounds}" if bounds else source


def _from_sqlite(connection: Any, engine: Engine, extent: Extent) -> Generator[bytes]:  # noqa: ANN401 - as above
    mark, values = _as_bound(engine, extent)
    line = f" || '{SEPARATOR}' || ".join(f"coalesce(d.{column}, '')" for column in _COLUMNS)
    cursor = connection.execute(f"SELECT {line} {_source(extent, mark)}", values)
    while rows := cursor.fetchmany(_LINES):
        yield "\n".join([text for (text,) in rows]).encode()


def _from_postgres(connection: Any, engine: Engine, extent: Extent) -> Generator[bytes]:  # noqa: ANN401 - as above
    mark, values = _as_bound(engine, extent)
    columns = ", ".join(f"nullif(d.{each}, '')" if each == "missing_facts" else f"d.{each}" for each in _COLUMNS)
    # The quote is a character that nothing recorded holds, so nothing is quoted.
    shape = f"(FORMAT csv, DELIMITER '{SEPARATOR}', QUOTE '{_NO_QUOTES}')"
    statement = f"COPY (SELECT {columns} {_source(extent, mark)}) TO STDOUT {shape}"
    # As long as it takes: the patience of every single step remains.
    connection.execute("SET LOCAL statement_timeout = 0")
    lines: list[Any] = []
    with connection.cursor() as cursor, cursor.copy(statement, values) as copy:
        for line in copy:
            lines.append(line)
            if len(lines) == _LINES:
                yield b"".join(lines)
                lines.clear()
    if lines:
        yield b"".join(lines)
