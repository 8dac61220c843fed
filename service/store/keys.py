"""API keys: made, found by their hash, listed, rotated, revoked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, text
from sqlmodel import Session, col, not_, or_, select, update

from service.domain.acts import Act
from service.domain.keys import Scope, key_hash, key_hint
from service.domain.terms import Team
from service.store.acts import add_act
from service.store.engine import open_session, open_writer
from service.store.errors import KeyNameTakenError, KeyNotFoundError
from service.store.rows import value_of
from service.store.tables.decisions import ApiKeyRow

Beside: TypeAlias = Callable[[Session], None]
"""What is done within the same transaction. The caller commits."""
Tells: TypeAlias = Callable[["ApiKey"], Act]
"""The act that is recorded with what is done to a key."""
USE_KNOWN_TO = timedelta(minutes=1)
"""How exactly it is kept when a key was last used; a use within that time of the one kept is not written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """What is known of a key. ``name`` is who acts with it, and stays the same when the key is rotated.

    ``team`` is the sales team that its holder acts for in handoffs (HAND-6), if any. Who made it is not known of a key
    that a release before this one made.
    """

    id: UUID
    name: str
    hint: str
    scopes: frozenset[Scope]
    team: Team | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    created_by: str | None = None
    revoked_by: str | None = None
    last_used_at: datetime | None = None

    def works_at(self, instant: datetime) -> bool:
        """Whether the key is not revoked, and not expired at an instant.

        When it was revoked does not matter: the clock of that machine may have been ahead.
        """
        return instant < self.expires_at and self.revoked_at is None


def find_key(engine: Engine, key: str) -> ApiKey | None:
    """What is known of a key, whether it still works or not; None where it is unknown."""
    with open_session(engine) as session:
        row = session.exec(select(ApiKeyRow).where(ApiKeyRow.key_hash == key_hash(key))).first()
        return None if row is None else api_key_of(row)


def all_keys(engine: Engine) -> list[ApiKey]:
    """Every key ever made, oldest first."""
    with open_session(engine) as session:
        return [api_key_of(row) for row in session.exec(select(ApiKeyRow).order_by(col(ApiKeyRow.id)))]


def add_key(engine: Engine, new: ApiKey, key: str, tells: Tells, *, beside: Beside | None = None) -> ApiKey:
    """Store what is known of a key; of the key itself only the hash is. ``beside`` is done with it, or neither is.

    Raises:
        KeyNameTakenError: another key that still works acts under this name. Rotate that one, or take another name.
    """
    with _one_at_a_time(engine) as session:
        if beside is not None:
            beside(session)
        taken = session.exec(select(ApiKeyRow.id).where(ApiKeyRow.name == new.name, *_working(new.created_at))).first()
        if taken is not None:
            raise KeyNameTakenError(f"Key {taken} still works under the name {new.name}")
        _add(session, new, key)
        add_act(session, tells(new))
        session.commit()
        return new


def add_first_key(engine: Engine, new: ApiKey, key: str, tells: Tells) -> ApiKey | None:
    """Store what is known of the first key, of those that start at once by one alone; None where there is a key."""
    with _one_at_a_time(engine) as session:
        if session.exec(select(ApiKeyRow.id).limit(1)).first() is not None:
            return None
        _add(session, new, key)
        add_act(session, tells(new))
        session.commit()
        return new


def rotate_key(  # noqa: PLR0913 - each is said of the successor, or of who made it
    engine: Engine,
    key_id: UUID,
    *,
    new_id: UUID,
    key: str,
    now: datetime,
    old_until: datetime,
    by: str | None,
    tells: Tells,
) -> ApiKey:
    """Store a successor with the same name, scopes and lifetime; the old key works on until ``old_until``.

    Raises:
        KeyNotFoundError: there is no key of that identifier that still works.
    """
    with open_session(engine) as session:
        old = _working_row(session, key_id, now)
        until = now + (old.expires_at - old.created_at)
        named = replace(api_key_of(old), id=new_id, hint=key_hint(key))
        new = replace(named, created_at=now, expires_at=until, created_by=by, last_used_at=None)
        old.expires_at = min(old.expires_at, old_until)
        _add(session, new, key)
        add_act(session, tells(new))
        session.commit()
        return new


def revoke_key(engine: Engine, key_id: UUID, now: datetime, by: str | None, tells: Tells) -> ApiKey:
    """Let a key work no more.

    Raises:
        KeyNotFoundError: there is no key of that identifier that still works.
    """
    with open_session(engine) as session:
        row = _working_row(session, key_id, now)
        row.revoked_at, row.revoked_by = now, by
        revoked = api_key_of(row)
        add_act(session, tells(revoked))
        session.commit()
        return revoked


def note_use(engine: Engine, key_id: UUID, now: datetime) -> None:
    """Keep that a key is used, unless a use within ``USE_KNOWN_TO`` is kept: also one to come, of a wrong clock."""
    used = col(ApiKeyRow.last_used_at)
    kept = used.between(now - USE_KNOWN_TO, now + USE_KNOWN_TO)
    with open_session(engine) as session:
        session.exec(
            update(ApiKeyRow)
            .where(col(ApiKeyRow.id) == key_id, or_(used.is_(None), not_(kept)))
            .values(last_used_at=now)
        )
        session.commit()


@contextmanager
def _one_at_a_time(engine: Engine) -> Iterator[Session]:
    """A session that makes keys while no other one does: what it finds of them stays so until it commits."""
    with open_writer(engine) as session:
        if engine.dialect.name == "postgresql":
            session.connection().execute(text("LOCK TABLE api_keys IN SHARE ROW EXCLUSIVE MODE"))
        yield session


def _working(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (col(ApiKeyRow.expires_at) > now, col(ApiKeyRow.revoked_at).is_(None))


def _working_row(session: Session, key_id: UUID, now: datetime) -> ApiKeyRow:
    row = session.exec(select(ApiKeyRow).where(ApiKeyRow.id == key_id, *_working(now)).with_for_update()).first()
    if row is None:
        raise KeyNotFoundError(f"No key {key_id} works")
    return row


def _add(session: Session, new: ApiKey, key: str) -> None:
    own = {"key_hash": key_hash(key), "scopes": " ".join(sorted(new.scopes))}
    session.add(ApiKeyRow.model_validate(new, update=own))


def api_key_of(row: ApiKeyRow) -> ApiKey:
    """What a row says of a key."""
    return value_of(ApiKey, row, scopes=row.scopes.split())
