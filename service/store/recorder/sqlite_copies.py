"""Many classifications into SQLite at once, in one transaction."""

import numpy as np

from service.store.clock import RisingClock
from service.store.policy_cache import PolicyCache
from service.store.recorder.copies import OWN, Classifications, Copying, Fate, Fates
from service.store.recorder.sqlite import DECODERS, THESE, as_json, as_stored, load_policies, share, stand_and_queue
from service.store.recorder.sqlite_connection import Cursor, OwnConnection, Shared
from service.store.rows import decisions

_COLUMNS = decisions.DECISION_COLUMNS
_VALUES = (f"given.value ->> {OWN.index(name)}" if name in OWN else f"verdict.{name}" for name in _COLUMNS)
_OF_VERDICTS = (f"value ->> {place} AS {name}" for place, name in enumerate(_COLUMNS) if name not in OWN)
# What most rows have in common is told once a verdict: taking it out of the text of each would be most of the work.
_RECORD = f"""
INSERT INTO decisions ({", ".join(_COLUMNS)})
WITH verdict AS MATERIALIZED (
  SELECT value ->> {len(_COLUMNS)} AS number, {", ".join(_OF_VERDICTS)} FROM json_each(?)
)
SELECT {", ".join(_VALUES)}
FROM json_each(?) AS given CROSS JOIN verdict ON verdict.number = given.value ->> {len(OWN)}
"""  # noqa: S608 - our own names


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
        ids = as_json(rows.account_ids.to_pylist())
        fates, stood = self._copying.fates(rows, cursor.execute(rows.standing + THESE, (ids,)).fetchall())
        kept = np.flatnonzero(fates == Fate.RECORDED)
        shared: Shared = {}
        if len(kept):
            copied = self._copying.copied(rows if len(kept) == len(rows) else rows.at(kept), stood)
            shared = self._own.shared.new(copied.shared)
            verdicts = [[*row, number] for number, row in copied.verdicts.items()]
            cursor.execute(_RECORD, (as_json(verdicts), as_json(copied.decisions)))
            stand_and_queue(cursor, copied.decisions, copied.accounts)
            share(cursor, shared)
        return fates, shared
