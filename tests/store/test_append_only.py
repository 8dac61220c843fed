"""The database itself refuses to change or remove what was recorded."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from service.store.engine import connect_engine
from service.usecases.classify import propose_classification
from tests.builders import ON, facts
from tests.databases import PostgresDatabases
from tests.store.jobs import ASKED, recording
from tests.store.publishing import draft, publish

STATEMENTS = (
    "UPDATE decisions SET team = 'SMB'",
    "UPDATE decisions SET team = team WHERE account_id = 'acc-1'",
    "DELETE FROM decisions",
    "UPDATE conduct_matters SET account_executive = 'nobody'",
    "DELETE FROM conduct_matters",
    "UPDATE facets SET team = NULL",
    "DELETE FROM facets",
    "UPDATE policy_drafts SET effective_from = '2022-01-01'",
    "DELETE FROM policy_drafts",
    "UPDATE policy_revisions SET version = 9",
    "DELETE FROM policy_revisions",
)
EMPTYING = ("TRUNCATE decisions", "TRUNCATE conduct_matters", "TRUNCATE facets", "TRUNCATE decisions, accounts CASCADE")


@pytest.mark.parametrize("statement", STATEMENTS)
def test_what_was_recorded_is_neither_changed_nor_removed(database_url: str, statement: str) -> None:
    _refuses(database_url, statement)


@pytest.mark.parametrize("statement", EMPTYING)
def test_what_was_recorded_is_not_emptied_out(postgres: PostgresDatabases, statement: str) -> None:
    with postgres.fresh() as url:
        _refuses(url, statement)


def _refuses(database_url: str, statement: str) -> None:
    asyncio.run(_record(database_url))
    engine = connect_engine(database_url)
    before = _rows(database_url)

    with pytest.raises(IntegrityError, match="are never changed or removed"), engine.begin() as connection:
        connection.execute(text(statement))

    engine.dispose()
    assert _rows(database_url) == before
    assert [len(rows) for rows in before] == [1, 1, 1, 1]


async def _record(url: str) -> None:
    async with recording(url) as database:
        await database.recorder.record([propose_classification(facts(), ON, "An AE", ASKED)])
        publish(database.engine, draft(database.engine).draft.id)


def _rows(url: str) -> list[list[str]]:
    engine = connect_engine(url)
    with engine.connect() as connection:
        rows = [
            [str(row) for row in connection.execute(text(f"SELECT * FROM {table}"))]  # noqa: S608 - our own names
            for table in ("decisions", "conduct_matters", "policy_drafts", "policy_revisions")
        ]
    engine.dispose()
    return rows
