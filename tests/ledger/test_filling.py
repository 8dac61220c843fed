"""What was recorded before there was a ledger is queued, and what is recorded meanwhile is not queued a second time."""

from datetime import date
from pathlib import Path
from typing import Literal

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import insert, text

from service.store.engine import connect_engine
from service.store.ledger.contents import CONTENTS
from service.store.ledger.queue import fill
from service.store.migrations import migrate
from service.store.tables.people import PersonPeriodRow
from tests.api import Api
from tests.builders import request
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.ledger.test_earlier_releases import RECORDED
from tests.releases.recording import Recording
from tests.releases.restored import migrate_to, restored
from tests.releases.test_earlier_releases import HERE, RELEASES
from tests.servers import REPOSITORY
from tests.store.jobs import AT


def queued(api: Api) -> list[tuple[str, str]]:
    """What waits to be sealed."""
    with api.database.engine.connect() as connection:
        rows = connection.execute(text("SELECT kind, subject FROM ledger_queue ORDER BY id"))
        return [(kind, subject.replace("-", "")) for kind, subject in rows]


def test_a_fresh_database_has_nothing_to_fill_the_queue_with_but_its_first_policy(database_url: str) -> None:
    engine = connect_engine(database_url)
    with engine.connect() as connection:
        marked = set(connection.scalars(text("SELECT kind FROM ledger_fills")))
        revisions = connection.scalar(text("SELECT count(*) FROM policy_revisions"))
    engine.dispose()

    assert marked == ({"policy_revision"} if revisions else set())


def test_of_every_kind_that_is_sealed_what_was_recorded_before_is_marked(sqlite_databases: SqliteDatabases) -> None:
    with sqlite_databases.empty() as url:
        engine = connect_engine(url)
        with engine.begin() as connection:
            migrate_to("2026_11_30_ledger", connection)
            marked = set(connection.scalars(text("SELECT kind FROM ledger_fills")))
        engine.dispose()
    script = ScriptDirectory(str(REPOSITORY / "alembic")).get_revision("2026_12_01_ledger_fill_end")

    assert marked == set(CONTENTS)
    assert {kind: (of.table.__tablename__, of.key) for kind, of in CONTENTS.items()} == script.module.FILLED


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_is_recorded_while_the_queue_is_filled_is_queued_once(
    kind: Literal["sqlite", "postgresql"], sqlite_databases: SqliteDatabases, postgres: PostgresDatabases
) -> None:
    databases = sqlite_databases if kind == "sqlite" else postgres
    with restored(Recording.read(Path(HERE) / RELEASES[-1]), kind, databases) as api:
        for number in range(30):
            api.http.post("/v1/classifications", json=request(id=f"acc-{number}")).raise_for_status()
            fill(api.database.engine, AT, at_most=10)
        while fill(api.database.engine, AT, at_most=10):
            pass

        found = queued(api)
        with api.database.engine.connect() as connection:
            recorded = sum(connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0 for table in RECORDED)  # noqa: S608 - our own names
        assert len(found) == len(set(found)) == recorded


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_rows_that_are_named_by_numbers_are_queued_up_to_the_largest_number(
    kind: Literal["sqlite", "postgresql"], sqlite_databases: SqliteDatabases, postgres: PostgresDatabases
) -> None:
    databases = sqlite_databases if kind == "sqlite" else postgres
    period = {"name": "N", "email": "n@example.org", "role": "ae", "team": "SMB", "regions": "EMEA"}
    told = {"active_from": date(2022, 1, 1), "recorded_at": AT, "recorded_by": "x", "request_id": "r"}
    with databases.empty() as url:
        engine = connect_engine(url)
        with engine.begin() as connection:
            migrate_to("2026_11_30_sales_notices", connection)
        rows = [{"number": each, "person_id": f"p{each}"} | period | told for each in range(1, 31)]
        with engine.begin() as connection:
            connection.execute(insert(PersonPeriodRow), rows)
        migrate(engine)
        while fill(engine, AT, at_most=10):
            pass
        with engine.connect() as connection:
            found = connection.scalars(text("SELECT subject FROM ledger_queue WHERE kind = 'person_period'")).all()
        engine.dispose()

    assert sorted(map(int, found)) == list(range(1, 31))
