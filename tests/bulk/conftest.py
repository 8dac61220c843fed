from collections.abc import Iterator

import pytest

from service.bulk.engines.open import Engine
from tests.bulk.engines import NAMES, opened


@pytest.fixture(scope="module", params=NAMES)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    yield from opened(request.param, request)
