"""What a table comes from: a file, standard input, or a table of a database. Each can be read twice."""

import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from service.bulk.text import PACKED
from service.crm.payloads import printable

STANDARD_INPUT = "-"
_DATABASE = "postgresql://"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_BEGINNING = 4_096


class UnusableInputError(ValueError):
    """An input that nothing can be decided from. The message is a sentence for the person who gave it."""


def is_in_a_database(name: str) -> bool:
    """Whether a name is that of a table of a database."""
    return name.startswith(_DATABASE) and "#" in name


def title_of(name: str) -> str:
    """How a source is called where it is named later: without the folders that it stands in, or how it was reached."""
    if is_in_a_database(name):
        return f"table {name.rpartition('#')[2]}"
    return "standard input" if name == STANDARD_INPUT else Path(name).name


def suffix_of(name: str) -> str:
    """What a file's name says that it holds, packed or not; nothing where it is no file's name."""
    return "" if is_in_a_database(name) else Path(name.lower().removesuffix(".gz")).suffix


@contextmanager
def open_source(name: str, counts: Callable[[Sequence[str]], Container[str]]) -> Iterator[BinaryIO]:
    """The bytes of a file, of standard input for ``-``, or of a table as CSV. What cannot be read twice is spooled.

    ``counts`` says which of the columns of a table, by their names, state numbers.

    Raises:
        UnusableInputError: it cannot be read.
    """
    if is_in_a_database(name):
        with _rows_of(name, counts) as rows, _spooled(rows) as file:
            yield file
    elif name == STANDARD_INPUT:
        with _spooled(sys.stdin.buffer) as file:
            yield file
    elif "://" in name:  # it may have a password, which is not for a message
        raise UnusableInputError(f"A table of a database is named as {_DATABASE}USER:PASSWORD@HOST/NAME#SCHEMA.TABLE")
    else:
        with _opened(name) as file:
            yield file


def size_of(file: BinaryIO) -> int:
    """How many bytes a source has."""
    return os.fstat(file.fileno()).st_size


def beginning_of(file: BinaryIO) -> bytes:
    """How a source begins."""
    file.seek(0)
    beginning = file.read(_BEGINNING)
    file.seek(0)
    return beginning


def refuse_unreadable(beginning: bytes, encoding: str | None) -> None:
    """Refuse what begins as no table does, and say what to do about it.

    Raises:
        UnusableInputError: it is text in UTF-16 of which nobody said so, a workbook of old, or no table at all.
    """
    if beginning.startswith(_OLD_WORKBOOK):
        raise UnusableInputError("The input is a workbook of old, or has a password; save it as .xlsx without one")
    packed = beginning.startswith(PACKED)
    if encoding is None and not packed and (beginning.startswith(_UTF_16) or b"\x00" in beginning):
        every_other = max(beginning[first::2].count(0) for first in (0, 1))
        if not beginning.startswith(_UTF_16) and every_other < len(beginning) // 8:
            raise UnusableInputError("The input is no table: it is neither text nor Parquet nor a workbook")
        raise UnusableInputError("The input looks like UTF-16; say so with --encoding utf-16, or save it as UTF-8")


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    with ExitStack() as closing:
        try:
            file = closing.enter_context(Path(name).open("rb"))
        except OSError as error:
            raise UnusableInputError(f"{printable(name)} cannot be read: {error.strerror}") from error
        yield file if file.seekable() else closing.enter_context(_spooled(file))


@contextmanager
def _rows_of(name: str, counts: Callable[[Sequence[str]], Container[str]]) -> Iterator[io.BufferedReader]:
    from service.bulk.read_table import UnusableSourceError, open_rows  # noqa: PLC0415 - a driver, for this alone

    try:
        with open_rows(name, counts) as stream:
            yield stream
    except UnusableSourceError as error:
        raise UnusableInputError(str(error)) from error


@contextmanager
def _spooled(stream: BinaryIO | io.BufferedReader) -> Iterator[BinaryIO]:
    with tempfile.TemporaryFile(prefix="chalkline-") as file:
        try:
            shutil.copyfileobj(stream, file, 1 << 20)
        except OSError as error:
            raise UnusableInputError(f"The input cannot be read: {error.strerror}") from error
        file.seek(0)
        yield file
