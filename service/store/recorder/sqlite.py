"""Batches into SQLite, in a thread of their own: one transaction, one fsync for many decisions."""

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any, TypeAlias
from uuid import UUID

import orjson
from sqlalchemy import LargeBinary
from sqlmodel import SQLModel

from service.domain.policies import Policies
from service.store.batch import Loaded, Writes
from service.store.engine import prepare_sqlite
from service.store.outages import outage_of
from service.store.policy_cache import NEWEST, REVISIONS, PolicyCache, published
from service.store.programs import PROGRAMS
from service.store.recorder.plan import JobResult
from service.store.recorder.writer import SHARED, STAND_ANEW, LoadRequest, Plan, SharedRows, spell_statements
from service.store.rows import Decoders, Insert, Row, conduct, decisions, events, handoffs, moves, stated
from service.store.sqlite_file import SqliteFile

Cursor: TypeAlias = Any  # pysqlite3 ships no types


def _insert(table: str, columns: tuple[str, ...], conflict: str = "") -> str:
    """Insert the rows of a JSON array: one step for them all, for which Python's lock is taken up again but once.

    Those with bytes, which JSON has not, one by one: written out and read again, many bytes would take very long.
    """
    into = f"INSERT INTO {table} ({', '.join(columns)})"
    if _has_bytes(table):
        return f"{into} VALUES ({', '.join('?' * len(columns))}) {conflict}"
    values = (f"value ->> {place}" for place in range(len(columns)))
    return f"{into} SELECT {', '.join(values)} FROM json_each(?) WHERE true {conflict}"  # noqa: S608 - our own names


def _has_bytes(table: str) -> bool:
    return any(isinstance(column.type, LargeBinary) for column in SQLModel.metadata.tables[table].c)


def _update(table: str, columns: tuple[str, ...]) -> str:
    return f"UPDATE {table} SET {', '.join(f'{name} = ?' for name in columns)} WHERE id = ?"  # noqa: S608 - our own names


_THESE = "IN (SELECT value FROM json_each(?))"
_ANSWERS = """
SELECT i.caller, i.key, i.fingerprint, i.reference, i.body
FROM json_each(?) AS asked CROSS JOIN idempotency_keys i
  ON i.caller = json_extract(asked.value, '$[0]') AND i.key = json_extract(asked.value, '$[1]')
"""
_RECORDS = """
SELECT r.kind, r.record_id, r.known, r.changed_at
FROM json_each(?) AS asked CROSS JOIN crm_records r
  ON r.kind = json_extract(asked.value, '$[0]') AND r.record_id = json_extract(asked.value, '$[1]')
"""
_ASKED = """
(SELECT json_extract(value, '$[0]') AS account_id, json_extract(value, '$[1]') AS on_day FROM json_each(?)) AS asked
"""
_STATED = f"""
SELECT {stated.STATED_COLUMNS} FROM (
  SELECT json_extract(value, '$[0]') AS account_id, json_extract(value, '$[1]') AS first_id FROM json_each(?)
) AS asked
CROSS JOIN decisions d WHERE d.id IN (SELECT d.id {stated.STATED})
"""  # noqa: S608 - our own names
_OPEN_EVENTS = f"""
SELECT {events.OPEN_COLUMNS} FROM (
  SELECT json_extract(value, '$[0]') AS record_kind, json_extract(value, '$[1]') AS record_id FROM json_each(?)
) AS asked
CROSS JOIN events e WHERE e.id IN (SELECT e.id {events.OPEN_EVENTS.format(by="INDEXED BY ix_events_open")})
"""  # noqa: S608 - our own names
_RECORD = _insert("decisions", decisions.DECISION_COLUMNS)
_STAND = _insert("accounts", decisions.ACCOUNT_COLUMNS, STAND_ANEW)
_SUBSCRIBED = "SELECT EXISTS (SELECT 1 FROM subscribers WHERE status = 'enabled')"
_QUEUE = _insert("outbox", ("decision_id", "account_id"))
_SHARE = {table: _insert(table, columns, "ON CONFLICT DO NOTHING") for table, columns in SHARED.items()}
_STATEMENTS = spell_statements(_insert, _update)
_PROVE = "PRAGMA user_version = 0"  # its value already, yet written


