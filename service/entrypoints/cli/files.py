"""Open what a command is given, a file or standard input, and find out which format it is in."""

import io
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, cast

import orjson

from service.crm.columns import UnusableTableError
from service.crm.csv_table import read_csv
from service.crm.payloads import printable
from service.entrypoints.cli.requests_in import RequestsIn, from_items, from_lines, from_table

STANDARD_INPUT = "-"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NOT_TEXT = {
    b"\xff\xfe": "UTF-16 text; save it as CSV UTF-8",
    b"\xfe\xff": "UTF-16 text; save it as CSV UTF-8",
    b"PK\x03\x04": "a workbook or an archive; save the sheet as CSV UTF-8",
    b"PAR1": "a Parquet file; export it as CSV",
    b"\x1f\x8b": "compressed; decompress it first",
}


class UnusableInputError(ValueError):
    """An input that nothing can be decided from. The message is a sentence for the person who gave it."""


@contextmanager
def opened(name: str) -> Iterator[io.BufferedReader]:
    """The bytes of a file, or of standard input for ``-``.

    Raises:
        UnusableInputError: there is no such file, or it cannot be read.
    """
    if name == STANDARD_INPUT:
        yield cast("io.BufferedReader", sys.stdin.buffer)
        return
    with ExitStack() as closing:
        try:
            file = closing.enter_context(Path(name).open("rb"))
        except OSError as error:
            raise UnusableInputError(f"{printable(name)} cannot be read: {error.strerror}") from error
        yield file


def size_of(name: str) -> int | None:
    """The size of a file in bytes, or None where it is not known beforehand."""
    path = Path(name)
    return path.stat().st_size if name != STANDARD_INPUT and path.is_file() else None


def requests_in(stream: io.BufferedReader, name: str) -> RequestsIn:
    """The requests of a file: CSV, JSON or newline-delimited JSON by its name, else by how it begins.

    Raises:
        UnusableInputError: the file is empty, or its format or its header cannot be understood.
    """
    beginning = stream.peek(1).removeprefix(BYTE_ORDER_MARK).lstrip()
    check_is_text(beginning)
    match Path(name).suffix.lower():
        case ".ndjson" | ".jsonl":
            return from_lines(_without_mark(stream))
        case ".json":
            return _from_json(stream)
        case ".csv" | ".tsv" | ".txt":
            return _from_csv(stream)
        case _:
            return _from_json(stream) if beginning.startswith((b"{", b"[")) else _from_csv(stream)


def check_is_text(beginning: bytes) -> None:
    """See that a file that begins so may be text.

    Raises:
        UnusableInputError: it is not.
    """
    for signature, kind in _NOT_TEXT.items():
        if beginning.startswith(signature):
            raise UnusableInputError(f"The input is {kind}")


def _from_csv(stream: io.BufferedReader) -> RequestsIn:
    # A byte that is not UTF-8 harms its own row alone: it becomes a lone surrogate, which no fact accepts.
    lines = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        return from_table(read_csv(lines))
    except UnusableTableError as error:
        raise UnusableInputError(str(error)) from error


def _from_json(stream: io.BufferedReader) -> RequestsIn:
    text = stream.read().removeprefix(BYTE_ORDER_MARK)
    if not text.strip():
        raise UnusableInputError("The input is empty")
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if _is_json(text.lstrip().partition(b"\n")[0]):
            return from_lines(text.splitlines())
        raise UnusableInputError(f"The input is not JSON: {error}") from error
    return from_items(_items(document))


def _items(document: Any) -> list[Any]:  # noqa: ANN401 - whatever JSON holds
    match document:
        case list():
            return document
        case {"items": list() as items, **others} if not others:
            return items
        case {"account": _}:
            return [document]
        case _:
            raise UnusableInputError('The JSON is neither a request, nor a list of requests, nor {"items": [...]}')


def _is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _without_mark(lines: io.BufferedReader) -> Iterator[bytes]:
    for number, line in enumerate(lines):
        yield line if number else line.removeprefix(BYTE_ORDER_MARK)
