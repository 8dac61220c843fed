from collections.abc import Iterator
from zlib import crc32

import pytest

from tests.api import Api, serving
from tests.console.provider import LEAD, Colleague, Provider, machine_clock, providing
from tests.console.visiting import Person
from tests.databases import PostgresDatabases, SqliteDatabases

AnyDatabases = SqliteDatabases | PostgresDatabases


@pytest.fixture(scope="module")
def databases(request: pytest.FixtureRequest) -> AnyDatabases:
    """Of one kind for each module, by turns: what pages ask of either database is held where it is asked."""
    on_postgres = crc32(request.module.__name__.encode()) % 2
    found: AnyDatabases = request.getfixturevalue("postgres" if on_postgres else "sqlite_databases")
    return found


@pytest.fixture
def database_url(databases: AnyDatabases) -> Iterator[str]:
    """A fresh database, for one test alone."""
    with databases.fresh() as url:
        yield url


@pytest.fixture(scope="module")
def api(databases: AnyDatabases) -> Iterator[Api]:
    """The running service, shared by a module's tests: each takes accounts of its own."""
    with databases.fresh() as url, serving(url) as served:
        yield served


@pytest.fixture
def fresh_api(database_url: str) -> Iterator[Api]:
    """The running service over a fresh database, for one test alone."""
    with serving(database_url) as served:
        yield served


@pytest.fixture
def somebody(api: Api) -> Iterator[Person]:
    """Somebody who has not signed in."""
    with Person(api) as found:
        yield found


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with providing() as found:
        yield found


@pytest.fixture
def company(database_url: str, provider: Provider) -> Iterator[Api]:
    """A service whose people sign in through the provider."""
    provider.tampered.clear()
    provider.told_apart.clear()
    with serving(database_url, clock=machine_clock(), signs_on=provider.signs_on) as served:
        yield served


@pytest.fixture
def colleague(company: Api, provider: Provider) -> Iterator[Colleague]:
    """Somebody who has an account with the provider, and is a lead."""
    provider.knows("sub-1", email="lead@example.com", email_verified=True, **LEAD)
    with Colleague(company, provider, "sub-1") as found:
        yield found
