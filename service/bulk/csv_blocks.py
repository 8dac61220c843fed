"""A CSV file, block by block: lines that stand by themselves are taken apart together, any other is read by itself."""

import re
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv

from service.bulk.entries import Layout, Piece, Texts

_BLOCK = 8 << 20
_QUOTE = b'"'


def csv_pieces(stream: BinaryIO, layout: Layout, ahead: list[bytes]) -> Iterator[Piece]:
    """The rows of a CSV file, in its order but for the rows that are read by themselves. No line is left out.

    The stream stands behind the header, and behind the lines that were read ``ahead`` of it.
    """
    line = layout.header_lines + 1
    apart = _Apart(layout)
    while lines := [*ahead, *_lines(stream)]:
        ahead = []
        yield from apart.pieces(lines, line, stream)
        line += len(lines)


def _lines(stream: BinaryIO) -> list[bytes]:
    """The next lines, with their ends; whatever follows the last of them begins a line."""
    return (stream.read(_BLOCK) + stream.readline()).splitlines(keepends=True)


class _Apart:
    """Takes lines apart."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._delimiter = layout.delimiter.encode()
        self._blank = b" \t\r\n" + self._delimiter
        plain, inside = rb'[^"%b\r\n]*' % re.escape(self._delimiter), rb'"(?:[^"\r\n]|"")*"'
        field = rb"(?:%b|%b)" % (inside, plain)
        others = rb"(?:%b%b){%d}" % (re.escape(self._delimiter), field, layout.width - 1)
        self._whole = re.compile(rb"%b%b(?:\r\n|\r|\n)?" % (field, others))
        names = [str(index) for index in range(layout.width)]
        used = {column.index: column.read_many is None for column in layout.columns}
        self._read = pyarrow.csv.ReadOptions(column_names=names, use_threads=False)
        self._parse = pyarrow.csv.ParseOptions(delimiter=layout.delimiter)
        coded = pa.dictionary(pa.int32(), pa.string())
        self._convert = pyarrow.csv.ConvertOptions(
            include_columns=[str(column.index) for column in layout.columns],
            column_types={str(index): coded if few else pa.string() for index, few in used.items()},
        )

    def pieces(self, lines: list[bytes], first: int, stream: BinaryIO) -> Iterator[Piece]:
        """The rows of some lines, of which the first has the number ``first``. Takes more where a record needs them."""
        ragged = self._ragged(lines)
        alone: set[int] = set()
        for place in ragged:
            if place in alone:
                continue
            entry, taken = self._record(lines, place, first, stream)
            alone.update(range(place, place + taken))
            if entry is not None:
                yield entry
        texts = self._together(lines, alone, first)
        if texts is not None:
            yield texts

    def _ragged(self, lines: list[bytes]) -> Iterator[int]:
        """The places of the lines that are no row by themselves. More lines may be added meanwhile."""
        sound, cells = _is_text(lines) * len(lines), self._layout.width - 1
        for place, line in enumerate(lines):
            if not line.strip(self._blank):
                whole = False
            elif _QUOTE in line:
                whole = self._whole.fullmatch(line) is not None
            else:
                whole = line.count(self._delimiter) == cells
            if not whole or not (place < sound or _is_text([line])):
                yield place

    def _record(self, lines: list[bytes], place: int, first: int, stream: BinaryIO) -> tuple[Piece | None, int]:
        if self._layout.of_lines is None:
            raise TypeError("A layout of CSV reads records from their lines")
        ahead = chain(lines[place:], self._further(lines, stream))
        decoded = (line.decode("utf-8", "surrogateescape") for line in ahead)
        return self._layout.of_lines(first + place, decoded)

    def _further(self, lines: list[bytes], stream: BinaryIO) -> Iterator[bytes]:
        while more := stream.readline().splitlines(keepends=True):
            lines += more
            yield from more

    def _together(self, lines: list[bytes], alone: set[int], first: int) -> Texts | None:
        places = range(len(lines)) if not alone else [place for place in range(len(lines)) if place not in alone]
        if not places:
            return None
        block = b"".join(lines if not alone else [lines[place] for place in places])
        self._read.block_size = len(block) + 1
        table = pyarrow.csv.read_csv(
            pa.py_buffer(block), read_options=self._read, parse_options=self._parse, convert_options=self._convert
        )
        if table.num_rows != len(places):
            raise ValueError(f"{len(places)} lines were taken apart into {table.num_rows} rows")
        columns = [table.column(place).combine_chunks() for place in range(table.num_columns)]
        return Texts(columns, pa.array([first + place for place in places], pa.int64()))


def _is_text(lines: list[bytes]) -> bool:
    try:
        b"".join(lines).decode()
    except UnicodeDecodeError:
        return False
    return True
