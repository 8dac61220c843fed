"""Show how far a long file has been read, on standard error, and only to a person."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

_Item = TypeVar("_Item")
_EVERY = 500
_CALLS_A_COLLECTION = 64


def watched(items: Iterator[_Item], stream: BinaryIO, size: int | None, *, quiet: bool) -> Iterator[_Item]:
    """Pass the items on, showing the part of the stream's bytes that is read. ``size`` None: the end is not known."""
    with progress(stream, size, quiet=quiet) as moved:
        for number, item in enumerate(items):
            if number % _EVERY == 0:
                moved()
            yield item


@contextmanager
def progress(stream: BinaryIO, size: int | None, *, quiet: bool = False) -> Iterator[Callable[[], None]]:
    """Show how far a stream has been read each time that what is given is called. ``size`` as above."""
    with counted("bytes", size, quiet=quiet) as count:
        yield lambda: None if size is None else count(stream.tell(), size)


@contextmanager
def counted(noun: str, total: int | None = None, *, quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Show how many things are done, of how many, each time that what is given is told."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.completed:,.0f} {task.description}"), BarColumn(), TaskProgressColumn())
    disable = quiet or not console.is_terminal
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True, disable=disable) as bar:
        task = bar.add_task(noun, total=total)
        yield lambda done, of: bar.update(task, completed=done, total=of)


@contextmanager
def rare_collections(moved: Callable[[], None]) -> Iterator[Callable[[], None]]:
    """Search for cycles of garbage but now and then: once in many calls of what is given, which calls ``moved``.

    Left to itself, the search walks through all that is loaded every few thousand rows, which have no cycles, for a
    third of the time.
    """
    calls = 0

    def counted() -> None:
        nonlocal calls
        calls += 1
        if calls % _CALLS_A_COLLECTION == 0:
            gc.collect()
        moved()

    gc.disable()
    try:
        yield counted
    finally:
        gc.enable()
