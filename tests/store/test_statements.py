"""What was said in a handoff's terms, a review's resolution and an event's verdict is kept, whoever says it anew."""

import json
import sqlite3
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pysqlite3.dbapi2 as sqlite
import pytest
from alembic.config import Config
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from alembic import command
from service.store.engine import connect_engine
from service.store.migrations import migrate
from service.store.tables.decisions import StatementRow
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.servers import REPOSITORY

HANDOFF, REVIEW, EVENT, FIRST, SECOND = (UUID(int=number) for number in (0xA0, 0xB0, 0xC0, 0xD1, 0xD2))
TERMS = '{"closed_on":"2022-03-14","initial_amount":"5000","total_users":120,"named_ae":"A. Sample"}'
OPENED = (
    """
    INSERT INTO handoffs (id, account_id, opportunity_id, status, receiver, due_on, two_way_on, terms, started_by,
      started_at, started_decision_id)
    VALUES (:handoff, 'acc-1', 'opp-1', 'open', 'MMKAN', '2022-03-21', NULL, :terms, 'crm',
      '2022-03-15 09:00:00.000001', :first)
    """,
    """
    INSERT INTO reviews (id, account_id, counts_fingerprint, blocking, status, opened_at, opened_by_decision_id,
      resolved_at, resolved_by, resolved_segment, resolved_reason, resolution_decision_id)
    VALUES (:review, 'acc-1', 'abc', true, 'open', '2022-03-15 09:00:00.000001', :first, NULL, NULL, NULL, NULL, NULL)
    """,
    """
    INSERT INTO events (id, event_key, payload_id, source, record_kind, record_id, status, problem, remarks,
      decision_id, handoff_id, actor, request_id, received_at, settled_at)
    VALUES (:event, 'key-1', :first, 'salesforce_changes', 'account', 'acc-1', 'rejected', '[["Region","is none"]]',
      NULL, NULL, NULL, 'crm', 'request-1', '2022-03-15 09:00:00.000001', '2022-03-15 09:00:00.000001')
    """,
)
"""What the release before adds, in its own columns."""
REWRITTEN = (
    "UPDATE handoffs SET status = 'completed', receiver = 'MMKAN', two_way_on = '2022-03-18' WHERE id = :handoff",
    """
    UPDATE reviews SET status = 'resolved', resolved_at = '2022-03-15 10:00:00.000001', resolved_by = 'vp',
      resolved_segment = 'MM', resolved_reason = 'The filing.', resolution_decision_id = :first WHERE id = :review
    """,
    """
    UPDATE reviews SET status = 'superseded', resolved_at = NULL, resolved_by = NULL, resolved_segment = NULL,
      resolved_reason = NULL, resolution_decision_id = NULL WHERE id = :review
    """,
    """
    UPDATE reviews SET status = 'resolved', resolved_at = '2022-03-15 11:00:00.000001', resolved_by = 'vp',
      resolved_segment = 'SMB', resolved_reason = 'A newer one.', resolution_decision_id = :second WHERE id = :review
    """,
    """
    UPDATE events SET status = 'applied', problem = NULL, remarks = '[[null,"Looked at"]]', decision_id = :second,
      handoff_id = NULL, settled_at = '2022-03-15 12:00:00.000001' WHERE id = :event
    """,
)
"""What it changes of them."""
REFUSED = (
    *("UPDATE statements SET body = '{}'", "DELETE FROM statements"),
    *("UPDATE handoffs SET terms = '{}'", "UPDATE handoffs SET started_by = 'nobody'", "DELETE FROM handoffs"),
    *(
        "UPDATE reviews SET account_id = 'acc-2'",
        "UPDATE reviews SET opened_by_decision_id = id",
        "DELETE FROM reviews",
    ),
    *("UPDATE events SET payload_id = id", "UPDATE events SET event_key = 'key-2'", "DELETE FROM events"),
)
OTHER_NAMES = {
    "statements": {"id": "id || 'x'"},
    "handoffs": {"id": "id || 'x'", "opportunity_id": "opportunity_id || 'x'"},
    "reviews": {"id": "id || 'x'", "counts_fingerprint": "counts_fingerprint || 'x'"},
    "events": {"id": "id || 'x'", "event_key": "event_key || 'x'"},
}
BEFORE = "2026_11_29_who_made_keys"


def say(engine: Engine, *statements: str) -> None:
    """Run statements of the release before, of which each is a transaction."""
    lite = engine.dialect.name == "sqlite"
    ids = {"handoff": HANDOFF, "review": REVIEW, "event": EVENT, "first": FIRST, "second": SECOND}
    stored = {name: value.hex if lite else str(value) for name, value in ids.items()} | {"terms": TERMS}
    for statement in statements:
        with engine.begin() as connection:
            if not lite:
                connection.execute(text("SET LOCAL timezone = 'UTC'"))
            connection.execute(text(statement), {name: stored[name] for name in stored if f":{name}" in statement})


