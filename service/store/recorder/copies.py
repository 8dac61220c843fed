"""Many classifications into PostgreSQL by binary COPY, with all that the recorder would write with them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import pyarrow as pa

from service.store import binary_rows
from service.store.binary_rows import HEADER, TRAILER, DecisionFields, witness_of
from service.store.classifications import ASIDE, RECORDED, STANDS, Classifications, Fates
from service.store.clock import Stamp
from service.store.policy_cache import PolicyBook
from service.store.recorder.postgres import FACET, SUBSCRIBED
from service.store.recorder.postgres_connection import Connection, OwnConnection, begin, lock_number, policies_for
from service.store.recording import Writes
from service.store.rows.decisions import ACCOUNT_COLUMNS, DECISION_COLUMNS, facts_of, facts_to_text, new_facets

_STANDING = """
SELECT a.account_id, a.decision_id, a.recorded_at,
       a.move IS NOT NULL OR EXISTS (SELECT 1 FROM reviews r WHERE r.account_id = a.account_id) AS special,
       d.policy_id, d.policy_version, d.effective_on, d.facts
FROM accounts a JOIN decisions d ON d.id = a.decision_id
WHERE a.account_id = ANY($1::text[])
"""
_STAND_ANEW = """
UPDATE accounts a SET decision_id = d.id, recorded_at = d.recorded_at
FROM unnest($1::text[], $2::uuid[]) AS n (account_id, decision_id) JOIN decisions d ON d.id = n.decision_id
WHERE a.account_id = n.account_id
"""
_PIECE = 1 << 18


class Follows(NamedTuple):
    """The decision that a new one follows."""

    decision_id: UUID
    recorded_at: datetime


class PostgresCopies:
    """Writes through one connection of its own, as ``PostgresBatches`` does, and under the same locks."""

    def __init__(self, dsn: str, patience: float, stamp: Stamp, book: PolicyBook) -> None:
        self._own = OwnConnection(dsn, patience)
        self._stamp = stamp
        self._book = book
        self._facets: set[int] = set()
        self._fields = DecisionFields()

    async def record(self, rows: Classifications) -> Fates:
        """See ``ClassificationsWriter``."""
        return await self._own.carry_out(lambda connection: self._carry_out(connection, rows))

    async def close(self) -> None:
        """Close the connection."""
        await self._own.close()

    async def _carry_out(self, connection: Connection, rows: Classifications) -> Fates:
        ids = rows.account_ids.to_pylist()
        await begin(connection, [lock_number("account", account_id) for account_id in ids])
        decided = rows.decisions[int(rows.verdicts[0])]
        if (await policies_for(connection, self._book)).on(decided.effective_on) is not decided.policy:
            # Another revision has been published since: what was decided is decided again, one by one.
            await connection.execute("COMMIT")
            return np.full(len(rows), ASIDE, np.int8)
        standing = await connection.fetch(_STANDING, ids)
        fates = np.full(len(rows), RECORDED, np.int8)
        follows: dict[int, Follows] = {}
        place_of = {account_id: place for place, account_id in enumerate(ids)} if standing else {}
        for account_id, *stood in standing:
            place = place_of[account_id]
            fates[place], follows[place] = _fate(stood, rows, place)
        kept = np.flatnonzero(fates == RECORDED)
        if len(kept):
            followed = {new: follows[old] for new, old in enumerate(kept.tolist()) if old in follows}
            facets = await self._write(connection, rows if len(kept) == len(rows) else rows.at(kept), followed)
        await connection.execute("COMMIT")
        if len(kept):
            self._facets.update(facets)
        return fates

    async def _write(self, connection: Connection, rows: Classifications, follows: dict[int, Follows]) -> list[int]:
        latest = max((each.recorded_at for each in follows.values()), default=None)
        first = self._stamp.instants(len(rows), latest)
        ids = binary_rows.identifiers(first, self._stamp.random_bits(len(rows)))
        own = {
            "id": binary_rows.uuids(ids),
            "account_id": binary_rows.texts(rows.account_ids),
            "leading_employees": binary_rows.numbers(rows.leading_employees),
            "facts": binary_rows.texts(rows.facts),
            "previous_decision_id": binary_rows.previous({k: v.decision_id for k, v in follows.items()}, len(rows)),
            "recorded_at": binary_rows.instants(first, len(rows)),
        }
        await _copy(connection, "decisions", DECISION_COLUMNS, self._fields.of(rows, own))
        if await connection.fetchval(SUBSCRIBED):
            queued = binary_rows.rows(2, own["id"], own["account_id"])
            await _copy(connection, "outbox", ("decision_id", "account_id"), queued)
        await self._stand(connection, rows, own, follows)
        witnesses = [witness_of(rows, rows.decisions[verdict]) for verdict in np.unique(rows.verdicts).tolist()]
        facets = new_facets(Writes(decisions=witnesses), self._facets)
        if facets:
            await connection.executemany(FACET, facets)
        return [facet for facet, *_ in facets]

    async def _stand(
        self,
        connection: Connection,
        rows: Classifications,
        own: dict[str, pa.Array | bytes],
        follows: dict[int, Follows],
    ) -> None:
        """Have the accounts stand on their new decisions. Nobody else can add one meanwhile: they are locked."""
        fields: list[Any] = [own["account_id"], own["id"], own["recorded_at"]]
        if follows:
            fresh = np.ones(len(rows), bool)
            fresh[list(follows)] = False
            again = pa.array(np.flatnonzero(~fresh))
            moved = rows.account_ids.take(again).to_pylist()
            ids = [UUID(bytes=field[4:]) for field in fields[1].take(again).to_pylist()]
            await connection.execute(_STAND_ANEW, moved, ids)
            fields = [field.filter(pa.array(fresh)) for field in fields]
        nothing = binary_rows.field(None)
        await _copy(connection, "accounts", ACCOUNT_COLUMNS, binary_rows.rows(5, *fields, nothing, nothing))


def _fate(stood: list[Any], rows: Classifications, place: int) -> tuple[int, Follows]:
    """What becomes of a row whose account stands on a decision already."""
    decision_id, recorded_at, special, policy_id, policy_version, effective_on, facts = stood
    follows = Follows(UUID(int=decision_id.int), recorded_at)
    if special:
        return ASIDE, follows
    decision = rows.decisions[int(rows.verdicts[place])]
    stated = rows.facts[place].as_py()
    if stated != facts:
        # Told otherwise, the facts that a table can state may be the same all the same.
        before = replace(facts_of(facts), vp_decision=None, move=None, occasion=None)
        return (ASIDE if stated == facts_to_text(before) else RECORDED), follows
    same_policy = (policy_id, policy_version) == (decision.policy_id, decision.policy_version)
    return (STANDS if same_policy and effective_on >= decision.effective_on else RECORDED), follows


async def _copy(connection: Connection, table: str, columns: tuple[str, ...], rows: pa.Buffer) -> None:
    async def pieces() -> AsyncIterator[memoryview | bytes]:
        yield HEADER
        for first in range(0, rows.size, _PIECE):
            yield memoryview(rows)[first : first + _PIECE]
        yield TRAILER

    await connection.copy_to_table(table, source=pieces(), columns=columns, format="binary")
