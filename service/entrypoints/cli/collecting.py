"""Python's search for cycles of garbage, held back while millions of rows go by that have none."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_EVERY = 64


@contextmanager
def rare_collections(moved: Callable[[], None]) -> Iterator[Callable[[], None]]:
    """Look for cycles but now and then: once in many calls of what is given, which calls ``moved`` each time.

    Left to itself, the search walks through all that is loaded every few thousand rows, for a third of the time.
    """
    calls = 0

    def counted() -> None:
        nonlocal calls
        calls += 1
        if calls % _EVERY == 0:
            gc.collect()
        moved()

    gc.disable()
    try:
        yield counted
    finally:
        gc.enable()
