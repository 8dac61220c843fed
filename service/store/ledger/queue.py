"""What waits to be sealed: taken in the order in which it was queued, and filled with what was recorded before."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, CursorResult, Engine
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, func, insert, select

from service.store.engine import open_session, open_writer
from service.store.ledger.contents import CONTENTS, Content, content_of, read_by, with_hyphens
from service.store.tables.ledger import LedgerFillRow, LedgerQueueRow


@dataclass(frozen=True, slots=True)
class Queued:
    """A row of the queue. ``subject`` is spelled alike on both databases."""

    id: int
    kind: str
    subject: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the queue, from a row to another."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Unsealed:
    """How much is queued, and since when its oldest is. What older tables have yet to be queued is not among it."""

    count: int
    oldest: datetime | None


def unsealed_rows(engine: Engine) -> Unsealed:
    """What is queued.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    oldest = select(LedgerQueueRow.queued_at).order_by(col(LedgerQueueRow.id)).limit(1)
    with open_session(engine) as session:
        count = session.exec(select(func.count()).select_from(LedgerQueueRow)).one()
        return Unsealed(count, session.exec(oldest).first())


def waiting_parts(engine: Engine, size: int, at_most: int) -> list[Part]:
    """The first parts of what is queued, of so many rows each.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    query = select(LedgerQueueRow.id).order_by(col(LedgerQueueRow.id)).limit(size * at_most)
    with open_session(engine) as session:
        found = session.exec(query).all()
    return [Part(found[first], found[min(first + size, len(found)) - 1]) for first in range(0, len(found), size)]


def queued(session: Session, part: Part) -> list[Queued]:
    """The rows of a part of the queue that are there."""
    columns = (LedgerQueueRow.id, LedgerQueueRow.kind, LedgerQueueRow.subject, LedgerQueueRow.queued_at)
    inside = col(LedgerQueueRow.id).between(part.first, part.last)
    rows = session.exec(select(*columns).where(inside).order_by(col(LedgerQueueRow.id)))
    return [Queued(number, kind, _spelled(subject), at) for number, kind, subject, at in rows]


def sealed_of(session: Session, subjects: Sequence[str]) -> set[tuple[str, str]]:
    """What was sealed of some subjects: each with its kind."""
    known = "SELECT subject, kind FROM ledger_entries WHERE subject"
    return {tuple(found) for found in _among(session.connection(), known, subjects)}


def contents(session: Session, named: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Content]:
    """What is sealed of rows, by kind and subject; without those that are gone from their table."""
    by_kind: dict[str, list[UUID | int]] = defaultdict(list)
    for kind, subject in named:
        key = _named(kind, subject) if kind in CONTENTS else None
        if key is not None:  # else somebody made it up
            by_kind[kind].append(key)
    found = {}
    connection = session.connection()
    driver = connection.dialect.name
    for kind, keys in by_kind.items():
        for row in _these(connection, kind, keys).all():
            content = content_of(kind, row, driver)
            found[kind, content.id] = content
    return found


def remove(session: Session, numbers: Sequence[int]) -> bool:
    """Take rows out of the queue; whether all of them were there."""
    gone = _among(session.connection(), "DELETE FROM ledger_queue WHERE id", numbers)
    return bool(gone.rowcount == len(numbers))


def fill(engine: Engine, now: datetime, at_most: int) -> bool:
    """Queue some of what was recorded before there was a queue; whether more of it may be left.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    with open_session(engine) as session:
        if session.exec(select(LedgerFillRow.kind).limit(1)).first() is None:
            return False
    with open_writer(engine) as session:
        begun = session.exec(select(LedgerFillRow).order_by(col(LedgerFillRow.kind)).limit(1).with_for_update()).first()
        if begun is None:
            return False
        subjects = _following(session, begun, at_most)
        if subjects:
            rows = [{"kind": begun.kind, "subject": subject, "queued_at": now} for subject in subjects]
            session.execute(insert(LedgerQueueRow), rows)
            begun.after = subjects[-1]
        if len(subjects) < at_most:
            session.delete(begun)
        session.commit()
    return True


def _following(session: Session, begun: LedgerFillRow, at_most: int) -> list[str]:
    key = _key(begun.kind)
    query = sa_select(key).order_by(key).limit(at_most)
    if begun.after is not None:
        query = query.where(key > _named(begun.kind, begun.after))
    return [str(name) for name in session.scalars(query)]


def _these(connection: Connection, kind: str, keys: Sequence[UUID | int]) -> CursorResult[Any]:
    """Rows of a kind, as the driver gives them: what SQLAlchemy makes of each value takes as long as all the rest."""
    of = CONTENTS[kind]
    columns = read_by(kind, connection.dialect.name)
    query = f"SELECT {columns} FROM {of.table.__tablename__} WHERE {of.key}"  # noqa: S608 - our own names
    return _among(connection, query, keys)


def _among(connection: Connection, statement: str, values: Sequence[UUID | int | str]) -> CursorResult[Any]:
    """Carry out a statement that ends with a column, for the rows in which that has one of the values."""
    if connection.dialect.name == "postgresql":
        return connection.exec_driver_sql(f"{statement} = ANY(%s)", (list(values),))
    said = tuple(value.hex if isinstance(value, UUID) else value for value in values)
    return connection.exec_driver_sql(f"{statement} IN ({', '.join('?' * len(said))})", said)


def _key(kind: str) -> Any:  # noqa: ANN401 - a column of any row
    return getattr(CONTENTS[kind].table, CONTENTS[kind].key)


def _named(kind: str, subject: str) -> UUID | int | None:
    try:
        return int(subject) if CONTENTS[kind].key == "number" else UUID(subject)
    except ValueError:
        return None


def _spelled(subject: str) -> str:
    """SQLite has identifiers without hyphens."""
    return with_hyphens(subject) if len(subject) == 32 else subject  # noqa: PLR2004 - hexadecimal digits