class SqliteBatches:
    """Writes through one connection of its own, made when needed and made anew after a failure."""

    def __init__(self, file: SqliteFile, timeout: float, cache: PolicyCache) -> None:
        self._file = file
        self._cache = cache
        self._timeout = timeout
        self._connection: Any = None
        self._shared = SharedRows()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="recorder")
        file.held_by(self._let_go)

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
                self._connection = self._file.connect(isolation_level=None)
                self._shared = SharedRows()  # what is there now may be another file, restored
                prepare_sqlite(self._connection, self._timeout)
            self._file.check()
            return self._carry_out(self._connection.cursor(), request, plan)
        except BaseException as error:
            self._drop()
            if (outage := outage_of(error)) is None:
                raise
            raise outage from error

    def _carry_out(self, cursor: Cursor, request: LoadRequest, plan: Plan) -> list[JobResult]:
        cursor.execute("BEGIN IMMEDIATE")
        writes, results = plan(_load(cursor, request, self._policies(cursor), self._cache))
        shared = self._shared.new(writes)
        _write(cursor, writes, shared)
        if request.proof:
            cursor.execute(_PROVE)
        cursor.execute("COMMIT")
        self._shared.keep(shared)
        return results

    def _policies(self, cursor: Cursor) -> Policies:
        policies = self._cache.as_of(cursor.execute(NEWEST).fetchone())
        return self._cache.refresh(published(cursor.execute(REVISIONS), _DECODERS)) if policies is None else policies

    def _let_go(self) -> None:
        with suppress(RuntimeError):  # by now it is closed
            self._thread.submit(self._drop)

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _load(cursor: Cursor, request: LoadRequest, policies: Policies, cache: PolicyCache) -> Loaded:
    def ask(query: str, wanted: list[Any]) -> list[tuple[Any, ...]]:
        return cursor.execute(query, (orjson.dumps(wanted).decode(),)).fetchall() if wanted else []

    standings = ask(decisions.STANDINGS + _THESE, request.account_ids)
    records = ask(_RECORDS, request.records)
    news = stated.news_of(request.records, standings, records, _DECODERS)
    found = decisions.LoadedRows(
        standings=standings,
        made=ask(moves.MADE_MOVES + _THESE, moves.bare_moves(standings)),
        answers=ask(_ANSWERS, request.keys),
        whole=ask(decisions.WHOLE + _THESE, request.whole),
        past=ask(_ASKED.join(decisions.STOOD), decisions.past_of(request.days, standings, _DECODERS)),
        handoffs=ask(handoffs.HANDOFFS + _THESE + handoffs.IN_THEIR_ORDER, request.whole),
        events=ask(events.EVENTS + _THESE, request.event_keys),
        records=records,
        stated=ask(_STATED, [(account, first.hex) for account, first in news]),
        open_events=ask(_OPEN_EVENTS, request.records),
        matters=ask(conduct.MATTERS + _THESE + conduct.AS_REPORTED, request.accused),
    )
    decided = (*found.whole, *found.made, *found.past)
    if unknown := cache.unknown_programs(row[decisions.PROGRAM] for row in decided):
        cache.keep_programs(ask(f"{PROGRAMS} {_THESE}", unknown))
    return decisions.decode_rows(found, _DECODERS, policies, cache.read_by)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


_DECODERS = Decoders(UUID, _instant, date.fromisoformat)


def _write(cursor: Cursor, writes: Writes, shared: dict[str, list[Row]]) -> None:
    if writes.decisions:
        cursor.execute(_RECORD, (_as_json(map(decisions.decision_values, writes.decisions)),))
        cursor.execute(_STAND, (_as_json(decisions.standing_values(writes)),))
        if cursor.execute(_SUBSCRIBED).fetchone()[0]:
            queued = ((recorded.id, recorded.account_id) for recorded in writes.decisions)
            cursor.execute(_QUEUE, (_as_json(queued),))
    for table, rows in shared.items():
        if rows:
            cursor.execute(_SHARE[table], (_as_json(rows),))
    for statement, query in _STATEMENTS:
        values = _stored(statement.values(writes))
        if values and isinstance(statement, Insert) and not _has_bytes(str(statement.table.__tablename__)):
            cursor.execute(query, (orjson.dumps(values).decode(),))
        elif values:
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
