"""What waits to be sealed: taken in the order in which it was queued, and filled with what was recorded before."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, CursorResult, Engine
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, func, insert, select

from service.store.engine import open_session, open_writer
from service.store.ledger.contents import CONTENTS, Content, content_of, read_by, with_hyphens
from service.store.tables.ledger import LedgerFillRow, LedgerQueueRow


class Queued(NamedTuple):
    """A row of the queue. ``subject`` is spelled alike on both databases."""

    id: int
    kind: str
    subject: str


MORE = {"sqlite": 4, "postgresql": 16}
"""So much larger are parts where much waits: on SQLite less, for whoever records waits while one is sealed."""
_IS_KEY = {
    "id": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch,
    "number": re.compile("[0-9]{1,18}").fullmatch,
}
"""What names a row, by the column that it stands in."""


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
    """The first parts of what is queued, of so many rows each, or of some times more where so many parts of that wait.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    large = size * MORE[engine.dialect.name]
    with open_session(engine) as session:
        found = session.exec(select(LedgerQueueRow.id).order_by(col(LedgerQueueRow.id)).limit(large * at_most)).all()
    if len(found) == large * at_most:
        size = large
    found = found[: size * at_most]
    return [Part(found[first], found[min(first + size, len(found)) - 1]) for first in range(0, len(found), size)]


def queued(session: Session, part: Part) -> list[Queued]:
    """The rows of a part of the queue that are there."""
    columns = (LedgerQueueRow.id, LedgerQueueRow.kind, LedgerQueueRow.subject)
    inside = col(LedgerQueueRow.id).between(part.first, part.last)
    rows = session.exec(select(*columns).where(inside).order_by(col(LedgerQueueRow.id)))
    return [Queued(number, kind, _spelled(subject)) for number, kind, subject in rows]


def queued_at(session: Session, number: int) -> datetime | None:
    """When a row of the queue was queued; None where it is there no more."""
    return session.exec(select(LedgerQueueRow.queued_at).where(LedgerQueueRow.id == number)).first()


def sealed_of(session: Session, subjects: Sequence[str]) -> set[tuple[str, str]]:
    """What was sealed of some subjects: each with its kind."""
    known = "SELECT subject, kind FROM ledger_entries WHERE subject"
    return {tuple(found) for found in _among(session.connection(), known, subjects)}


def contents(session: Session, named: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Content]:
    """What is sealed of rows, by kind and subject; without those that are gone from their table."""
    return {(kind, content.id): content for kind, content in each_content(session, named)}


def each_content(session: Session, named: Iterable[tuple[str, str]]) -> Iterator[tuple[str, Content]]:
    """The same, in any order, each made when it is asked for."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    for kind, subject in named:
        if kind in CONTENTS and _IS_KEY[CONTENTS[kind].key](subject):  # else somebody made it up
            by_kind[kind].append(subject)
    connection = session.connection()
    for kind, keys in by_kind.items():
        for row in _these(connection, kind, keys).all():
            yield kind, content_of(kind, row, connection.dialect.name)


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
    if begun.until is not None:
        query = query.where(key <= _named(begun.kind, begun.until))
    return [str(name) for name in session.scalars(query)]


def _these(connection: Connection, kind: str, subjects: Sequence[str]) -> CursorResult[Any]:
    """Rows of a kind, as the driver gives them: what SQLAlchemy makes of each value takes as long as all the rest."""
    of = CONTENTS[kind]
    columns = read_by(kind, connection.dialect.name)
    query = f"SELECT {columns} FROM {of.table.__tablename__} WHERE {of.key}"  # noqa: S608 - our own names
    if of.key == "number":
        return _among(connection, query, list(map(int, subjects)))
    if connection.dialect.name == "sqlite":
        return _among(connection, query, [subject.replace("-", "") for subject in subjects])
    return _among(connection, query, subjects, "::uuid[]")


def _among(connection: Connection, statement: str, values: Sequence[int | str], cast: str = "") -> CursorResult[Any]:
    """Carry out a statement that ends with a column, for the rows in which that has one of the values.

    ``cast`` says to PostgreSQL what they are, where that is not what they are here.
    """
    if connection.dialect.name == "postgresql":
        return connection.exec_driver_sql(f"{statement} = ANY(%s{cast})", (list(values),))
    return connection.exec_driver_sql(f"{statement} IN ({', '.join('?' * len(values))})", tuple(values))


def _key(kind: str) -> Any:  # noqa: ANN401 - a column of any row
    return getattr(CONTENTS[kind].table, CONTENTS[kind].key)


def _named(kind: str, subject: str) -> UUID | int:
    return int(subject) if CONTENTS[kind].key == "number" else UUID(subject)


def _spelled(subject: str) -> str:
    """SQLite has identifiers without hyphens."""
    return with_hyphens(subject) if len(subject) == 32 else subject  # noqa: PLR2004 - hexadecimal digits
