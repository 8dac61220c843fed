"""The two releases that bringing accounts together lies between."""

import pytest

from tests.application import Clock
from tests.inbox.conftest import NOW
from tests.one_account.releases import Releases


@pytest.fixture
def releases(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Releases:
    return Releases(database_url, monkeypatch, Clock(NOW))
