"""Who is signed in to the console: kept by the hash of what their browser sends, and found while it lasts."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Engine, delete
from sqlmodel import Session, col, select, update

from service.domain.keys import Scope
from service.domain.terms import Team
from service.store.engine import open_session
from service.store.errors import LinkSpentError
from service.store.keys import ApiKey, Beside, api_key_of
from service.store.rows import value_of
from service.store.tables.console import ConsoleSessionRow
from service.store.tables.decisions import ApiKeyRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Somebody whom the company's identity provider knows. ``name`` is who acts, as that of a key is.

    What their groups allow is believed until an instant, and asked for anew then.
    """

    issuer: str
    subject: str
    name: str
    scopes: frozenset[Scope]
    team: Team | None
    believed_until: datetime


Holder: TypeAlias = ApiKey | Subject
"""By what somebody is signed in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleSession:
    """Somebody who is signed in, until ``expires_at`` at the latest."""

    holder: Holder
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


def add_session(engine: Engine, hashed: str, holder: Holder | None, now: datetime, until: datetime) -> None:
    """Keep that somebody is signed in, or without a holder a link of the first start; what has expired is forgotten."""
    with open_session(engine) as session:
        session.execute(delete(ConsoleSessionRow).where(col(ConsoleSessionRow.expires_at) <= now))
        own = {"key_id": holder.id} if isinstance(holder, ApiKey) else {"key_id": None, **_said_of(holder)}
        row = ConsoleSessionRow(hash=hashed, created_at=now, last_seen_at=now, expires_at=until, **own)
        session.add(row)
        session.commit()


def renew_session(engine: Engine, hashed: str, holder: Subject, now: datetime) -> bool:
    """Keep what is believed anew of whoever is signed in so; False where that is somebody else, or nobody any more."""
    row = ConsoleSessionRow
    own = (col(row.hash) == hashed, col(row.issuer) == holder.issuer, col(row.subject) == holder.subject)
    with open_session(engine) as session:
        renewing = update(row).where(*own, col(row.expires_at) > now).values(last_seen_at=now, **_said_of(holder))
        renewed = session.connection().execute(renewing)
        session.commit()
        return bool(renewed.rowcount)


def find_session(engine: Engine, hashed: str) -> ConsoleSession | None:
    """Who is signed in so, whether that still holds or not; None where nobody is."""
    of_key = col(ApiKeyRow.id) == col(ConsoleSessionRow.key_id)
    query = select(ConsoleSessionRow, ApiKeyRow).outerjoin(ApiKeyRow, of_key)
    with open_session(engine) as session:
        found = session.exec(query.where(ConsoleSessionRow.hash == hashed)).first()
        holder = None if found is None else _holder(*found)
        return None if found is None or holder is None else value_of(ConsoleSession, found[0], holder=holder)


def _holder(row: ConsoleSessionRow, key: ApiKeyRow | None) -> Holder | None:
    if key is not None:
        return api_key_of(key)
    return None if row.issuer is None else value_of(Subject, row, scopes=(row.scopes or "").split())


def _said_of(holder: Subject | None) -> dict[str, Any]:
    if holder is None:
        return {}
    said = {each.name: getattr(holder, each.name) for each in fields(Subject)}
    return said | {"scopes": " ".join(sorted(holder.scopes))}


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
    nobodys = (col(row.key_id).is_(None), col(row.issuer).is_(None))
    return (col(row.hash) == hashed, *nobodys, col(row.expires_at) > now)
