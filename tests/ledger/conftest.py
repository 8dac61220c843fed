import pytest

from tests.entrypoints.conftest import api, fresh_api
from tests.ledger.sealing import SIGNER
from tests.ledger.witness import OwnWitness

__all__ = ["api", "fresh_api", "own"]


@pytest.fixture
def own() -> OwnWitness:
    return OwnWitness(str(SIGNER.key))
