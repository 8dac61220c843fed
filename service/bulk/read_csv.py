"""A CSV file, block by block: lines that are records by themselves are taken apart together, any other on its own.

Arrow takes lines apart many times faster than Python's reader of CSV, but gives up a whole block for one broken line.
So it is given only what it reads as Python would; which lines those are is found out first, without reading them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from service.bulk.rows import CsvLayout, Piece, Texts
from service.domain.rows import Row

_BLOCK = 2 << 20
"""Bytes. Of larger ones fewer rows fill what is read ahead, and memory grows up to there."""
_QUOTE, _LINE_END = b'"', ord("\n")


def read_csv_blocks(stream: BinaryIO, layout: CsvLayout, ahead: list[bytes]) -> Iterator[Piece]:
    """The rows of a CSV file, in its order but for the rows that are read by themselves. No line is left out.

    The stream stands behind the header, and behind the lines that were read ``ahead`` of it.
    """
    line = layout.header_lines + 1
    apart = _Apart(layout)
    # Up to the end of a line, so that no line is parted between two blocks. A record may be, which then takes what it
    # needs of the lines that follow.
    while block := b"".join(ahead) + stream.read(_BLOCK) + stream.readline():
        ahead = []
        texts = apart.at_once(block, line)
        if texts is not None:
            yield texts
            line += len(texts.numbers)
        else:
            lines = block.splitlines(keepends=True)
            yield from apart.pieces(lines, line, stream)
            line += len(lines)


class _Apart:
    """Takes lines apart: a whole block at once, or what is left of it without the lines that are read on their own."""

    def __init__(self, layout: CsvLayout) -> None:
        self._layout = layout
        self._delimiter = layout.delimiter.encode()
        self._blank = b" \t\r\n" + self._delimiter
        # A line with quotation marks that is a record all the same: each of its cells is quoted from end to end, or has
        # none. With a mark anywhere else, Python's reader decides what was meant.
        delimiter = re.escape(self._delimiter)
        field = rb'(?:"(?:[^"\r\n]|"")*"|[^"%b\r\n]*)' % delimiter
        self._whole = re.compile(rb"%b(?:%b%b){%d}(?:\r\n|\r|\n)?" % (field, delimiter, field, layout.width - 1))
        self._read = pyarrow.csv.ReadOptions(
            column_names=[str(index) for index in range(layout.width)], use_threads=False
        )
        self._parse = pyarrow.csv.ParseOptions(delimiter=layout.delimiter)
        few = pa.dictionary(pa.int32(), pa.string())
        kinds = {str(index): pa.string() for index in layout.kept_at}
        kinds |= {str(column.index): few if column.read_many is None else pa.string() for column in layout.columns}
        self._convert = pyarrow.csv.ConvertOptions(include_columns=list(kinds), column_types=kinds)

    def at_once(self, block: bytes, first: int) -> Texts | None:
        """The rows of a block of lines, of which the first has the number ``first``; None where they are not plain.

        Plain are lines without quotation marks, all of the same number of cells.
        """
        # A carriage return by itself ends a line for Python, and not for Arrow.
        if _QUOTE in block or (b"\r" in block and block.count(b"\r") != block.count(b"\r\n")):
            return None
        try:
            table = self._table(block)
        except pa.ArrowInvalid:
            return None
        # Counted by numpy, which looks at many bytes at once.
        ends = int(np.count_nonzero(np.frombuffer(block, np.uint8) == _LINE_END))
        number = ends + (not block.endswith(b"\n"))
        # An empty line is no row to Arrow: where there is one, the numbers of the lines behind it would be wrong.
        return self._texts(table, block, range(first, first + number)) if len(table) == number else None

    def pieces(self, lines: list[bytes], first: int, stream: BinaryIO) -> Iterator[Piece]:
        """The rows of some lines, of which the first has the number ``first``. Takes more where a record needs them."""
        alone: set[int] = set()
        for place in self._ragged(lines):
            # A record of several lines has taken those behind it.
            if place in alone:
                continue
            if not lines[place].strip(self._blank):
                # There is no word in it, nor a quotation mark: it is no row, and the beginning of none.
                alone.add(place)
            else:
                row, taken = self._record(_from(place, lines, stream), first + place)
                alone.update(range(place, place + taken))
                if row is not None:
                    yield row
        places = [place for place in range(len(lines)) if place not in alone]
        if places:
            block = b"".join([lines[place] for place in places])
            yield self._texts(self._table(block), block, [first + place for place in places])

    def _ragged(self, lines: list[bytes]) -> Iterator[int]:
        """The places of the lines that are no row by themselves. More lines may be added meanwhile."""
        # Up to here every line is known to be UTF-8: all of those at hand or, where one is not, none. The lines that a
        # record adds at the end come later, and are looked at one by one.
        sound = len(lines) if _is_text(lines) else 0
        cells = self._layout.width - 1
        for place, line in enumerate(lines):
            if not line.strip(self._blank):
                whole = False
            elif _QUOTE in line:
                whole = self._whole.fullmatch(line) is not None
            else:
                whole = line.count(self._delimiter) == cells
            if not whole or not (place < sound or _is_text([line])):
                yield place

    def _record(self, lines: Iterable[bytes], number: int) -> tuple[Row | None, int]:
        return self._layout.read_record(number, (line.decode("utf-8", "surrogateescape") for line in lines))

    def _texts(self, table: pa.Table, block: bytes, numbers: Sequence[int]) -> Texts:
        if len(table) != len(numbers):
            raise ValueError(f"{len(numbers)} lines were taken apart into {len(table)} rows")
        array = pa.arange(numbers.start, numbers.stop) if isinstance(numbers, range) else pa.array(numbers, pa.int64())
        lines: list[bytes] = []

        def read_row(place: int) -> Row | None:
            if not lines:
                lines.extend(block.splitlines(keepends=True))
            return self._record(lines[place : place + 1], numbers[place])[0]

        columns = [table[str(column.index)].combine_chunks() for column in self._layout.columns]
        return Texts(columns, array, read_row, [_kept(table[str(index)]) for index in self._layout.kept_at])

    def _table(self, block: bytes) -> pa.Table:
        # One block to Arrow too, so that each column comes in one piece.
        self._read.block_size = len(block) + 1
        return pyarrow.csv.read_csv(
            pa.py_buffer(block), read_options=self._read, parse_options=self._parse, convert_options=self._convert
        )


def _kept(column: pa.ChunkedArray) -> pa.Array:
    """A column as it was; an empty cell has nothing in it."""
    texts = column.combine_chunks().cast(pa.string())
    return pc.if_else(pc.equal(texts, ""), None, texts)


def _from(place: int, lines: list[bytes], stream: BinaryIO) -> Iterator[bytes]:
    """The lines at hand from a place on, and those behind them, which are added to them."""
    for each in range(place, len(lines)):
        yield lines[each]
    while more := stream.readline().splitlines(keepends=True):
        lines += more
        yield from more


def _is_text(lines: list[bytes]) -> bool:
    try:
        b"".join(lines).decode()
    except UnicodeDecodeError:
        return False
    return True
