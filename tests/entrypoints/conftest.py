from collections.abc import Iterator

import pytest

from tests.api import Api, serving
from tests.databases import PostgresDatabases, SqliteDatabases


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def api(request: pytest.FixtureRequest) -> Iterator[Api]:
    """The running service over a database of each kind, shared by a module's tests: each takes accounts of its own."""
    name = "sqlite_databases" if request.param == "sqlite" else "postgres"
    databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(name)
    with databases.fresh() as url, serving(url) as served:
        yield served


@pytest.fixture
def fresh_api(database_url: str) -> Iterator[Api]:
    """The running service over a fresh database of each kind, for one test alone."""
    with serving(database_url) as served:
        yield served


@pytest.fixture(scope="module")
def both(sqlite_databases: SqliteDatabases, postgres: PostgresDatabases) -> Iterator[tuple[Api, Api]]:
    """The running service twice: over SQLite and over PostgreSQL."""
    with (
        sqlite_databases.fresh() as sqlite_url,
        postgres.fresh() as postgres_url,
        serving(sqlite_url) as on_sqlite,
        serving(postgres_url) as on_postgres,
    ):
        yield on_sqlite, on_postgres
