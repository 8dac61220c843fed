"""Verbs of little volume that are carried out once for each idempotency key, whatever their table."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeAlias, TypeVar

from sqlalchemy import Engine, text
from sqlmodel import Session

from service.store.engine import writing
from service.store.errors import KeyInFlightError, KeyReusedError
from service.store.recorder.postgres_connection import lock_number
from service.store.recording import Answer, IdempotencyKey
from service.store.tables.decisions import IdempotencyRow

T = TypeVar("T")
Act: TypeAlias = Callable[[Session], T]
"""Something that the store does within a transaction of the caller's."""


@dataclass(frozen=True, slots=True)
class Acted(Generic[T]):
    """What is answered. ``made`` is what the act gave, or None where it was carried out for this key before."""

    answer: Answer
    made: T | None


def once(
    engine: Engine, key: IdempotencyKey | None, at: datetime, act: Act[T], answer: Callable[[T], Answer]
) -> Acted[T]:
    """Carry out an act and remember what was answered, in one commit; or find what was answered before.

    Raises:
        KeyReusedError, KeyInFlightError: the key stands against it.
        StoreError: the act's own; nothing was done.
        StoreUnavailableError: the database cannot be reached.
    """
    with writing(engine) as opened:
        remembered = None if key is None else _remembered(opened, key)
        if remembered is not None:
            return Acted(remembered, None)
        made = act(opened)
        told = answer(made)
        if key is not None:
            opened.add(
                IdempotencyRow(
                    caller=key.caller,
                    key=key.key,
                    fingerprint=key.fingerprint,
                    reference=told.reference,
                    body=told.body,
                    recorded_at=at,
                )
            )
        opened.commit()
        return Acted(told, made)


def _remembered(opened: Session, key: IdempotencyKey) -> Answer | None:
    connection = opened.connection()
    if connection.dialect.name == "postgresql":
        # The recorder's own lock of the key, so that it serves for one request among all that record.
        query = text("SELECT pg_try_advisory_xact_lock(:number)")
        if not connection.scalar(query, {"number": lock_number("key", key.caller, key.key)}):
            raise KeyInFlightError("The first request with this Idempotency-Key is still being recorded")
    row = opened.get(IdempotencyRow, (key.caller, key.key))
    if row is None:
        return None
    if row.fingerprint != key.fingerprint:
        raise KeyReusedError("This Idempotency-Key was used before, with another request")
    return Answer(row.body, row.reference)
