"""Batches into SQLite, in a thread of their own: one transaction, one fsync for many decisions."""

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any, TypeAlias
from uuid import UUID

import orjson
import pysqlite3.dbapi2 as sqlite

from service.domain.policies import Policies
from service.store.engine import prepare_sqlite
from service.store.errors import StoreUnavailableError
from service.store.facets import FACET_COLUMNS
from service.store.policy_cache import NEWEST_NUMBER, REVISIONS, PolicyBook, published
from service.store.recorder.plan import JobResult
from service.store.recorder.writer import LoadRequest, Plan
from service.store.recording import Loaded, Writes
from service.store.rows.decisions import (
    ACCOUNT_COLUMNS,
    CONDUCT_COLUMNS,
    DECISION_COLUMNS,
    IDEMPOTENCY_COLUMNS,
    REVIEW_COLUMNS,
    STANDINGS,
    WHOLE,
    Found,
    changed_reviews,
    conduct_matters,
    decision_values,
    decode_rows,
    idempotency_values,
    new_facets,
    opened_reviews,
    standings,
)
from service.store.rows.decoders import Reading
from service.store.rows.events import (
    EVENT_COLUMNS,
    EVENTS,
    PAYLOAD_COLUMNS,
    RECORD_COLUMNS,
    SETTLED_COLUMNS,
    event_values,
    payload_values,
    record_values,
    settled_values,
)
from service.store.rows.handoffs import (
    HANDOFF_COLUMNS,
    HANDOFFS,
    IN_THEIR_ORDER,
    STEP_COLUMNS,
    changed_handoffs,
    handoff_steps,
    started_handoffs,
)

Cursor: TypeAlias = Any  # pysqlite3 ships no types


def _insert_all(table: str, columns: tuple[str, ...], conflict: str = "") -> str:
    """Insert the rows of a JSON array: one step for them all, for which Python's lock is taken up again but once."""
    values = ", ".join(f"value ->> {place}" for place in range(len(columns)))
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM json_each(?) WHERE true {conflict}"  # noqa: S608 - our own names


def _insert(table: str, columns: tuple[str, ...]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 - our own names


_THESE = "IN (SELECT value FROM json_each(?))"
_LOAD = STANDINGS + _THESE
_LOAD_WHOLE = WHOLE + _THESE
_LOAD_EVENTS = EVENTS + _THESE
_LOAD_HANDOFFS = HANDOFFS + _THESE + IN_THEIR_ORDER
_ANSWERS = """
SELECT i.caller, i.key, i.fingerprint, i.reference, i.body
FROM json_each(?) AS asked CROSS JOIN idempotency_keys i
  ON i.caller = json_extract(asked.value, '$[0]') AND i.key = json_extract(asked.value, '$[1]')
"""
_LOAD_RECORDS = """
SELECT r.kind, r.record_id, r.known
FROM json_each(?) AS asked CROSS JOIN crm_records r
  ON r.kind = json_extract(asked.value, '$[0]') AND r.record_id = json_extract(asked.value, '$[1]')
"""
_RECORD = _insert_all("decisions", DECISION_COLUMNS)
_STAND = _insert_all(
    "accounts",
    ACCOUNT_COLUMNS,
    f"ON CONFLICT (account_id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in ACCOUNT_COLUMNS[1:])}",
)
_SUBSCRIBED = "SELECT EXISTS (SELECT 1 FROM subscribers WHERE status = 'enabled')"
_QUEUE = _insert_all("outbox", ("decision_id", "account_id"))
_FACET = _insert("facets", FACET_COLUMNS) + " ON CONFLICT DO NOTHING"
_CHANGE_REVIEW = """
UPDATE reviews SET status = ?, resolved_at = ?, resolved_by = ?, resolved_segment = ?, resolved_reason = ?,
       resolution_decision_id = ?
WHERE id = ?
"""
_SETTLE = f"UPDATE events SET {', '.join(f'{name} = ?' for name in SETTLED_COLUMNS)} WHERE id = ?"  # noqa: S608 - our own names
_EVENT = _insert_all("events", EVENT_COLUMNS)
_KNOW = _insert_all(
    "crm_records",
    RECORD_COLUMNS,
    "ON CONFLICT (kind, record_id) DO UPDATE SET known = excluded.known, changed_at = excluded.changed_at",
)
_CHANGE_HANDOFF = "UPDATE handoffs SET status = ?, receiver = ?, two_way_on = ? WHERE id = ?"
_PROVE = "PRAGMA user_version = 0"  # its value already, yet written


class SqliteBatches:
    """Writes through one connection of its own, made when needed and made anew after a failure."""

    def __init__(self, path: str, patience: float, book: PolicyBook) -> None:
        self._path = path
        self._book = book
        self._patience = patience
        self._connection: Any = None
        self._facets: set[int] = set()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="recorder")

    async def write(self, request: LoadRequest, plan: Plan) -> list[JobResult]:
        """See ``BatchWriter``. Whatever goes wrong, the transaction is rolled back with its connection."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._write, request, plan)

    async def close(self) -> None:
        """Wait for the batch under way, and close the connection."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._drop)
        self._thread.shutdown()

    def _write(self, request: LoadRequest, plan: Plan) -> list[JobResult]:
        try:
            if self._connection is None:
                self._connection = sqlite.connect(self._path, isolation_level=None)
                prepare_sqlite(self._connection, self._patience)
            return self._carry_out(self._connection.cursor(), request, plan)
        except sqlite.OperationalError as error:
            self._drop()
            raise StoreUnavailableError("The database cannot be written to") from error
        except BaseException:
            self._drop()
            raise

    def _carry_out(self, cursor: Cursor, request: LoadRequest, plan: Plan) -> list[JobResult]:
        cursor.execute("BEGIN IMMEDIATE")
        writes, results = plan(_load(cursor, request, self._policies(cursor)))
        facets = new_facets(writes, self._facets)
        _write(cursor, writes, facets)
        if request.proof:
            cursor.execute(_PROVE)
        cursor.execute("COMMIT")
        self._facets.update(facet for facet, *_ in facets)
        return results

    def _policies(self, cursor: Cursor) -> Policies:
        if self._book.is_complete(cursor.execute(NEWEST_NUMBER).fetchone()[0]):
            return self._book.policies
        return self._book.learn(published(cursor.execute(REVISIONS), _READING))

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _load(cursor: Cursor, request: LoadRequest, policies: Policies) -> Loaded:
    def ask(query: str, wanted: list[Any]) -> list[tuple[Any, ...]]:
        return cursor.execute(query, (orjson.dumps(wanted).decode(),)).fetchall() if wanted else []

    found = Found(
        standings=ask(_LOAD, request.account_ids),
        answers=ask(_ANSWERS, request.keys),
        whole=ask(_LOAD_WHOLE, request.whole),
        handoffs=ask(_LOAD_HANDOFFS, request.whole),
        events=ask(_LOAD_EVENTS, request.event_keys),
        records=ask(_LOAD_RECORDS, request.records),
    )
    return decode_rows(found, _READING, policies)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