def kept(engine: Engine) -> list[tuple[str, UUID, str, datetime, dict[str, Any]]]:
    """All that was said, in its order."""
    query = select(StatementRow).order_by(col(StatementRow.said_at), col(StatementRow.kind))
    with Session(engine) as session:
        return [
            (row.kind, row.subject_id, row.said_by, row.said_at, json.loads(row.body)) for row in session.exec(query)
        ]


def at(hour: int) -> datetime:
    return datetime(2022, 3, 15, hour, 0, 0, 1, tzinfo=UTC)


STARTED = ("handoff_terms", HANDOFF, "crm", at(9), json.loads(TERMS))
REJECTED = {"status": "rejected", "problem": [["Region", "is none"]], "remarks": None}
APPLIED = {"status": "applied", "problem": None, "remarks": [[None, "Looked at"]]}
NOTHING_LED_TO = {"decision_id": None, "handoff_id": None}
SAID_AT_FIRST = ("event_verdict", EVENT, "crm", at(9), REJECTED | NOTHING_LED_TO)
RESOLVED_AGAIN = (
    *("review_resolution", REVIEW, "vp", at(11)),
    {"segment": "SMB", "reason": "A newer one.", "decision_id": str(SECOND)},
)
SAID_LAST = ("event_verdict", EVENT, "crm", at(12), APPLIED | NOTHING_LED_TO | {"decision_id": str(SECOND)})


def test_the_release_before_goes_on_and_all_that_it_says_is_kept(database_url: str) -> None:
    engine = connect_engine(database_url)

    say(engine, *OPENED, *REWRITTEN)

    resolved = {"segment": "MM", "reason": "The filing.", "decision_id": str(FIRST)}
    first = ("review_resolution", REVIEW, "vp", at(10), resolved)
    assert kept(engine) == [SAID_AT_FIRST, STARTED, first, RESOLVED_AGAIN, SAID_LAST]
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite_databases", "postgres"])
def test_what_was_said_before_there_were_rows_for_it_is_in_them(kind: str, request: pytest.FixtureRequest) -> None:
    databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(kind)
    with databases.empty() as url:
        engine = connect_engine(url)
        config = Config()
        config.set_main_option("script_location", str(REPOSITORY / "alembic"))
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, BEFORE)
        say(engine, *OPENED, *REWRITTEN)

        migrate(engine)

        assert kept(engine) == [STARTED, RESOLVED_AGAIN, SAID_LAST]
        engine.dispose()


def test_a_change_that_says_nothing_new_adds_nothing(database_url: str) -> None:
    engine = connect_engine(database_url)
    say(engine, *OPENED, *REWRITTEN)
    before = kept(engine)

    say(engine, *REWRITTEN[:1], *REWRITTEN[3:])

    assert kept(engine) == before
    engine.dispose()


def test_what_was_said_and_what_no_release_rewrites_is_neither_changed_nor_removed(database_url: str) -> None:
    engine = connect_engine(database_url)
    say(engine, *OPENED, *REWRITTEN)
    before = kept(engine)

    for statement in REFUSED:
        with pytest.raises(IntegrityError, match="are never changed or removed"):
            say(engine, statement)
    if engine.dialect.name == "postgresql":
        for table in OTHER_NAMES:
            with pytest.raises(IntegrityError, match="are never changed or removed"):
                say(engine, f"TRUNCATE {table}")

    assert kept(engine) == before
    engine.dispose()


@pytest.mark.parametrize(("table", "other_names"), OTHER_NAMES.items())
def test_no_row_takes_the_place_of_one_that_says_something(
    sqlite_databases: SqliteDatabases, table: str, other_names: dict[str, str]
) -> None:
    with sqlite_databases.fresh() as url:
        engine = connect_engine(url)
        say(engine, *OPENED)
        engine.dispose()
        connection = sqlite.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        rows = f"SELECT rowid, * FROM {table} ORDER BY rowid"  # noqa: S608 - our own names
        before = connection.execute(rows).fetchall()
        names = {row[1]: row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
        same_names = names, names | dict([*other_names.items()][:1]), {"rowid": "rowid"} | names | other_names
        for values in same_names[:: 1 if len(other_names) > 1 else 2]:
            with suppress(sqlite.IntegrityError, sqlite3.IntegrityError):
                into, chosen = ", ".join(values), ", ".join(values.values())
                connection.execute(f"INSERT OR REPLACE INTO {table} ({into}) SELECT {chosen} FROM {table}")  # noqa: S608 - as above

            assert connection.execute(rows).fetchall() == before
        assert before
        connection.close()
