"""What was put forward in a dispute is neither changed nor removed, and one of an account is open, by the database."""

import asyncio
from contextlib import suppress
from typing import Any

import pysqlite3.dbapi2 as sqlite
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from service.domain.disputes import Dispute
from service.store.engine import connect_engine
from service.usecases.dispute import propose_dispute
from tests.builders import ON
from tests.databases import SqliteDatabases
from tests.store.jobs import ASKED, recording, submission

REASON = "The annual report names 95 employees."
REFUSED = (
    "UPDATE disputes SET reason = 'Another reason of ours'",
    "UPDATE disputes SET employee_counts = '[]', opened_by = opened_by",
    "UPDATE disputes SET account_id = 'acc-2'",
    "DELETE FROM disputes",
)
COLUMNS = (
    "account_id, status, reason, employee_counts, evidence, opened_by, opened_at, opened_by_decision_id, request_id"
)


async def record(url: str) -> None:
    async with recording(url) as database:
        await database.recorder.record([submission()])
        dispute = Dispute(reason=REASON, opened_by="seller")
        await database.recorder.record([propose_dispute("acc-1", dispute, ON, ASKED)])


def rows(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text("SELECT * FROM disputes"))]


@pytest.mark.parametrize("statement", REFUSED)
def test_what_was_put_forward_is_neither_changed_nor_removed(database_url: str, statement: str) -> None:
    asyncio.run(record(database_url))
    engine = connect_engine(database_url)
    before = rows(engine)

    with pytest.raises(IntegrityError, match="are never changed or removed"), engine.begin() as connection:
        connection.execute(text(statement))

    assert rows(engine) == before
    assert len(before) == 1
    engine.dispose()


def test_a_second_open_dispute_of_an_account_is_refused_by_the_database(database_url: str) -> None:
    asyncio.run(record(database_url))
    engine = connect_engine(database_url)
    new = f"INSERT INTO disputes (id, {COLUMNS}) SELECT opened_by_decision_id, {COLUMNS} FROM disputes"  # noqa: S608 - ours

    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text(new))

    assert len(rows(engine)) == 1
    engine.dispose()


@pytest.mark.parametrize("name", ["id", "opened_by_decision_id"], ids=["its name", "its account"])
def test_no_dispute_takes_the_place_of_another(sqlite_databases: SqliteDatabases, name: str) -> None:
    with sqlite_databases.fresh() as url:
        asyncio.run(record(url))
        connection = sqlite.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        before = connection.execute("SELECT rowid, * FROM disputes").fetchall()
        replaced = f"INSERT OR REPLACE INTO disputes (id, {COLUMNS}) SELECT {name}, {COLUMNS} FROM disputes"  # noqa: S608 - ours

        with suppress(sqlite.IntegrityError):
            connection.execute(replaced)

        assert connection.execute("SELECT rowid, * FROM disputes").fetchall() == before
        connection.close()
