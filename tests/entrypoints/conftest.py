from collections.abc import Iterator

import pytest

from service.domain.keys import Scope
from tests.api import Api, Decision, serving
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.golden import decided_cases


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def api(request: pytest.FixtureRequest) -> Iterator[Api]:
    """The running service over a database of each kind, shared by a module's tests: each takes accounts of its own."""
    name = "sqlite_databases" if request.param == "sqlite" else "postgres"
    databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(name)
    with databases.fresh() as url, serving(url) as served:
        yield served


@pytest.fixture(scope="module")
def shared(sqlite_databases: SqliteDatabases) -> Iterator[Api]:
    """The running service, for what asks no database but for keys, shared by a module's tests."""
    with sqlite_databases.fresh() as url, serving(url) as served:
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


@pytest.fixture(scope="module")
def recorded(api: Api) -> list[Decision]:
    """The worked examples, recorded by two callers a minute apart each, and a review resolved; newest first."""
    callers = [api.key("crm-production", Scope.CLASSIFY), api.key("back-office", Scope.CLASSIFY)]
    decisions = []
    for number, case in enumerate(decided_cases("worked_examples")):
        api.clock.advance(minutes=1)
        body = case.request | {"account": case.request["account"] | {"id": f"acc-{number % 5}"}}
        answer = api.http.post("/v1/classifications", json=body, headers=callers[number % 2])
        decisions.append(answer.json())
    opened = api.classify(id="acc-0", df=12, wrong={"df": "Counts one office"})
    api.clock.advance(minutes=1)
    verdict = {"segment": "MM", "reason": "The filing."}
    resolved = api.http.post(f"/v1/reviews/{opened['review_id']}/resolution", json=verdict).json()
    return [*decisions, opened, resolved][::-1]
