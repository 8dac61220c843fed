"""Batches into PostgreSQL, on the event loop: a few statements for many decisions, and one commit."""

from collections.abc import Iterable, Mapping
from typing import Any

from service.domain.policies import Policies
from service.store.facets import FACET_COLUMNS
from service.store.policy_cache import PolicyBook
from service.store.recorder.plan import JobResult
from service.store.recorder.postgres_connection import (
    READING,
    Connection,
    OwnConnection,
    begin,
    lock_number,
    policies_for,
)
from service.store.recorder.writer import LoadRequest, Plan
from service.store.recording import CallerKey, Loaded, Writes
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

_DECISION_TYPES = {
    "id": "uuid",
    "leading_employees": "bigint",
    "policy_version": "integer",
    "effective_on": "date",
    "previous_decision_id": "uuid",
    "review_id": "uuid",
    "recorded_at": "timestamptz",
    "facet": "bigint",
}
_ACCOUNT_TYPES = {"decision_id": "uuid", "recorded_at": "timestamptz", "changed_over_on": "date"}

_EVENT_TYPES = {
    "id": "uuid",
    "payload_id": "uuid",
    "decision_id": "uuid",
    "handoff_id": "uuid",
    "received_at": "timestamptz",
    "settled_at": "timestamptz",
    "changed_at": "timestamptz",
}


def _arrays(first: int, types: Iterable[str]) -> str:
    return ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(types, start=first))


