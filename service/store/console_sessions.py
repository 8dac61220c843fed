"""Who is signed in to the console: kept by the hash of what their browser sends, and found while it lasts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, delete
from sqlmodel import Session, col, select, update

from service.store.engine import open_session
from service.store.errors import LinkSpentError
from service.store.keys import ApiKey, Beside, api_key_of
from service.store.tables.console import ConsoleSessionRow
from service.store.tables.decisions import ApiKeyRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleSession:
    """Somebody who is signed in with a key, until ``expires_at`` at the latest."""

    key: ApiKey
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


def add_session(engine: Engine, hashed: str, key_id: UUID | None, now: datetime, until: datetime) -> None:
    """Keep that somebody is signed in, or without a key a link of the first start; what has expired is forgotten."""
    with open_session(engine) as session:
        session.execute(delete(ConsoleSessionRow).where(col(ConsoleSessionRow.expires_at) <= now))
        row = ConsoleSessionRow(hash=hashed, key_id=key_id, created_at=now, last_seen_at=now, expires_at=until)
        session.add(row)
        session.commit()


def find_session(engine: Engine, hashed: str) -> ConsoleSession | None:
    """Who is signed in so, whether that still holds or not; None where nobody is."""
    query = select(ConsoleSessionRow, ApiKeyRow).join(ApiKeyRow, col(ApiKeyRow.id) == col(ConsoleSessionRow.key_id))
    with open_session(engine) as session:
        found = session.exec(query.where(ConsoleSessionRow.hash == hashed)).first()
        if found is None:
            return None
        row, key = found
        times = {"created_at": row.created_at, "last_seen_at": row.last_seen_at, "expires_at": row.expires_at}
        return ConsoleSession(key=api_key_of(key), **times)


def note_seen(engine: Engine, hashed: str, now: datetime) -> None:
    """Keep that somebody who is signed in was there."""
    with open_session(engine) as session:
        session.execute(update(ConsoleSessionRow).where(col(ConsoleSessionRow.hash) == hashed).values(last_seen_at=now))
        session.commit()


def end_session(engine: Engine, hashed: str) -> None:
    """Sign somebody out."""
    with open_session(engine) as session:
        session.execute(delete(ConsoleSessionRow).where(col(ConsoleSessionRow.hash) == hashed))
        session.commit()


def is_link(engine: Engine, hashed: str, now: datetime) -> bool:
    """Whether a link of the first start is good still."""
    with open_session(engine) as session:
        return session.exec(select(ConsoleSessionRow.hash).where(*_good_link(hashed, now))).first() is not None


def spending(hashed: str, now: datetime) -> Beside:
    """What spends a link of the first start within a transaction, once.

    Raises:
        LinkSpentError: when carried out, where it was spent already, or is too old.
    """

    def spend(session: Session) -> None:
        spent = session.connection().execute(delete(ConsoleSessionRow).where(*_good_link(hashed, now)))
        if not spent.rowcount:
            raise LinkSpentError("This link was used already, or is older than 15 minutes")

    return spend


def _good_link(hashed: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    row = ConsoleSessionRow
    return (col(row.hash) == hashed, col(row.key_id).is_(None), col(row.expires_at) > now)
