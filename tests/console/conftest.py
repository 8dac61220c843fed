from collections.abc import Iterator

import pytest

from tests.api import Api, serving
from tests.console.provider import LEAD, Colleague, Provider, machine_clock, providing
from tests.console.visiting import Person
from tests.entrypoints.conftest import api, fresh_api

__all__ = ["api", "fresh_api"]


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
