from collections.abc import Iterator

import pytest

from service.bulk.engines.open import Engine, open_engine
from tests.bulk.engines import NAMES, opened
from tests.bulk.once import put_into_sql_once

put_into_sql_once()


@pytest.fixture(scope="module", params=NAMES)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    yield from opened(request.param, request)


@pytest.fixture(scope="module")
def duckdb() -> Iterator[Engine]:
    engine = open_engine("duckdb")
    yield engine
    engine.close()
