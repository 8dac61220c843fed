"""The two releases that a migration lies between."""

import pytest
from sqlalchemy import text

from service.store.engine import connect_engine
from tests.api import Clock
from tests.inbox.conftest import NOW
from tests.one_account.releases import BEFORE, Releases


@pytest.fixture
def releases(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Releases:
    engine = connect_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :before"), {"before": BEFORE})
    engine.dispose()
    return Releases(database_url, monkeypatch, Clock(NOW))
