"""Forget idempotency keys that are old enough."""

from datetime import datetime

from sqlalchemy import Engine, delete, tuple_
from sqlmodel import col, select

from service.store.engine import session
from service.store.tables.decisions import IdempotencyRow

_CHUNK = 500


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
    with session(engine) as opened:
        result = opened.exec(
            delete(IdempotencyRow).where(tuple_(col(IdempotencyRow.caller), col(IdempotencyRow.key)).in_(old))
        )
        opened.commit()
        return result.rowcount
