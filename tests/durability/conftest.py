import gc
import warnings
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _connections_that_were_cut_are_left_to_the_collector() -> Iterator[None]:
    """What is killed on purpose leaves sockets that nobody closes; no other test is to answer for them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield
        gc.collect()
