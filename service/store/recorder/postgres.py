"""Batches into PostgreSQL, on the event loop: a few statements for many decisions, and one commit."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.dialects import postgresql
from sqlmodel import SQLModel

from service.domain.account_ids import in_all_forms
from service.store.batch import Loaded, Writes
from service.store.policy_cache import PolicyCache
from service.store.programs import PROGRAMS
from service.store.recorder.plan import JobResult
from service.store.recorder.postgres_connection import (
    DECODERS,
    Connection,
    OwnConnection,
    load_policies,
    lock_number,
)
from service.store.recorder.writer import SHARED, STAND_ANEW, LoadRequest, Plan, spell_statements
from service.store.recording import Locked
from service.store.rows import Insert, Row, accounts, conduct, decisions, events, handoffs, moves, reviews, stated

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy has no type for it


def _arrays(first: int, table: str, columns: tuple[str, ...]) -> str:
    """Parameters from a number on, each the values of a column."""
    types = (SQLModel.metadata.tables[table].c[column].type.compile(_DIALECT) for column in columns)
    return ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(types, start=first))


def _insert(table: str, columns: tuple[str, ...], conflict: str = "") -> str:
    """Insert the rows of arrays, one for each column: one statement for them all."""
    rows = f"unnest({_arrays(1, table, columns)}) WHERE true {conflict}"
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM {rows}"  # noqa: S608 - our own names


def _update(table: str, columns: tuple[str, ...]) -> str:
    changes = ", ".join(f"{name} = ${place}" for place, name in enumerate(columns, start=1))
    return f"UPDATE {table} SET {changes} WHERE id = ${len(columns) + 1}"  # noqa: S608 - our own names


_THESE = "= ANY($1::text[])"
_ANSWERS = """
SELECT i.caller, i.key, i.fingerprint, i.reference, i.body
FROM idempotency_keys i JOIN unnest($1::text[], $2::text[]) AS asked (caller, key) USING (caller, key)
"""
_RECORDS = """
SELECT kind, record_id, r.known, r.changed_at
FROM crm_records r JOIN unnest($1::text[], $2::text[]) AS asked (kind, record_id) USING (kind, record_id)
"""
_OPEN_EVENTS = f"""
SELECT o.* FROM unnest($1::text[], $2::text[]) AS asked (record_kind, record_id)
CROSS JOIN LATERAL (SELECT {events.OPEN_COLUMNS} {events.OPEN_EVENTS.format(by="")}) o
"""  # noqa: S608 - our own names
_ASKED = "unnest($1::text[], $2::date[]) AS asked (account_id, on_day)"
_STATED = f"""
SELECT o.* FROM unnest($1::text[], $2::uuid[]) AS asked (account_id, first_id)
CROSS JOIN LATERAL (SELECT {stated.STATED_COLUMNS} {stated.STATED}) o
"""  # noqa: S608 - our own names
_SUBSCRIBED = "SELECT EXISTS (SELECT 1 FROM subscribers WHERE status = 'enabled')"
_RECORD = f"""
WITH recorded AS ({_insert("decisions", decisions.DECISION_COLUMNS)})
, queued AS (
  INSERT INTO outbox (decision_id, account_id)
  SELECT * FROM unnest($1::uuid[], ${decisions.DECISION_COLUMNS.index("account_id") + 1}::text[])
  WHERE EXISTS (SELECT 1 FROM subscribers WHERE status = 'enabled')
)
INSERT INTO accounts ({", ".join(accounts.ACCOUNT_COLUMNS)})
SELECT * FROM unnest({_arrays(len(decisions.DECISION_COLUMNS) + 1, "accounts", accounts.ACCOUNT_COLUMNS)})
{STAND_ANEW}
"""  # noqa: S608 - our own names
STAND = _insert("accounts", accounts.ACCOUNT_COLUMNS, STAND_ANEW)
_WORTH_A_COPY = 500
"""So many decisions are taken sooner by COPY than as arrays."""
_SHARE = {table: _insert(table, columns, "ON CONFLICT DO NOTHING") for table, columns in SHARED.items()}
_STATEMENTS = spell_statements(_insert, _update)
# Into the write-ahead log alone, which locks no row. A server that is only read lets that pass, and no INSERT.
_PROVE = """
SELECT pg_logical_emit_message(true, 'chalkline', '');
INSERT INTO decisions SELECT * FROM decisions WHERE false
"""


class PostgresBatches:
    """Writes through one connection of its own."""

    def __init__(self, dsn: str, timeout: float, cache: PolicyCache) -> None:
        self._own = OwnConnection(dsn, timeout)
        self._cache = cache

    async def write(self, request: LoadRequest, plan: Plan) -> list[JobResult]:
        """See ``BatchWriter``."""
        return await self._own.carry_out(lambda connection: self._carry_out(connection, request, plan))

    async def close(self) -> None:
        """Close the connection."""
        await self._own.close()

    async def _carry_out(self, connection: Connection, request: LoadRequest, plan: Plan) -> list[JobResult]:
        held = await self._own.begin(connection, _locks(request))
        writes, results = plan(replace(await load(connection, request, self._cache), held=held))
        shared = self._own.shared.new(writes)
        await _write(connection, writes, shared)
        if request.proof:
            await connection.execute(_PROVE)
        await connection.execute("COMMIT")
        self._own.shared.keep(shared)
        return results


def _locks(request: LoadRequest) -> dict[int, Locked]:
    """What a batch locks, by the numbers of the locks."""
    accounts: list[Locked] = [("account", account) for account in request.account_ids]
    # An account's record is locked with the account: who tells of it decides on it too.
    records: list[Locked] = [("record", *record) for record in request.records if record[0] != "account"]
    keys: list[Locked] = [("key", *key) for key in request.keys]
    return {lock_number(*name): name for name in (*accounts, *records, *keys)}


async def load(connection: Connection, request: LoadRequest, cache: PolicyCache) -> Loaded:
    """Read what a batch decides on, in the transaction that it has begun."""
    policies = await load_policies(connection, cache)

    async def ask(query: str, *wanted: Sequence[object]) -> Any:  # noqa: ANN401 - rows
        return await connection.fetch(query, *wanted) if any(wanted) else ()

    standings = await connection.fetch(decisions.STANDINGS + _THESE, request.account_ids)
    records = await ask(_RECORDS, *zip(*request.records, strict=True))
    past = decisions.past_of(request.days, standings, DECODERS)
    news = stated.news_of(request.records, standings, records, DECODERS)
    found = decisions.LoadedRows(
        standings=standings,
        made=await ask(moves.MADE_MOVES + _THESE, moves.bare_moves(standings)),
        answers=await ask(_ANSWERS, *zip(*request.keys, strict=True)),
        whole=await ask(decisions.WHOLE + _THESE, request.whole),
        past=await ask(_ASKED.join(decisions.STOOD), *zip(*past, strict=True)),
        handoffs=await ask(handoffs.HANDOFFS + _THESE + handoffs.IN_THEIR_ORDER, in_all_forms(request.whole)),
        events=await ask(events.EVENTS + _THESE, request.event_keys),
        records=records,
        stated=await ask(_STATED, *zip(*news, strict=True)),
        open_events=await ask(_OPEN_EVENTS, *zip(*events.in_all_forms(request.records), strict=True)),
        matters=await ask(conduct.MATTERS + _THESE + conduct.AS_REPORTED, in_all_forms(request.accused)),
        disputes=await ask(reviews.DISPUTES + _THESE, request.disputed),
    )
    decided = (*found.whole, *found.made, *found.past)
    if unknown := cache.unknown_programs(row[decisions.PROGRAM] for row in decided):
        cache.keep_programs(await connection.fetch(f"{PROGRAMS} {_THESE}", unknown))
    return decisions.decode_rows(found, DECODERS, policies, cache.read_by)


async def _write(connection: Connection, writes: Writes, shared: dict[str, list[Row]]) -> None:
    if len(writes.decisions) >= _WORTH_A_COPY:
        await copy_decisions(connection, list(map(decisions.decision_values, writes.decisions)))
        await connection.execute(STAND, *zip(*accounts.standing_values(writes), strict=True))
    elif writes.decisions:
        columns = zip(*map(decisions.decision_values, writes.decisions), strict=True)
        await connection.execute(_RECORD, *columns, *zip(*accounts.standing_values(writes), strict=True))
    await share(connection, shared)
    for statement, query in _STATEMENTS:
        values = list(statement.values(writes))
        if values and isinstance(statement, Insert):
            await connection.execute(query, *zip(*values, strict=True))
        elif values:
            await connection.executemany(query, values)


async def share(connection: Connection, shared: dict[str, list[Row]]) -> None:
    """Add facets and programs."""
    for table, rows in shared.items():
        if rows:
            await connection.execute(_SHARE[table], *zip(*rows, strict=True))


async def copy_decisions(connection: Connection, rows: Sequence[Sequence[Any]]) -> None:
    """Add the rows of decisions, in the order of ``DECISION_COLUMNS``, and queue them where anybody subscribes."""
    await connection.copy_records_to_table("decisions", records=rows, columns=decisions.DECISION_COLUMNS)
    if await connection.fetchval(_SUBSCRIBED):
        places = [decisions.DECISION_COLUMNS.index(column) for column in ("id", "account_id")]
        queued = [[row[place] for place in places] for row in rows]
        await connection.copy_records_to_table("outbox", records=queued, columns=("decision_id", "account_id"))
