"""Read on while what was read is worked on, and work on several pieces at once, in threads."""

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

_Piece = TypeVar("_Piece")
_Done = TypeVar("_Done")


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


def side_by_side(work: Callable[[_Piece], _Done], pieces: Iterator[_Piece], threads: int) -> Generator[_Done]:
    """What the work makes of the pieces, in their order, so many of them under way at once.

    Whatever the work raises is raised where its result is asked for.
    """
    with ThreadPoolExecutor(threads, thread_name_prefix="side-by-side") as pool:
        under_way: deque[Future[_Done]] = deque()
        for piece in pieces:
            under_way.append(pool.submit(work, piece))
            if len(under_way) > threads:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
