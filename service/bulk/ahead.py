"""Read on while what was read is worked on: the next piece is got ready in a thread of its own."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

_Piece = TypeVar("_Piece")


def ahead(pieces: Iterator[_Piece]) -> Iterator[_Piece]:
    """The pieces, in their order, one of them always got ready before it is asked for.

    Whatever getting one ready raises is raised where it is asked for.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        following: Future[list[_Piece]] = thread.submit(_next, pieces)
        while piece := following.result():
            following = thread.submit(_next, pieces)
            yield piece[0]


def _next(pieces: Iterator[_Piece]) -> list[_Piece]:
    return list(islice(pieces, 1))
