"""Many classifications into SQLite at once, in one transaction."""

import numpy as np
import orjson

from service.store.clock import RisingClock
from service.store.policy_cache import PolicyCache
from service.store.recorder.copies import STANDING, Classifications, Copying, Fate, Fates
from service.store.recorder.sqlite import DECODERS, THESE, as_stored, load_policies, record_decisions, share
from service.store.recorder.sqlite_connection import Cursor, OwnConnection, Shared


class SqliteCopies:
    """Writes through the connection of the recorder: SQLite takes one transaction at a time in any case."""

    def __init__(self, own: OwnConnection, clock: RisingClock, cache: PolicyCache) -> None:
        self._own = own
        self._cache = cache
        self._copying = Copying(clock, cache, DECODERS, as_stored)

    async def record(self, rows: Classifications) -> Fates:
        """See ``Copies``."""
        return await self._own.carry_out(lambda cursor: self._carry_out(cursor, rows))

    async def close(self) -> None:
        """Leave the connection to the recorder."""

    def _carry_out(self, cursor: Cursor, rows: Classifications) -> tuple[Fates, Shared]:
        aside = self._copying.all_aside(rows, load_policies(cursor, self._cache))
        if aside is not None:
            return aside, {}
        ids = orjson.dumps(rows.account_ids.to_pylist()).decode()
        fates, stood = self._copying.fates(rows, cursor.execute(STANDING + THESE, (ids,)).fetchall())
        kept = np.flatnonzero(fates == Fate.RECORDED)
        shared: Shared = {}
        if len(kept):
            copied = self._copying.copied(rows if len(kept) == len(rows) else rows.at(kept), stood)
            shared = self._own.shared.new(copied.common)
            record_decisions(cursor, copied.decisions, copied.accounts)
            share(cursor, shared)
        return fates, shared
