from collections.abc import Iterator

import pytest

from tests.api import Api
from tests.console.visiting import Person
from tests.entrypoints.conftest import api, fresh_api

__all__ = ["api", "fresh_api"]


@pytest.fixture
def somebody(api: Api) -> Iterator[Person]:
    """Somebody who has not signed in."""
    with Person(api) as found:
        yield found
