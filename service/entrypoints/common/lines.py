"""Lists as they are streamed, line by line: NDJSON and CSV."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Generic, TypeVar, get_type_hints

import orjson
from fastapi import Response

from service.domain.spreadsheets import neutralised
from service.entrypoints.common.accepting import CSV, NDJSON, VARY
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.exports import ExportResponse, Exports

T = TypeVar("T")


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