def _insert_all(table: str, columns: tuple[str, ...], types: Mapping[str, str], conflict: str = "") -> str:
    """Insert the rows of arrays, one for each column: one statement for them all. What has no type named is text."""
    arrays = _arrays(1, (types.get(column, "text") for column in columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM unnest({arrays}) {conflict}"  # noqa: S608 - our own names


def _insert(table: str, columns: tuple[str, ...]) -> str:
    places = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - our own names


_THESE = "= ANY($1::text[])"
_LOAD = STANDINGS + _THESE
_LOAD_WHOLE = WHOLE + _THESE
_LOAD_EVENTS = EVENTS + _THESE
_LOAD_HANDOFFS = HANDOFFS + _THESE + IN_THEIR_ORDER
_ANSWERS = """
SELECT i.caller, i.key, i.fingerprint, i.reference, i.body
FROM idempotency_keys i JOIN unnest($1::text[], $2::text[]) AS asked (caller, key) USING (caller, key)
"""
_LOAD_RECORDS = """
SELECT kind, record_id, r.known
FROM crm_records r JOIN unnest($1::text[], $2::text[]) AS asked (kind, record_id) USING (kind, record_id)
"""
_STANDING_TYPES = [_ACCOUNT_TYPES.get(column, "text") for column in ACCOUNT_COLUMNS]
_STAND_ANEW = (
    f"ON CONFLICT (account_id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in ACCOUNT_COLUMNS[1:])}"
)
_RECORD = f"""
WITH recorded AS (
  INSERT INTO decisions ({", ".join(DECISION_COLUMNS)})
  SELECT * FROM unnest({_arrays(1, (_DECISION_TYPES.get(column, "text") for column in DECISION_COLUMNS))})
)
, queued AS (
  INSERT INTO outbox (decision_id, account_id)
  SELECT * FROM unnest($1::uuid[], ${DECISION_COLUMNS.index("account_id") + 1}::text[])
  WHERE EXISTS (SELECT 1 FROM subscribers WHERE status = 'enabled')
)
INSERT INTO accounts ({", ".join(ACCOUNT_COLUMNS)})
SELECT * FROM unnest({_arrays(len(DECISION_COLUMNS) + 1, _STANDING_TYPES)})
{_STAND_ANEW}
"""  # noqa: S608 - our own names
SUBSCRIBED = "SELECT EXISTS (SELECT 1 FROM subscribers WHERE status = 'enabled')"
_STAND = _insert_all("accounts", ACCOUNT_COLUMNS, _ACCOUNT_TYPES, _STAND_ANEW)
_WORTH_A_COPY = 500
"""So many decisions are taken sooner by binary COPY than as arrays."""
FACET = _insert("facets", FACET_COLUMNS) + " ON CONFLICT DO NOTHING"
_OPEN_REVIEW = _insert("reviews", REVIEW_COLUMNS)
_CHANGE_REVIEW = """
UPDATE reviews SET status = $1, resolved_at = $2, resolved_by = $3, resolved_segment = $4, resolved_reason = $5,
       resolution_decision_id = $6
WHERE id = $7
"""
_START_HANDOFF = _insert("handoffs", HANDOFF_COLUMNS)
_TAKE_STEP = _insert("handoff_steps", STEP_COLUMNS)
_SETTLE = (
    f"UPDATE events SET {', '.join(f'{name} = ${place}' for place, name in enumerate(SETTLED_COLUMNS, start=1))} "  # noqa: S608 - our own names
    f"WHERE id = ${len(SETTLED_COLUMNS) + 1}"
)
_EVENT = _insert_all("events", EVENT_COLUMNS, _EVENT_TYPES)
_KNOW = _insert_all(
    "crm_records",
    RECORD_COLUMNS,
    _EVENT_TYPES,
    "ON CONFLICT (kind, record_id) DO UPDATE SET known = excluded.known, changed_at = excluded.changed_at",
)
_CHANGE_HANDOFF = "UPDATE handoffs SET status = $1, receiver = $2, two_way_on = $3 WHERE id = $4"
_CONDUCT = _insert("conduct_matters", CONDUCT_COLUMNS)
_PROVE = "SELECT pg_logical_emit_message(true, 'chalkline', '')"  # into the write-ahead log alone: locks nothing
_REMEMBER = _insert("idempotency_keys", IDEMPOTENCY_COLUMNS)


class PostgresBatches:
    """Writes through one connection of its own."""

    def __init__(self, dsn: str, patience: float, book: PolicyBook) -> None:
        self._own = OwnConnection(dsn, patience)
        self._book = book
        self._facets: set[int] = set()

    async def write(self, request: LoadRequest, plan: Plan) -> list[JobResult]:
        """See ``BatchWriter``."""
        return await self._own.carry_out(lambda connection: self._carry_out(connection, request, plan))

    async def close(self) -> None:
        """Close the connection."""
        await self._own.close()

    async def _carry_out(self, connection: Connection, request: LoadRequest, plan: Plan) -> list[JobResult]:
        in_flight = await _lock(connection, request)
        writes, results = plan(await _load(connection, request, await policies_for(connection, self._book), in_flight))
        facets = new_facets(writes, self._facets)
        await _write(connection, writes, facets)
        if request.proof:
            await connection.execute(_PROVE)
        await connection.execute("COMMIT")
        self._facets.update(facet for facet, *_ in facets)
        return results


async def _lock(connection: Connection, request: LoadRequest) -> frozenset[CallerKey]:
    """Begin, and lock the accounts in order. A key that another process holds is in flight there, and not awaited."""
    accounts = {lock_number("account", account) for account in request.account_ids}
    # An account's record is locked with the account: who tells of it decides on it too.
    records = {lock_number("record", *record) for record in request.records if record[0] != "account"}
    await begin(connection, accounts | records)
    if not request.keys:
        return frozenset()
    locks = {lock_number("key", *key): key for key in request.keys}
    query = "SELECT k FROM unnest($1::bigint[]) AS k WHERE NOT pg_try_advisory_xact_lock(k)"
    return frozenset(locks[row[0]] for row in await connection.fetch(query, list(locks)))


async def _load(
    connection: Connection, request: LoadRequest, policies: Policies, in_flight: frozenset[CallerKey]
) -> Loaded:
    async def ask(query: str, wanted: list[str]) -> Any:  # noqa: ANN401 - rows
        return await connection.fetch(query, wanted) if wanted else ()

    found = Found(
        standings=await connection.fetch(_LOAD, request.account_ids),
        answers=await connection.fetch(_ANSWERS, *zip(*request.keys, strict=True)) if request.keys else (),
        whole=await ask(_LOAD_WHOLE, request.whole),
        handoffs=await ask(_LOAD_HANDOFFS, request.whole),
        events=await ask(_LOAD_EVENTS, request.event_keys),
        records=await connection.fetch(_LOAD_RECORDS, *zip(*request.records, strict=True)) if request.records else (),
    )
    return decode_rows(found, READING, policies, in_flight)


async def _write(connection: Connection, writes: Writes, facets: list[tuple[Any, ...]]) -> None:
    if len(writes.decisions) >= _WORTH_A_COPY:
        await _copy(connection, writes)
    elif writes.decisions:
        columns = zip(*map(decision_values, writes.decisions), strict=True)
        await connection.execute(_RECORD, *columns, *zip(*standings(writes), strict=True))
    for insert_all, added in ((_EVENT, event_values(writes)), (_KNOW, record_values(writes))):
        if values := list(added):
            await connection.execute(insert_all, *zip(*values, strict=True))
    for query, rows in (
        (FACET, facets),
        (_OPEN_REVIEW, opened_reviews(writes)),
        (_CHANGE_REVIEW, changed_reviews(writes)),
        (_CONDUCT, conduct_matters(writes)),
        (_insert("payloads", PAYLOAD_COLUMNS), payload_values(writes)),
        (_SETTLE, settled_values(writes)),
        (_START_HANDOFF, started_handoffs(writes)),
        (_TAKE_STEP, handoff_steps(writes)),
        (_CHANGE_HANDOFF, changed_handoffs(writes)),
        (_REMEMBER, idempotency_values(writes)),
    ):
        if values := list(rows):
            await connection.executemany(query, values)


async def _copy(connection: Connection, writes: Writes) -> None:
    rows = map(decision_values, writes.decisions)
    await connection.copy_records_to_table("decisions", records=rows, columns=DECISION_COLUMNS)
    if await connection.fetchval(SUBSCRIBED):
        queued = [(recorded.id, recorded.account_id) for recorded in writes.decisions]
        await connection.copy_records_to_table("outbox", records=queued, columns=("decision_id", "account_id"))
    await connection.execute(_STAND, *zip(*standings(writes), strict=True))
