from collections.abc import Iterator

import pytest

from tests.api import Api, serving
from tests.ledger.sealing import SIGNER
from tests.ledger.witness import OwnWitness


@pytest.fixture
def fresh_api(database_url: str) -> Iterator[Api]:
    """The running service over a fresh database of each kind, for one test alone."""
    with serving(database_url) as served:
        yield served


@pytest.fixture
def own() -> OwnWitness:
    return OwnWitness(str(SIGNER.key))
