"""What is carried out once for each idempotency key beside recording, and how old keys are forgotten."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias, TypeVar

from sqlalchemy import Engine, delete, func, text, tuple_
from sqlmodel import Session, col, select

from service.store.engine import open_session, open_writer
from service.store.errors import KeyInFlightError, KeyReusedError
from service.store.once import Answer, Done, IdempotencyKey
from service.store.recorder.postgres_connection import lock_number
from service.store.tables.decisions import IdempotencyRow

T = TypeVar("T")
Act: TypeAlias = Callable[[Session], T]
"""Something that the store does within a transaction of the caller's."""
_CHUNK = 500


def do_once(
    engine: Engine, key: IdempotencyKey | None, at: datetime, act: Act[T], answer: Callable[[T], Answer]
) -> Done[T]:
    """Carry out an act and remember what was answered, in one commit; or find what was answered before.

    Raises:
        KeyReusedError, KeyInFlightError: the key stands against it.
        StoreError: the act's own; nothing was done.
        StoreUnavailableError: the database cannot be reached.
    """
    with open_writer(engine) as session:
        remembered = None if key is None else _remembered(session, key)
        if remembered is not None:
            return Done(remembered, None)
        made = act(session)
        told = None if key is None else answer(made)
        if told is not None:
            kept = {"reference": told.reference, "body": told.body, "recorded_at": at}
            session.add(IdempotencyRow.model_validate(key, update=kept))
        session.commit()
    return Done(answer(made) if told is None else told, made)


def _remembered(session: Session, key: IdempotencyKey) -> Answer | None:
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        # The recorder's own lock of the key, so that it serves for one request among all that record.
        query = text("SELECT pg_try_advisory_xact_lock(:number)")
        if not connection.scalar(query, {"number": lock_number("key", key.caller, key.key)}):
            raise KeyInFlightError("The first request with this Idempotency-Key is still being recorded")
    row = session.get(IdempotencyRow, (key.caller, key.key))
    if row is None:
        return None
    if row.fingerprint != key.fingerprint:
        raise KeyReusedError("This Idempotency-Key was used before, with another request")
    return Answer(row.body, row.reference)


def newest_idempotency_key(engine: Engine) -> datetime | None:
    """When the newest of the keys was recorded.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    with open_session(engine) as session:
        return session.exec(select(func.max(IdempotencyRow.recorded_at))).one()


def purge_idempotency_keys(engine: Engine, before: datetime, most: int = _CHUNK) -> int:
    """Remove at most ``most`` of the keys recorded before an instant, oldest first; gives how many.

    Few at a time, so that recording never waits for long: call again until none is left.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    old = (
        select(IdempotencyRow.caller, IdempotencyRow.key)
        .where(IdempotencyRow.recorded_at < before)
        .order_by(col(IdempotencyRow.recorded_at))
        .limit(most)
    )
    with open_session(engine) as session:
        result = session.exec(
            delete(IdempotencyRow).where(tuple_(col(IdempotencyRow.caller), col(IdempotencyRow.key)).in_(old))
        )
        session.commit()
        return result.rowcount
