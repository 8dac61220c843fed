"""The rows of a table as text, in blocks, and how their columns are read.

What the texts mean is not known here: whoever opens a file gives the readings, the same as for one row.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from service.bulk.rejected import ReadCells
from service.domain.rows import Row


@dataclass(frozen=True, slots=True)
class ReadCell:
    """What one text says: a value, or nothing known and a remark why. Unsound: the row is to be read by itself."""

    value: object = None
    remark: str | None = None
    sound: bool = True


UNSOUND = ReadCell(sound=False)
ReadMany: TypeAlias = Callable[[pa.Array], tuple[pa.Array, pa.Array]]
"""The values of many texts, and which of them are sound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextColumn:
    """A column in use: where it stands, its name in the file, and the column of facts that it states.

    ``place`` is where its fact stands in a request. ``fact`` is "" where no clause reads it, and the text is but to be
    sound. Each different text is read once by ``read``; where most differ, all are read at once by ``read_many``.
    ``counts``: its fact is a number.
    """

    index: int
    name: str
    place: tuple[str, ...]
    fact: str
    read: Callable[[str], ReadCell]
    read_many: ReadMany | None = None
    counts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The columns in use of a table, and how many columns it has in all.

    ``kept`` are columns that go along as they are, and ``kept_at`` says which they are in the table.
    """

    columns: tuple[TextColumn, ...] = ()
    width: int = 0
    kept: tuple[pa.Field, ...] = ()
    kept_at: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvLayout(Layout):
    """How a CSV file is read. ``read_record`` reads the record that begins with the first of some lines.

    It is given the line's number, and says how many lines the record takes; None for one without a word in it.
    """

    delimiter: str
    header_lines: int
    read_record: Callable[[int, Iterator[str]], tuple[Row | None, int]]


@dataclass(frozen=True, slots=True)
class Texts:
    """Some rows of a table, as text: an array for each column of the layout, and each row's number.

    ``read_row`` reads the row at a place among them by itself; None where there is not a word in it. ``kept`` are the
    columns that go along.
    """

    columns: list[pa.Array]
    numbers: pa.Array
    read_row: Callable[[int], Row | None]
    kept: Sequence[pa.Array] = ()

    def finder(self) -> Callable[[int], Row | None]:
        """What reads the row of a number by itself; None where it is none of these. It holds no more than it needs."""
        numbers, read_row = self.numbers, self.read_row

        def find(number: int) -> Row | None:
            place = pc.index(numbers, number).as_py()
            return None if place < 0 else read_row(place)

        return find

    def only(self, which: NDArray[np.bool_]) -> "Texts":
        """Some of the rows."""
        mask, places = pa.array(which), np.flatnonzero(which).tolist()
        columns, kept = ([column.filter(mask) for column in some] for some in (self.columns, self.kept))
        return Texts(columns, self.numbers.filter(mask), partial(self._read_at, places), kept)

    def apart(self, which: NDArray[np.bool_]) -> "Iterator[Piece]":
        """All of the rows, of which some are read by themselves."""
        if which.any():
            yield from self.rows(np.flatnonzero(which).tolist())
            yield self.only(~which)
        else:
            yield self

    def _read_at(self, places: list[int], place: int) -> Row | None:
        return self.read_row(places[place])

    def rows(self, places: Iterable[int]) -> Iterator[Row]:
        """The rows at some places, each read by itself."""
        return (row for row in map(self.read_row, places) if row is not None)


Piece: TypeAlias = Texts | Row
"""What a reader gives, in the order of the file: many rows as they stand, or one that was read by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table to be decided. ``column_at`` names the column of a pointer into a request.

    ``names`` are those of the cells of a row as it was, in an ``encoding``. ``read_cells`` reads these where rows come
    without them.
    """

    pieces: Iterator[Piece]
    layout: Layout
    column_at: Callable[[str], str]
    names: Sequence[str] = ()
    encoding: str = "utf-8"
    read_cells: ReadCells | None = None

    def rows(self) -> Iterator[Row]:
        """Every row, read by itself."""
        for piece in self.pieces:
            if isinstance(piece, Texts):
                yield from piece.rows(range(len(piece.numbers)))
            else:
                yield piece
