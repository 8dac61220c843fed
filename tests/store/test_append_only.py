"""The database itself refuses to change or remove what was recorded."""

import asyncio
from contextlib import suppress
from uuid import UUID

import pysqlite3.dbapi2 as sqlite
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from service.domain.people import Period, Role
from service.domain.sales_records import SalesRecord, SalesRecordKind
from service.store.engine import connect_engine, open_writer
from service.store.sales_records import keep_record
from service.usecases.classify import propose_classification
from service.usecases.people import import_people
from tests.builders import ON, facts
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.store.jobs import ASKED, AT, recording
from tests.store.publishing import draft, publish

SELLER = Period(name="Sample Seller", role=Role.AE, active_from=ON)
CALL = SalesRecord(
    id=UUID(int=7), kind=SalesRecordKind.CO_SELLING, subject="acc-1", body="{}", recorded_by="An ASM", recorded_at=AT
)
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
    "UPDATE person_periods SET role = 'vp'",
    "DELETE FROM person_periods",
    "UPDATE sales_records SET body = '{}'",
    "DELETE FROM sales_records",
)
OTHER_NAMES = {
    "decisions": {"id": "id || 'x'"},
    "conduct_matters": {"id": "id || 'x'"},
    "policy_drafts": {"id": "id || 'x'"},
    "policy_revisions": {"number": "number + 1", "draft_id": "draft_id || 'x'", "version": "version + 1"},
    "facets": {"facet": "facet + 1"},
    "programs": {"digest": "digest || 'x'"},
    "person_periods": {"number": "number + 1"},
    "sales_records": {"id": "id || 'x'"},
}
"""Other names for the rows of each table: a row with these is not the same, unless by what else it has in common."""
EMPTYING = (
    *("TRUNCATE decisions", "TRUNCATE conduct_matters", "TRUNCATE facets", "TRUNCATE decisions, accounts CASCADE"),
    "TRUNCATE person_periods",
    "TRUNCATE sales_records",
)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_what_was_recorded_is_neither_changed_nor_removed(database_url: str, statement: str) -> None:
    _refuses(database_url, statement)


@pytest.mark.parametrize("statement", EMPTYING)
def test_what_was_recorded_is_not_emptied_out(postgres: PostgresDatabases, statement: str) -> None:
    with postgres.fresh() as url:
        _refuses(url, statement)


@pytest.mark.parametrize(("table", "other_names"), OTHER_NAMES.items())
@pytest.mark.parametrize("same", ["its names", "its rowid", "one of its names"])
def test_no_row_takes_the_place_of_one_that_was_recorded(
    sqlite_databases: SqliteDatabases, table: str, other_names: dict[str, str], same: str
) -> None:
    """SQLite takes the old row away for ``INSERT OR REPLACE``, and asks no trigger on DELETE."""
    with sqlite_databases.fresh() as url:
        asyncio.run(_record(url))
        connection = sqlite.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        rows = f"SELECT rowid, * FROM {table}"  # noqa: S608 - our own names
        before = connection.execute(rows).fetchall()
        values = {row[1]: row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
        if same == "its rowid":
            values |= {"rowid": "rowid"} | other_names
        elif same == "one of its names":
            values |= dict([*other_names.items()][:1]) if len(other_names) > 1 else {}
        into, chosen = ", ".join(values), ", ".join(values.values())

        with suppress(sqlite.IntegrityError):
            connection.execute(f"INSERT OR REPLACE INTO {table} ({into}) SELECT {chosen} FROM {table}")  # noqa: S608 - as above

        assert connection.execute(rows).fetchall() == before
        assert before
        connection.close()


def _refuses(database_url: str, statement: str) -> None:
    asyncio.run(_record(database_url))
    engine = connect_engine(database_url)
    before = _rows(database_url)

    with pytest.raises(IntegrityError, match="are never changed or removed"), engine.begin() as connection:
        connection.execute(text(statement))

    engine.dispose()
    assert _rows(database_url) == before
    assert [len(rows) for rows in before] == [1, 1, 1, 1, 1, 1]


async def _record(url: str) -> None:
    async with recording(url) as database:
        await database.recorder.record([propose_classification(facts(), ON, ON, "An AE", ASKED)])
        publish(database.engine, draft(database.engine).draft.id)
        import_people(database, {("seller", ON): SELLER}, ASKED, AT)
        with open_writer(database.engine) as session:
            keep_record(session, CALL, "request")
            session.commit()


def _rows(url: str) -> list[list[str]]:
    engine = connect_engine(url)
    with engine.connect() as connection:
        rows = [
            [str(row) for row in connection.execute(text(f"SELECT * FROM {table}"))]  # noqa: S608 - our own names
            for table in (
                "decisions",
                "conduct_matters",
                "policy_drafts",
                "policy_revisions",
                "person_periods",
                "sales_records",
            )
        ]
    engine.dispose()
    return rows
