"""Forget the answers of idempotency keys that callers may no longer count on."""

from datetime import datetime, timedelta

from service.store.database import Database
from service.store.idempotency import purge_idempotency_keys

KEPT_FOR = timedelta(days=7)


def forget_old_keys(database: Database, now: datetime) -> int:
    """Forget some of the keys that are older than ``KEPT_FOR``; gives how many: 0 when none is left.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    return purge_idempotency_keys(database.engine, now - KEPT_FOR)
