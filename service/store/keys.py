"""API keys: made, found by their hash, listed, rotated, revoked."""

from dataclasses import dataclass, replace
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
    revoked_at: datetime | None = None

    def works_at(self, instant: datetime) -> bool:
        """Whether the key is neither expired nor revoked at an instant."""
        return instant < self.expires_at and (self.revoked_at is None or instant < self.revoked_at)


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


def add_key(engine: Engine, new: ApiKey, key: str) -> ApiKey:
    """Store what is known of a key; of the key itself only the hash is.

    Raises:
        KeyNameTakenError: another key that still works acts under this name. Rotate that one, or take another name.
    """
    with open_session(engine) as session:
        taken = session.exec(select(ApiKeyRow.id).where(ApiKeyRow.name == new.name, *_working(new.created_at))).first()
        if taken is not None:
            raise KeyNameTakenError(f"Key {taken} still works under the name {new.name}")
        _add(session, new, key)
        session.commit()
        return new


def rotate_key(engine: Engine, key_id: UUID, *, new_id: UUID, key: str, now: datetime, old_until: datetime) -> ApiKey:
    """Store a successor with the same name, scopes and lifetime; the old key works on until ``old_until``.

    Raises:
        KeyNotFoundError: there is no key of that identifier that still works.
    """
    with open_session(engine) as session:
        old = _working_row(session, key_id, now)
        until = now + (old.expires_at - old.created_at)
        named = replace(_api_key(old), id=new_id, hint=key_hint(key))
        new = replace(named, created_at=now, expires_at=until, revoked_at=None)
        old.expires_at = min(old.expires_at, old_until)
        _add(session, new, key)
        session.commit()
        return new


def revoke_key(engine: Engine, key_id: UUID, now: datetime) -> ApiKey:
    """Let a key work no more.

    Raises:
        KeyNotFoundError: there is no key of that identifier that still works.
    """
    with open_session(engine) as session:
        row = _working_row(session, key_id, now)
        row.revoked_at = now
        session.commit()
        return _api_key(row)


def _working(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (col(ApiKeyRow.expires_at) > now, or_(col(ApiKeyRow.revoked_at).is_(None), col(ApiKeyRow.revoked_at) > now))


def _working_row(session: Session, key_id: UUID, now: datetime) -> ApiKeyRow:
    row = session.exec(select(ApiKeyRow).where(ApiKeyRow.id == key_id, *_working(now)).with_for_update()).first()
    if row is None:
        raise KeyNotFoundError(f"No key {key_id} works")
    return row


def _add(session: Session, new: ApiKey, key: str) -> None:
    own = {"key_hash": key_hash(key), "scopes": " ".join(sorted(new.scopes))}
    session.add(ApiKeyRow.model_validate(new, update=own))


def _api_key(row: ApiKeyRow) -> ApiKey:
    return value_of(ApiKey, row, scopes=row.scopes.split())
