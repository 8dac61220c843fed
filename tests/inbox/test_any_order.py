"""However late, mixed up and often events are delivered: accounts end where they would have in the CRM's order."""

import asyncio
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from service.crm.known_record import RecordKind, known_from_json
from service.domain.facts import Facts
from service.store.database import Database
from service.store.decisions import standing_decision
from service.store.events import known_records
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.inbox.messages import Event
from tests.inbox.recording import submissions_of
from tests.inbox.streams import disturbed, ordered_stream
from tests.store.jobs import recording

_FACTS = TypeAdapter(Facts)
_AT_ONCE = 8


def end_of(url: str, stream: list[Event], accounts: int, payload: int) -> dict[str, Any]:
    """Where accounts end, and what is known of them, once a stream is recorded in payloads of about a size."""

    async def record() -> dict[str, Any]:
        chance, sent = random.Random(payload), 0
        async with recording(url) as database:
            while sent < len(stream):
                sizes = [chance.randint(1, 2 * payload) for _ in range(_AT_ONCE)]
                payloads = []
                for size in sizes:
                    payloads.append(submissions_of(database, stream[sent : sent + size], sent))
                    sent += size
                await asyncio.gather(*(database.recorder.record(payload) for payload in payloads))
            return {name: _end(database, name) for name in (f"acc-{account}" for account in range(accounts))}

    return asyncio.run(record())


def _end(database: Database, account: str) -> tuple[Any, ...]:
    known = known_records(database.engine, RecordKind.ACCOUNT, [account])[account].json
    if known_from_json(known).deleted is not None:
        return (known,)  # where it stood when it was deleted goes by what had come by then
    recorded = standing_decision(database.engine, account)
    assert recorded is not None, f"{account} is not decided: {known}"
    decision = recorded.decision
    facts = _FACTS.dump_python(decision.facts, mode="json")
    facts["employee_counts"].sort(key=lambda count: count["source"])
    team = decision.team
    if (decision.rule, decision.missing_facts) == ("ROUTE-2", ("key_account",)):
        # It stays for now with whoever had it, which goes by what was decided on the way.
        team, facts["on_record"] = None, None
    return (decision.status, team, decision.segment, decision.rule, facts, known)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_thousand_accounts_end_in_the_same_standings_in_whatever_order_and_however_often_their_events_come(
    request: pytest.FixtureRequest, kind: str
) -> None:
    name = "sqlite_databases" if kind == "sqlite" else "postgres"
    databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(name)
    stream = ordered_stream(1, 1_000)

    with databases.fresh() as in_order, databases.fresh() as in_none:
        expected = end_of(in_order, stream, 1_000, payload=50)
        assert end_of(in_none, disturbed(stream, 2), 1_000, payload=10) == expected


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32), payload=st.integers(1, 20))
def test_so_do_a_few_accounts_of_any_life(sqlite_databases: SqliteDatabases, seed: int, payload: int) -> None:
    stream = ordered_stream(seed, 3)

    with sqlite_databases.fresh() as in_order, sqlite_databases.fresh() as in_none:
        expected = end_of(in_order, stream, 3, payload=1)
        assert end_of(in_none, disturbed(stream, seed + 1), 3, payload=payload) == expected
