"""What there are many of, line by line: as NDJSON, or as CSV."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, TypeVar, get_type_hints

import orjson

from service.domain.spreadsheets import neutralised
from service.entrypoints.common.encoding import to_json

T = TypeVar("T")
_CHUNK = 500


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
        yield from map(self._rows, chunks)

    def written(self, write: Callable[[bytes], object], *, as_csv: bool) -> Callable[[Iterable[T]], None]:
        """What writes the items that it is given, a few at a time, as they are reached; a header stands before them."""
        if as_csv:
            write(_csv([tuple(self.cells)]))

        def add(items: Iterable[T]) -> None:
            rest = iter(items)
            while some := list(islice(rest, _CHUNK)):
                write(self._rows(some) if as_csv else b"".join(self.ndjson([some])))

        return add

    def _rows(self, chunk: Sequence[T]) -> bytes:
        return _csv([[cell_text(cell(item)) for cell in self.cells.values()] for item in chunk])


class FlatLines(Lines[T]):
    """The same, where a row has what JSON has: a cell for each member of the shape."""

    def __init__(self, name: str, render: Callable[[T], Mapping[str, Any]], shape: type) -> None:
        super().__init__(name, render, dict.fromkeys(get_type_hints(shape), str))

    def _rows(self, chunk: Sequence[T]) -> bytes:
        bodies: list[dict[str, object]] = [orjson.loads(to_json(self.render(item))) for item in chunk]
        return _csv([[cell_text(body[name]) for name in self.cells] for body in bodies])


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
