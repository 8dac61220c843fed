"""The schema is what the migrations make of it, and what the code takes it to be."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text
from sqlmodel import SQLModel

from service.store import migrations
from service.store.engine import connect_engine
from service.store.errors import SchemaBehindError, UnsafeSqliteError
from service.store.migrations import NEWEST, check_schema, migrate
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.servers import REPOSITORY


def test_the_migrated_schema_is_the_one_that_the_tables_declare(database_url: str) -> None:
    engine = connect_engine(database_url)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        differences = compare_metadata(context, SQLModel.metadata)
        names = set(inspect(connection).get_table_names())

    engine.dispose()
    assert differences == []
    assert names - {"alembic_version"} == set(SQLModel.metadata.tables)


def test_the_release_names_the_last_migration_there_is() -> None:
    assert ScriptDirectory(str(REPOSITORY / "alembic")).get_heads() == [NEWEST]


def test_migrating_twice_is_harmless(database_url: str) -> None:
    engine = connect_engine(database_url)

    assert migrate(engine) == migrate(engine) == NEWEST

    check_schema(engine)
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite_databases", "postgres"])
def test_two_processes_that_migrate_at_once_both_find_the_schema_made(
    kind: str, request: pytest.FixtureRequest
) -> None:
    databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(kind)
    with databases.empty() as url:
        command = [sys.executable, "-m", "service", "migrate", "--json"]
        environment = os.environ | {"CHALKLINE_DATABASE_URL": url}
        processes = [
            subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE) for _ in range(2)
        ]
        answers = [process.communicate(timeout=60)[0] for process in processes]

        engine = connect_engine(url)
        check_schema(engine)
        engine.dispose()
    assert [json.loads(answer) for answer in answers] == [{"revision": NEWEST}] * 2


@pytest.mark.parametrize("revision", [None, "another"])
def test_a_schema_that_is_not_this_releases_is_told(database_url: str, revision: str | None) -> None:
    engine = connect_engine(database_url)
    with engine.begin() as connection:
        if revision is None:
            connection.execute(text("DROP TABLE alembic_version"))
        else:
            connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})

    with pytest.raises(SchemaBehindError, match="chalkline migrate"):
        check_schema(engine)

    engine.dispose()


def test_an_installation_without_its_migrations_says_so(
    sqlite_databases: SqliteDatabases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "_FOLDER", tmp_path / "alembic")
    with sqlite_databases.empty() as url:
        engine = connect_engine(url)
        with pytest.raises(SchemaBehindError, match="--editable"):
            migrate(engine)
        engine.dispose()

    assert not migrations.is_newer(NEWEST)


def test_a_sqlite_that_can_corrupt_its_log_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.store.engine.sqlite.sqlite_version_info", (3, 51, 2))
    monkeypatch.setattr("service.store.engine.sqlite.sqlite_version", "3.51.2")

    with pytest.raises(UnsafeSqliteError, match=r"3\.51\.2 can corrupt"):
        connect_engine("sqlite:///:memory:")


def test_a_commit_to_sqlite_reaches_the_disk(tmp_path: Path) -> None:
    engine = connect_engine(f"sqlite:///{tmp_path / 'new.db'}")
    migrate(engine)

    assert _pragmas(engine, "journal_mode", "synchronous", "foreign_keys") == ["wal", 2, 1]

    engine.dispose()


def _pragmas(engine: Engine, *names: str) -> list[object]:
    with engine.connect() as connection:
        return [connection.scalar(text(f"PRAGMA {name}")) for name in names]
