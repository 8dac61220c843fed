"""A CSV file, from its lines to the rows of a table: any usual delimiter, and no row lost to a broken one."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from service.crm.columns import Columns, UnusableTableError, known_columns, understand_header
from service.crm.mapping import SALESFORCE, FieldMapping
from service.crm.rows import Fault, FaultyRow, StatedRow, read_row

_DELIMITERS = (",", ";", "\t", "|")
_LONGEST_HEADER = 100_000


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A table: its columns, and its rows as they are read, in the order of the file."""

    columns: Columns
    rows: Iterator[StatedRow | FaultyRow]


@dataclass(frozen=True, slots=True)
class CsvLayout:
    """How a CSV file is laid out: its columns, its delimiter, and how many lines its header ends after."""

    columns: Columns
    delimiter: str
    header_lines: int


def read_layout(lines: Iterable[str], mapping: FieldMapping = SALESFORCE) -> CsvLayout:
    """Understand the header of a CSV file, from its first lines.

    Raises:
        UnusableTableError: there is no header, or it cannot be understood.
    """
    layout, _ = _opened(_NumberedLines(lines), mapping)
    return layout


def read_csv(lines: Iterable[str], mapping: FieldMapping = SALESFORCE) -> CsvTable:
    """Read a table from the lines of a CSV file, each with its line end. Empty lines are passed over.

    Raises:
        UnusableTableError: there is no header, or it cannot be understood.
    """
    layout, records = _opened(_NumberedLines(lines), mapping)
    return CsvTable(layout.columns, _rows(layout.columns, records))


def read_next(layout: CsvLayout, row: int, lines: Iterable[str]) -> tuple[StatedRow | FaultyRow | None, int]:
    """The record that begins with the first of the lines, which is line ``row``, and how many lines it takes.

    None for a record without a word in it. A record that cannot be read as CSV takes one line.
    """
    reader = csv.reader(lines, delimiter=layout.delimiter, strict=True)
    try:
        cells = next(reader)
    except csv.Error as error:
        return _broken(row, error), 1
    return (read_row(layout.columns, row, cells) if any(cell.strip() for cell in cells) else None), reader.line_num


def _opened(numbered: "_NumberedLines", mapping: FieldMapping) -> tuple[CsvLayout, "_Records"]:
    delimiter = _delimiter(numbered, mapping)
    records = _records(numbered, delimiter)
    match next(records, None):
        case None:
            raise UnusableTableError("The file is empty: there is no header")
        case FaultyRow() as broken:
            raise UnusableTableError(f"The header (line {broken.row}) {broken.faults[0].reason}")
        case (_, header):
            columns = understand_header(header, mapping)
    return CsvLayout(columns, delimiter, numbered.number), records


_Records: TypeAlias = Iterator[tuple[int, list[str]] | FaultyRow]


def _rows(columns: Columns, records: _Records) -> Iterator[StatedRow | FaultyRow]:
    for record in records:
        if isinstance(record, FaultyRow):
            yield record
        else:
            row, cells = record
            yield read_row(columns, row, cells)


def _broken(row: int, error: csv.Error) -> FaultyRow:
    reason = f"cannot be read as CSV: {error}; is a quotation mark not closed?"
    return FaultyRow(row=row, account_id=None, name=None, faults=(Fault(row, None, reason),))


class _NumberedLines:
    """The lines of a file, which can be given back: what a record swallowed is read anew when it proves broken."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._waiting: deque[str] = deque()
        self._taken: list[str] = []
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else next(self._lines)
        self.number += 1
        self._taken.append(line)
        return line

    def settle(self) -> None:
        """What was taken is read."""
        self._taken.clear()

    def give_back(self, *, keep: int) -> None:
        """Give back what was taken since it last settled, but for the first lines."""
        back = self._taken[keep:]
        self._waiting.extendleft(reversed(back))
        self.number -= len(back)
        self._taken.clear()


def _records(lines: _NumberedLines, delimiter: str) -> _Records:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.settle()
        row = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.give_back(keep=1)
            # After an unexpected end the reader holds on to what it swallowed.
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            yield _broken(row, error)
            continue
        if any(cell.strip() for cell in cells):
            yield row, cells


def _delimiter(lines: _NumberedLines, mapping: FieldMapping) -> str:
    """The delimiter by which the header makes most sense, or the one that Excel's own first line names."""
    for line in lines:
        announced = line.rstrip("\r\n").casefold().removeprefix("sep=")
        if announced in _DELIMITERS:
            lines.settle()
            return announced
        if line.strip():
            lines.give_back(keep=0)
            start = line[:_LONGEST_HEADER]
            return max(_DELIMITERS, key=lambda delimiter: _sense(start, delimiter, mapping))
    return _DELIMITERS[0]


def _sense(line: str, delimiter: str, mapping: FieldMapping) -> tuple[int, int]:
    header = next(csv.reader([line], delimiter=delimiter))
    return known_columns(header, mapping), len(header)
