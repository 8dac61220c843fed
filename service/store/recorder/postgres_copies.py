"""Many classifications into PostgreSQL at once, by COPY."""

from typing import Any

import numpy as np

from service.store.clock import RisingClock
from service.store.policy_cache import PolicyCache
from service.store.recorder.copies import OWN, Classifications, Copied, Copying, Fate, Fates
from service.store.recorder.postgres import STAND, copy_decisions, share
from service.store.recorder.postgres_connection import DECODERS, Connection, OwnConnection, load_policies, lock_number
from service.store.recording import AccountState
from service.store.rows import Row, accounts, decisions

_THESE = "= ANY($1::text[])"
_PLACES = [decisions.DECISION_COLUMNS.index(column) for column in OWN]


class PostgresCopies:
    """Writes through one connection of its own, as ``PostgresBatches`` does, and under the same locks."""

    def __init__(self, dsn: str, timeout: float, clock: RisingClock, cache: PolicyCache) -> None:
        self._own = OwnConnection(dsn, timeout)
        self._cache = cache
        self._copying = Copying(clock, cache, DECODERS, list)

    async def record(self, rows: Classifications) -> Fates:
        """See ``Copies``."""
        return await self._own.carry_out(lambda connection: self._carry_out(connection, rows))

    async def close(self) -> None:
        """Close the connection."""
        await self._own.close()

    async def _carry_out(self, connection: Connection, rows: Classifications) -> Fates:
        ids = rows.account_ids.to_pylist()
        locks = {lock_number("account", account_id): place for place, account_id in enumerate(ids)}
        held = await self._own.begin(connection, locks)
        aside = self._copying.all_aside(rows, await load_policies(connection, self._cache))
        if aside is not None:
            await connection.execute("COMMIT")
            return aside
        fates, stood = self._copying.fates(rows, await connection.fetch(rows.standing + _THESE, ids), held)
        kept = np.flatnonzero(fates == Fate.RECORDED)
        shared: dict[str, list[Row]] = {}
        if len(kept):
            copied = self._copying.copied(rows if len(kept) == len(rows) else rows.at(kept), stood)
            shared = self._own.shared.new(copied.shared)
            await _write(connection, copied, stood)
            await share(connection, shared)
        await connection.execute("COMMIT")
        self._own.shared.keep(shared)
        return fates


async def _write(connection: Connection, copied: Copied, stood: dict[str, AccountState]) -> None:
    await copy_decisions(connection, _whole(copied))
    # Nobody else can add one of these accounts meanwhile, for they are locked.
    fresh = [row for row in copied.accounts if row[0] not in stood]
    await connection.copy_records_to_table("accounts", records=fresh, columns=accounts.ACCOUNT_COLUMNS)
    if len(fresh) < len(copied.accounts):
        again = (row for row in copied.accounts if row[0] in stood)
        await connection.execute(STAND, *zip(*again, strict=True))


def _whole(copied: Copied) -> list[list[Any]]:
    """The rows of decisions, in the order of ``DECISION_COLUMNS``."""
    rows = []
    for *own, verdict in copied.decisions:
        row = copied.verdicts[verdict].copy()
        for place, value in zip(_PLACES, own, strict=True):
            row[place] = value
        rows.append(row)
    return rows
