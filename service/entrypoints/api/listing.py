"""Lists, as they are answered: a page as JSON, or all of it line by line as NDJSON and CSV."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Generic, Protocol, TypeVar, get_type_hints
from uuid import UUID

import orjson
from fastapi import Request, Response

from service.domain.spreadsheets import neutralised
from service.entrypoints.api.accepting import CSV, JSON, NDJSON, VARY, accepted
from service.entrypoints.api.context import context_of
from service.entrypoints.api.exports import ExportResponse, Exports
from service.entrypoints.api.openapi.answers import Content, as_text
from service.entrypoints.api.paging import page, position
from service.entrypoints.views.encoding import to_json

T = TypeVar("T")
_CHUNK = 50
AS_LINES: Content = as_text(CSV, "list_csv") | as_text(NDJSON, "list_ndjson")
"""What a list is beside JSON."""


@dataclass(frozen=True, slots=True)
class Lines(Generic[T]):
    """How a list is written line by line: what stands in a line of NDJSON, and in each cell of CSV by its column."""

    name: str
    render: Callable[[T], object]
    cells: Mapping[str, Callable[[T], object]]

    def ndjson(self, chunks: Iterable[Sequence[T]]) -> Iterator[bytes]:
        """One item a line."""
        for chunk in chunks:
            yield b"".join(to_json(self.render(item)) + b"\n" for item in chunk)

    def csv(self, chunks: Iterable[Sequence[T]]) -> Iterator[bytes]:
        """One item a row, under a header, as RFC 4180 says."""
        yield _csv([tuple(self.cells)])
        for chunk in chunks:
            yield _csv([[cell_text(cell(item)) for cell in self.cells.values()] for item in chunk])


class FlatLines(Lines[T]):
    """The same, where a row has what JSON has: a cell for each member of the shape."""

    def __init__(self, name: str, render: Callable[[T], Mapping[str, Any]], shape: type) -> None:
        super().__init__(name, render, dict.fromkeys(get_type_hints(shape), str))

    def csv(self, chunks: Iterable[Sequence[T]]) -> Iterator[bytes]:
        """One item a row."""
        yield _csv([tuple(self.cells)])
        for chunk in chunks:
            bodies: list[dict[str, object]] = [orjson.loads(to_json(self.render(item))) for item in chunk]
            yield _csv([[cell_text(body[name]) for name in self.cells] for body in bodies])


def answered(
    request: Request, key: str, asked: "Paged", pages: Callable[[int, UUID | None], list[T]], listed: "Listed[T]"
) -> Response:
    """Answer a list as JSON, a page of it; as NDJSON or CSV all of it, or as much as the ``limit`` where one is stated.

    ``pages`` gives so many items from behind an identifier on.
    """
    media_type = accepted(request, f"{listed.lines.name.capitalize()} come", [NDJSON, CSV, JSON])
    before = position(asked.cursor)
    if media_type != JSON:
        chunks = _chunks(pages, listed.key, before, asked.limit if "limit" in request.query_params else None)
        return streamed(context_of(request).exports, key, media_type, chunks, listed.lines)
    found = pages(asked.limit + 1, before)
    body = listed.body(found[: asked.limit])
    answer = page(request, body, [listed.key(each) for each in found], asked.limit)
    answer.headers.update(VARY)
    return answer


class Paged(Protocol):
    """What a list is asked for beside what it holds."""

    limit: int
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """How a list is answered: line by line, as the ``body`` of a page, and by which ``key`` its items are ordered."""

    lines: Lines[T]
    body: Callable[[Sequence[T]], object]
    key: Callable[[T], UUID]


def _chunks(
    pages: Callable[[int, UUID | None], list[T]], key: Callable[[T], UUID], before: UUID | None, most: int | None
) -> Iterator[Sequence[T]]:
    left = most
    while left is None or left > 0:
        some = pages(_CHUNK if left is None else min(_CHUNK, left), before)
        if not some:
            return
        yield some
        before, left = key(some[-1]), None if left is None else left - len(some)


def streamed(exports: Exports, key: str, media_type: str, chunks: Iterator[Sequence[T]], lines: Lines[T]) -> Response:
    """Answer a whole list, a chunk at a time, as NDJSON or CSV."""
    exports.begin(key)
    try:
        # The first chunk is fetched here, so that a database that is away is still answered with a problem.
        first = next(chunks, ())
    except BaseException:
        exports.end(key)
        raise
    every = chain([first], chunks)
    if media_type == NDJSON:
        return ExportResponse(exports, key, lines.ndjson(every), NDJSON, VARY)
    headers = VARY | {"Content-Disposition": f'attachment; filename="{lines.name}.csv"'}
    return ExportResponse(exports, key, lines.csv(every), f"{CSV}; charset=utf-8; header=present", headers)


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([neutralised(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def cell_text(value: object) -> str:
    """A value as a cell: several texts are parted by semicolons, and what is no plain value is JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ";".join(value)
    return orjson.dumps(value).decode() if isinstance(value, list | dict) else str(value)
