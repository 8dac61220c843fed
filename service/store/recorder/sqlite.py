"""Batches into SQLite, in a thread of their own: one transaction, one fsync for many decisions."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import LargeBinary, Uuid
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel

from service.domain.account_ids import in_all_forms
from service.domain.policies import Policies
from service.store.batch import Loaded, Writes
from service.store.policy_cache import NEWEST, REVISIONS, PolicyCache, published
from service.store.programs import PROGRAMS
from service.store.recorder.plan import JobResult
from service.store.recorder.sqlite_connection import Cursor, OwnConnection, Shared
from service.store.recorder.writer import SHARED, STAND_ANEW, LoadRequest, Plan, spell_statements
from service.store.rows import Decoders, Insert, accounts, conduct, decisions, events, handoffs, moves, reviews, stated


def _insert(table: str, columns: tuple[str, ...], conflict: str = "") -> str:
    """Insert the rows of a JSON array: one step for them all, for which Python's lock is taken up again but once.

    Those with bytes, which JSON has not, one by one: written out and read again, many bytes would take very long.
    """
    into = f"INSERT INTO {table} ({', '.join(columns)})"
    if _has_bytes(table):
        return f"{into} VALUES ({', '.join('?' * len(columns))}) {conflict}"
    kinds = [SQLModel.metadata.tables[table].c[column].type for column in columns]
    values = (_read(f"value ->> {place}", kind) for place, kind in enumerate(kinds))
    return f"{into} SELECT {', '.join(values)} FROM json_each(?) WHERE true {conflict}"  # noqa: S608 - our own names


def _read(value: str, kind: TypeEngine[Any]) -> str:
    """A value of JSON as it is kept: identifiers without hyphens."""
    return f"replace({value}, '-', '')" if isinstance(kind, Uuid) else value


def _has_bytes(table: str) -> bool:
    return any(isinstance(column.type, LargeBinary) for column in SQLModel.metadata.tables[table].c)


def _update(table: str, columns: tuple[str, ...]) -> str:
    return f"UPDATE {table} SET {', '.join(f'{name} = ?' for name in columns)} WHERE id = ?"  # noqa: S608 - our own names


THESE = "IN (SELECT value FROM json_each(?))"
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
_STAND = _insert("accounts", accounts.ACCOUNT_COLUMNS, STAND_ANEW)
_SUBSCRIBED = "SELECT EXISTS (SELECT 1 FROM subscribers WHERE status = 'enabled')"
_QUEUE = _insert("outbox", ("decision_id", "account_id"))
_SHARE = {table: _insert(table, columns, "ON CONFLICT DO NOTHING") for table, columns in SHARED.items()}
_STATEMENTS = spell_statements(_insert, _update)
_PROVE = "PRAGMA user_version = 0"  # its value already, yet written


class SqliteBatches:
    """Writes through a connection of its own."""

    def __init__(self, own: OwnConnection, cache: PolicyCache) -> None:
        self._own = own
        self._cache = cache

    async def write(self, request: LoadRequest, plan: Plan) -> list[JobResult]:
        """See ``BatchWriter``."""

        def carry_out(cursor: Cursor) -> tuple[list[JobResult], Shared]:
            writes, results = plan(_load(cursor, request, load_policies(cursor, self._cache), self._cache))
            shared = self._own.shared.new(writes)
            _write(cursor, writes, shared)
            if request.proof:
                cursor.execute(_PROVE)
            return results, shared

        return await self._own.carry_out(carry_out)

    async def close(self) -> None:
        """Close the connection."""
        await self._own.close()


def load_policies(cursor: Cursor, cache: PolicyCache) -> Policies:
    """What is published, and stays so until the transaction ends."""
    policies = cache.as_of(cursor.execute(NEWEST).fetchone())
    return cache.refresh(published(cursor.execute(REVISIONS), DECODERS)) if policies is None else policies


def _load(cursor: Cursor, request: LoadRequest, policies: Policies, cache: PolicyCache) -> Loaded:
    def ask(query: str, wanted: list[Any]) -> list[tuple[Any, ...]]:
        return cursor.execute(query, (orjson.dumps(wanted).decode(),)).fetchall() if wanted else []

    standings = ask(decisions.STANDINGS + THESE, request.account_ids)
    records = ask(_RECORDS, request.records)
    news = stated.news_of(request.records, standings, records, DECODERS)
    found = decisions.LoadedRows(
        standings=standings,
        made=ask(moves.MADE_MOVES + THESE, moves.bare_moves(standings)),
        answers=ask(_ANSWERS, request.keys),
        whole=ask(decisions.WHOLE + THESE, request.whole),
        past=ask(_ASKED.join(decisions.STOOD), decisions.past_of(request.days, standings, DECODERS)),
        handoffs=ask(handoffs.HANDOFFS + THESE + handoffs.IN_THEIR_ORDER, in_all_forms(request.whole)),
        events=ask(events.EVENTS + THESE, request.event_keys),
        records=records,
        stated=ask(_STATED, [(account, first.hex) for account, first in news]),
        open_events=ask(_OPEN_EVENTS, events.in_all_forms(request.records)),
        matters=ask(conduct.MATTERS + THESE + conduct.AS_REPORTED, in_all_forms(request.accused)),
        disputes=ask(reviews.DISPUTES + THESE, request.disputed),
    )
    decided = (*found.whole, *found.made, *found.past)
    if unknown := cache.unknown_programs(row[decisions.PROGRAM] for row in decided):
        cache.keep_programs(ask(f"{PROGRAMS} {THESE}", unknown))
    return decisions.decode_rows(found, DECODERS, policies, cache.read_by)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


DECODERS = Decoders(UUID, _instant, date.fromisoformat)


def _write(cursor: Cursor, writes: Writes, shared: Shared) -> None:
    if writes.decisions:
        cursor.execute(_RECORD, (as_json(map(decisions.decision_values, writes.decisions)),))
        made = [(recorded.id, recorded.account_id) for recorded in writes.decisions]
        stand_and_queue(cursor, made, accounts.standing_values(writes))
    share(cursor, shared)
    for statement, query in _STATEMENTS:
        rows = list(statement.values(writes))
        if rows and isinstance(statement, Insert) and not _has_bytes(str(statement.table.__tablename__)):
            cursor.execute(query, (as_json(rows),))
        elif rows:
            cursor.executemany(query, [*map(as_stored, rows)])


def stand_and_queue(cursor: Cursor, made: Iterable[Sequence[Any]], standing: Iterable[Sequence[Any]]) -> None:
    """Have accounts stand on decisions that were added, and queue these where anybody subscribes.

    ``made`` are the rows of the decisions, each beginning with its id and its account, and ``standing`` those of the
    accounts.
    """
    cursor.execute(_STAND, (as_json(standing),))
    if cursor.execute(_SUBSCRIBED).fetchone()[0]:
        cursor.execute(_QUEUE, (as_json([(identifier, account_id) for identifier, account_id, *_ in made]),))


def share(cursor: Cursor, shared: Shared) -> None:
    """Add facets and programs."""
    for table, rows in shared.items():
        if rows:
            cursor.execute(_SHARE[table], (as_json(rows),))


def as_json(rows: Iterable[Any]) -> str:
    """Rows as one parameter."""
    return orjson.dumps(list(rows), _stored, orjson.OPT_PASSTHROUGH_DATETIME).decode()


def as_stored(values: Iterable[Any]) -> list[Any]:
    """The values of a row as SQLite holds them."""
    return [*map(_stored, values)]


def _stored(value: Any) -> Any:  # noqa: ANN401 - whatever a row has
    spell = _AS_STORED.get(type(value))
    return value if spell is None else spell(value)


# SQLite has no types for these; the forms are those that SQLAlchemy reads back. Instants are in UTC, and do not say so.
_AS_STORED: dict[type, Any] = {
    UUID: lambda value: value.hex,
    datetime: lambda value: value.isoformat(" ", "microseconds")[:26],
    date: date.isoformat,
}
