"""Of a payload its body can be emptied, once, where no event needs it; the database refuses every other change."""

import hashlib
from datetime import UTC, datetime
from uuid import UUID

import pysqlite3.dbapi2 as sqlite
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from service.domain.identifiers import uuid7
from service.store.engine import connect_engine
from service.store.events import find_payload, forget_payloads
from service.store.tables.events import PayloadRow
from tests.databases import SqliteDatabases

AT = datetime(2022, 3, 15, 9, tzinfo=UTC)
BODY = b"<what was sent/>"
DIGEST = hashlib.sha256(BODY).hexdigest()
EMPTIED = f"UPDATE payloads SET body = '', digest = '{DIGEST}', forgotten_at = '2022-04-15 09:00:00.000001'"  # noqa: S608 - our own
THE_FIRST = f" WHERE id = '{UUID(int=1).hex}'"
REFUSED = (
    "UPDATE payloads SET body = '<another/>'",
    "UPDATE payloads SET body = ''",
    f"UPDATE payloads SET digest = '{DIGEST}'",  # noqa: S608 - as above
    "UPDATE payloads SET forgotten_at = '2022-04-15 09:00:00.000001'",
    EMPTIED.replace(DIGEST, "another"),
    EMPTIED.replace(f"'{DIGEST}'", "NULL"),
    EMPTIED.replace("''", "'<another/>'"),
    f"{EMPTIED}, source = 'another'",
    f"{EMPTIED}, id = '{UUID(int=9).hex}'",
    f"{EMPTIED}, received_at = '2022-04-15 09:00:00.000001'",
    "DELETE FROM payloads",
)


EVENT = dict.fromkeys(("source", "record_kind", "record_id", "actor", "request_id"), "'x'") | dict.fromkeys(
    ("received_at", "settled_at"), "'2022-03-15 09:00:00.000001'"
)
"""What an event has beside what tells it from others."""


def said(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))


def holding(url: str, *statuses: str, digest: str | None = DIGEST) -> Engine:
    """A database with a payload that brought events of these statuses, and with another that brought none."""
    engine = connect_engine(url)
    with Session(engine) as session:
        for number in (1, 2):
            row = PayloadRow(id=UUID(int=number), source="x", content_type="y", body=BODY, received_at=AT)
            row.digest = digest
            session.add(row)
        session.commit()
    payload = UUID(int=1).hex
    for number, status in enumerate(statuses):
        said(
            engine,
            f"INSERT INTO events (id, event_key, payload_id, {', '.join(EVENT)}, status) VALUES "  # noqa: S608 - our own names
            f"('{uuid7(AT, number).hex}', '{status}', '{payload}', {', '.join(EVENT.values())}, '{status}')",
        )
    return engine


def held(engine: Engine, number: int = 1) -> tuple[bytes, str | None, bool]:
    payload = find_payload(engine, UUID(int=number))
    assert payload is not None
    return payload.body, payload.digest, payload.forgotten_at is not None


def test_nothing_of_a_payload_is_changed_but_that_it_is_emptied(database_url: str) -> None:
    engine = holding(database_url, "applied", "superseded")
    lite = engine.dialect.name == "sqlite"
    for statement in (*REFUSED, *(() if lite else ("TRUNCATE payloads",))):
        with pytest.raises(IntegrityError, match="are never changed or removed"):
            said(engine, statement)
    assert held(engine) == (BODY, DIGEST, False)

    said(engine, EMPTIED + THE_FIRST)

    assert (held(engine), held(engine, 2)) == ((b"", DIGEST, True), (BODY, DIGEST, False))
    for statement in (EMPTIED, EMPTIED.replace("04-15", "04-16"), "UPDATE payloads SET forgotten_at = NULL"):
        with pytest.raises(IntegrityError, match="are never changed or removed"):
            said(engine, statement + THE_FIRST)
    engine.dispose()


def test_what_an_event_needs_is_not_emptied(database_url: str) -> None:
    engine = holding(database_url, "applied", "rejected")

    with pytest.raises(IntegrityError, match="are never changed or removed"):
        said(engine, EMPTIED)

    assert forget_payloads(engine, datetime.max.replace(tzinfo=UTC), AT, most=9) == 1
    assert (held(engine), held(engine, 2)) == ((BODY, DIGEST, False), (b"", DIGEST, True))
    engine.dispose()


def test_what_the_release_before_kept_without_a_digest_gets_it_when_it_is_emptied(database_url: str) -> None:
    engine = holding(database_url, "applied", digest=None)

    assert forget_payloads(engine, AT, AT, most=9) == 0
    assert forget_payloads(engine, datetime.max.replace(tzinfo=UTC), AT, most=1) == 1

    assert sorted((held(engine), held(engine, 2)), key=str) == [(b"", DIGEST, True), (BODY, None, False)]
    engine.dispose()


def test_no_row_takes_the_place_of_a_payload(sqlite_databases: SqliteDatabases) -> None:
    with sqlite_databases.fresh() as url:
        engine = holding(url, "applied")
        engine.dispose()
        connection = sqlite.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        replacing = EMPTIED.replace("UPDATE", "UPDATE OR REPLACE")
        for statement in (
            "INSERT OR REPLACE INTO payloads SELECT * FROM payloads",
            f"{replacing}, rowid = (SELECT max(rowid) FROM payloads){THE_FIRST}",  # noqa: S608 - as above
        ):
            with pytest.raises(sqlite.IntegrityError):
                connection.execute(statement)
        connection.close()
        assert [held(engine, number) for number in (1, 2)] == [(BODY, DIGEST, False)] * 2
        engine.dispose()
