"""API keys: made, found by their hash, listed, rotated, revoked."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Engine
from sqlmodel import Session, col, or_, select

from service.domain.keys import Scope, key_hash, key_hint
from service.domain.terms import Team
from service.store.engine import open_session
from service.store.errors import KeyNameTakenError, KeyNotFoundError
from service.store.rows import value_of
from service.store.tables.decisions import ApiKeyRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """What is known of a key. ``name`` is who acts with it, and stays the same when the key is rotated.

    ``team`` is the sales team that its holder acts for in handoffs (HAND-6), if any.
    """

    id: UUID
    name: str
    hint: str
    scopes: frozenset[Scope]
    team: Team | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def works_at(self, instant: datetime) -> bool:
        """Whether the key is neither expired nor revoked at an instant."""
        return instant < self.expires_at and (self.revoked_at is None or instant < self.revoked_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key to be stored; of ``key`` itself only the hash and a hint are."""

    id: UUID
    name: str
    key: str
    scopes: frozenset[Scope]
    team: Team | None
    created_at: datetime
    expires_at: datetime


def any_key(engine: Engine) -> bool:
    """Whether any key was ever made."""
    with open_session(engine) as session:
        return session.exec(select(ApiKeyRow.id).limit(1)).first() is not None


def find_key(engine: Engine, key: str) -> ApiKey | None:
    """What is known of a key, whether it still works or not; None where it is unknown."""
    with open_session(engine) as session:
        row = session.exec(select(ApiKeyRow).where(ApiKeyRow.key_hash == key_hash(key))).first()
        return None if row is None else _api_key(row)


def all_keys(engine: Engine) -> list[ApiKey]:
    """Every key ever made, oldest first."""
    with open_session(engine) as session:
        return [_api_key(row) for row in session.exec(select(ApiKeyRow).order_by(col(ApiKeyRow.id)))]


def add_key(engine: Engine, new: NewKey) -> ApiKey:
    """Store a key.

    Raises:
        KeyNameTakenError: another key that still works acts under this name. Rotate that one, or take another name.
    """
    with open_session(engine) as session:
        taken = session.exec(select(ApiKeyRow.id).where(ApiKeyRow.name == new.name, *_working(new.created_at))).first()
        if taken is not None:
            raise KeyNameTakenError(f"Key {taken} still works under the name {new.name}")
        row = _add(session, new)
        session.commit()
        return _api_key(row)


def rotate_key(engine: Engine, key_id: UUID, *, new_id: UUID, key: str, now: datetime, old_until: datetime) -> ApiKey:
    """Store a successor with the same name, scopes and lifetime; the old key works on until ``old_until``.

    Raises:
        KeyNotFoundError: there is no key of that identifier that still works.
    """
    with open_session(engine) as session:
        old = _working_row(session, key_id, now)
        new = NewKey(
            id=new_id,
            name=old.name,
            key=key,
            scopes=_scopes(old.scopes),
            team=None if old.team is None else Team(old.team),
            created_at=now,
            expires_at=now + (old.expires_at - old.created_at),
        )
        old.expires_at = min(old.expires_at, old_until)
        session.add(old)
        row = _add(session, new)
        session.commit()
        return _api_key(row)


def revoke_key(engine: Engine, key_id: UUID, now: datetime) -> ApiKey:
    """Let a key work no more.

    Raises:
        KeyNotFoundError: there is no key of that identifier that still works.
    """
    with open_session(engine) as session:
        row = _working_row(session, key_id, now)
        row.revoked_at = now
        session.add(row)
        session.commit()
        return _api_key(row)


def _working(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (col(ApiKeyRow.expires_at) > now, or_(col(ApiKeyRow.revoked_at).is_(None), col(ApiKeyRow.revoked_at) > now))


def _working_row(session: Session, key_id: UUID, now: datetime) -> ApiKeyRow:
    row = session.exec(select(ApiKeyRow).where(ApiKeyRow.id == key_id, *_working(now)).with_for_update()).first()
    if row is None:
        raise KeyNotFoundError(f"No key {key_id} works")
    return row


def _add(session: Session, new: NewKey) -> ApiKeyRow:
    row = ApiKeyRow(
        id=new.id,
        name=new.name,
        key_hash=key_hash(new.key),
        hint=key_hint(new.key),
        scopes=" ".join(sorted(new.scopes)),
        team=new.team,
        created_at=new.created_at,
        expires_at=new.expires_at,
        revoked_at=None,
    )
    session.add(row)
    return row


def _scopes(text: str) -> frozenset[Scope]:
    return frozenset(map(Scope, text.split()))


def _api_key(row: ApiKeyRow) -> ApiKey:
    return value_of(ApiKey, row, scopes=row.scopes.split())
