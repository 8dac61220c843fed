"""Show how far a long file has been read, on standard error, and only to a person."""

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

_Item = TypeVar("_Item")
_EVERY = 500


def watched(items: Iterator[_Item], stream: io.BufferedReader, size: int | None, *, quiet: bool) -> Iterator[_Item]:
    """Pass the items on, showing the part of the stream's bytes that is read. ``size`` None: the end is not known."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.completed:,.0f} bytes"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as progress:
        task = progress.add_task("", total=size)
        for number, item in enumerate(items):
            if number % _EVERY == 0 and size is not None:
                progress.update(task, completed=stream.tell())
            yield item


@contextmanager
def progress(stream: BinaryIO, size: int | None) -> Iterator[Callable[[], None]]:
    """Show how far a stream has been read each time that what is given is called. ``size`` as above."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.completed:,.0f} bytes"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=size)
        yield lambda: None if size is None else bar.update(task, completed=stream.tell())


@contextmanager
def counted(noun: str) -> Iterator[Callable[[int, int], None]]:
    """Show how many things are done, of how many, each time that what is given is told."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.completed:,.0f} {task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(
        *columns, TimeRemainingColumn(), console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(noun, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def prints_to_a_terminal() -> bool:
    """Whether what is printed scrolls by already, so that a progress bar would tear it."""
    return sys.stdout.isatty()
