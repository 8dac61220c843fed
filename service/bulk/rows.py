"""What a row of a table comes to, read by itself, and how the columns of a table are read at once.

What the texts mean is not known here: whoever opens a file gives the readings, the same as for one row.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

import pyarrow as pa

from service.domain.facts import Facts


@dataclass(frozen=True, slots=True)
class Remark:
    """A value that the rules do not know, so that its fact is taken as unknown."""

    column: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A row that states facts. ``row`` is its line in the file, or its position where it has no lines."""

    row: int
    facts: Facts
    effective_on: date | None = None
    dedup_requested_by: str | None = None
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A row that is not decided, with each column and what is wrong there; None for the row as a whole."""

    row: int
    account_id: str | None
    faults: tuple[tuple[str | None, str], ...]


Entry: TypeAlias = Stated | Rejected


@dataclass(frozen=True, slots=True)
class Cell:
    """What one text says: a value, or nothing known and a remark why. Unsound: the row is to be read by itself."""

    value: object = None
    remark: str | None = None
    sound: bool = True


UNSOUND = Cell(sound=False)
ReadMany: TypeAlias = Callable[[pa.Array], tuple[pa.Array, pa.Array]]
"""The values of many texts, and which of them are sound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextColumn:
    """A column in use: where it stands, its name in the file, and the column of facts that it states.

    ``place`` is where its fact stands in a request. ``fact`` is "" where no clause reads it, and the text is but to be
    sound. Each different text is read once by ``read``; where most differ, all are read at once by ``read_many``.
    """

    index: int
    name: str
    place: tuple[str, ...]
    fact: str
    read: Callable[[str], Cell]
    read_many: ReadMany | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the rows of a table are read: column by column, or one by itself, from its cells."""

    columns: tuple[TextColumn, ...]
    width: int
    of_cells: Callable[[int, Sequence[str]], Entry]


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvLayout(Layout):
    """How a CSV file is read. ``of_lines`` reads the record that begins with the first of some lines.

    It says how many lines the record takes, and gives None for one without a word in it.
    """

    delimiter: str
    header_lines: int
    of_lines: Callable[[int, Iterator[str]], tuple[Entry | None, int]]


@dataclass(frozen=True, slots=True)
class Texts:
    """Some rows of a table, as text: an array for each column of the layout, and each row's line in the file.

    ``alone`` reads the row at a place among them by itself; None where there is not a word in it.
    """

    columns: list[pa.Array]
    rows: pa.Array
    alone: Callable[[int], Entry | None]

    def each(self) -> Iterator[Entry]:
        """Every row, read by itself."""
        for place in range(len(self.rows)):
            entry = self.alone(place)
            if entry is not None:
                yield entry


Piece: TypeAlias = Texts | Entry
"""What a reader gives, in the order of the file: many rows as they stand, or one that was read by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table to be decided. ``column_at`` names the column of a pointer into a request."""

    pieces: Iterator[Piece]
    layout: Layout
    column_at: Callable[[str], str]
