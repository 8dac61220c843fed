"""Recorded decisions read fast, to be taken again: as lines of text, past every layer that makes objects of them."""

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from service.store.decisions import first_identifier
from service.store.engine import open_session

SEPARATOR = "\x1f"
"""Parts the columns of a line. No text that is recorded holds it, for JSON spells it out."""
_COLUMNS = (
    *("id", "account_id", "policy_id", "policy_version", "program", "effective_on"),
    *("status", "segment", "team", "rule", "leading_source", "leading_employees", "missing_facts", "facts"),
)
_NEWEST = "FROM accounts a JOIN decisions d ON d.id = a.decision_id"
_FETCHED, _FETCHES = 5_000, 16


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
    with _asked(engine, "count(*)", extent) as cursor:
        ((number,),) = cursor.fetchall()
        return int(number)


def lines_of_history(engine: Engine, extent: Extent) -> Generator[bytes]:
    """Blocks of lines, a line for each decision, in no order, all as of one instant.

    A line holds identifier, account, policy, version and program, the day, the parts of ``Decision.outcome`` and the
    facts as JSON, parted by ``SEPARATOR``; what is missing is empty.

    Raises:
        StoreUnavailableError: the database cannot be reached, or went away meanwhile.
    """
    line = f" || '{SEPARATOR}' || ".join(f"coalesce(CAST(d.{column} AS text), '')" for column in _COLUMNS)
    pieces: list[bytes] = []
    with _asked(engine, line, extent) as cursor:
        while rows := cursor.fetchmany(_FETCHED):
            pieces.append("\n".join([text for (text,) in rows]).encode())
            if len(pieces) == _FETCHES:
                yield b"\n".join(pieces)
                pieces.clear()
    if pieces:
        yield b"\n".join(pieces)


@contextmanager
def _asked(engine: Engine, what: str, extent: Extent) -> Iterator[Any]:
    """The driver's own cursor over what is asked of each decision; PostgreSQL keeps the rows until they are fetched."""
    to_sqlite = engine.dialect.name == "sqlite"
    values = [bound.hex if to_sqlite else bound for _, bound in extent.bounds]
    bounds = " AND ".join(f"d.id {sign} {'?' if to_sqlite else '%s'}" for sign, _ in extent.bounds)
    source = _NEWEST if extent.standings else "FROM decisions d"
    with open_session(engine) as session:
        connection: Any = session.connection().connection.driver_connection
        with closing(connection.cursor() if to_sqlite else connection.cursor("history")) as cursor:
            cursor.execute(f"SELECT {what} {source} WHERE {bounds or 'true'}", values)
            yield cursor