_READING = Reading(UUID, _instant, date.fromisoformat)


def _write(cursor: Cursor, writes: Writes, facets: list[tuple[Any, ...]]) -> None:
    if writes.decisions:
        cursor.execute(_RECORD, (_as_json(map(decision_values, writes.decisions)),))
        cursor.execute(_STAND, (_as_json(standings(writes)),))
        if cursor.execute(_SUBSCRIBED).fetchone()[0]:
            queued = ((recorded.id, recorded.account_id) for recorded in writes.decisions)
            cursor.execute(_QUEUE, (_as_json(queued),))
    for insert_all, added in ((_EVENT, event_values(writes)), (_KNOW, record_values(writes))):
        if values := _stored(added):
            cursor.execute(insert_all, (orjson.dumps(values).decode(),))
    for query, rows in (
        (_FACET, facets),
        (_insert("reviews", REVIEW_COLUMNS), opened_reviews(writes)),
        (_CHANGE_REVIEW, changed_reviews(writes)),
        (_insert("conduct_matters", CONDUCT_COLUMNS), conduct_matters(writes)),
        (_insert("payloads", PAYLOAD_COLUMNS), payload_values(writes)),
        (_SETTLE, settled_values(writes)),
        (_insert("handoffs", HANDOFF_COLUMNS), started_handoffs(writes)),
        (_insert("handoff_steps", STEP_COLUMNS), handoff_steps(writes)),
        (_CHANGE_HANDOFF, changed_handoffs(writes)),
        (_insert("idempotency_keys", IDEMPOTENCY_COLUMNS), idempotency_values(writes)),
    ):
        if values := _stored(rows):
            cursor.executemany(query, values)


def _as_json(rows: Iterable[Iterable[Any]]) -> str:
    return orjson.dumps(_stored(rows)).decode()


def _stored(rows: Iterable[Iterable[Any]]) -> list[list[Any]]:
    return [
        [value if (stored := _AS_STORED.get(type(value))) is None else stored(value) for value in row] for row in rows
    ]


# SQLite has no types for these; the forms are those that SQLAlchemy reads back. Instants are in UTC, and do not say so.
_AS_STORED: dict[type, Any] = {
    UUID: lambda value: value.hex,
    datetime: lambda value: value.isoformat(" ", "microseconds")[:26],
    date: date.isoformat,
}
