"""What waits to be sealed: taken in the order in which it was queued, and filled with what was recorded before."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, delete, func, insert, select

from service.store.engine import open_session, open_writer
from service.store.ledger.contents import CONTENTS, Content, content_of, with_hyphens
from service.store.tables.ledger import LedgerEntryRow, LedgerFillRow, LedgerQueueRow


@dataclass(frozen=True, slots=True)
class Queued:
    """A row of the queue. ``subject`` is spelled alike on both databases."""

    id: int
    kind: str
    subject: str
    at: datetime


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


def queued(session: Session, at_most: int) -> list[Queued]:
    """The first of what is queued."""
    columns = (LedgerQueueRow.id, LedgerQueueRow.kind, LedgerQueueRow.subject, LedgerQueueRow.queued_at)
    rows = session.exec(select(*columns).order_by(col(LedgerQueueRow.id)).limit(at_most))
    return [Queued(number, kind, _spelled(subject), at) for number, kind, subject, at in rows]


def without_sealed(session: Session, rows: Sequence[Queued]) -> list[Queued]:
    """Those that are not sealed yet, each once: what was recorded as the queue came to be may be queued twice."""
    subjects = {row.subject for row in rows}
    known = select(LedgerEntryRow.subject, LedgerEntryRow.kind).where(col(LedgerEntryRow.subject).in_(subjects))
    seen = {tuple(found) for found in session.exec(known)}
    left = []
    for row in rows:
        if (row.subject, row.kind) not in seen:
            seen.add((row.subject, row.kind))
            left.append(row)
    return left


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
        for row in _these(connection, kind, keys):
            content = content_of(kind, row, driver)
            found[kind, content.id] = content
    return found


def remove(session: Session, rows: Sequence[Queued]) -> bool:
    """Take rows out of the queue; whether all of them were there."""
    gone = session.execute(delete(LedgerQueueRow).where(col(LedgerQueueRow.id).in_([row.id for row in rows])))
    return bool(gone.rowcount == len(rows))  # type: ignore[attr-defined]  # a cursor's result


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


def _these(connection: Connection, kind: str, keys: Sequence[UUID | int]) -> Iterable[Any]:
    """Rows of a kind, as the driver gives them: what SQLAlchemy makes of each value takes as long as all the rest."""
    of = CONTENTS[kind]
    query = f"SELECT {', '.join(of.columns)} FROM {of.table.__tablename__} WHERE {of.key}"  # noqa: S608 - our own names
    if connection.dialect.name == "postgresql":
        return connection.exec_driver_sql(f"{query} = ANY(%s)", (list(keys),))
    said = tuple(key.hex if isinstance(key, UUID) else key for key in keys)
    return connection.exec_driver_sql(f"{query} IN ({', '.join('?' * len(said))})", said)


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
