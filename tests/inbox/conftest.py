from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.api import serving
from tests.application import INBOUND, Clock
from tests.databases import PostgresDatabases, SqliteDatabases
from tests.inbox.client import Crm
from tests.inbox.messages import CLIENT_SECRET, ORGANIZATION, PUBLIC_URL, SECRET

NOW = datetime(2022, 3, 15, 8, 30, tzinfo=UTC)
SET_UP = replace(
    INBOUND,
    organization_id=ORGANIZATION,
    secrets=(SECRET,),
    hubspot_secrets=(CLIENT_SECRET,),
    public_url=PUBLIC_URL,
)


@contextmanager
def _before_a_service(url: str) -> Iterator[Crm]:
    with serving(url, clock=Clock(NOW), inbound=SET_UP) as api:
        yield Crm(api)


@pytest.fixture
def crm(database_url: str) -> Iterator[Crm]:
    """A CRM before a service of its own, on the day of the worked examples, over a database of each kind."""
    with _before_a_service(database_url) as crm:
        yield crm


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared(request: pytest.FixtureRequest) -> Iterator[Crm]:
    """The same, shared by a module's tests: each takes accounts of its own, or records nothing."""
    name = "sqlite_databases" if request.param == "sqlite" else "postgres"
    databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(name)
    with databases.fresh() as url, _before_a_service(url) as crm:
        yield crm
