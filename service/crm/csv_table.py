"""A CSV file, from its lines to the rows of a table: any usual delimiter, and no row lost to a broken one."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

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


def read_csv(lines: Iterable[str], mapping: FieldMapping = SALESFORCE) -> CsvTable:
    """Read a table from the lines of a CSV file, each with its line end. Empty lines are passed over.

    Raises:
        UnusableTableError: there is no header, or it cannot be understood.
    """
    numbered = _NumberedLines(lines)
    delimiter = _delimiter(numbered, mapping)
    records = _records(numbered, delimiter)
    match next(records, None):
        case None:
            raise UnusableTableError("The file is empty: there is no header")
        case FaultyRow() as broken:
            raise UnusableTableError(f"The header (line {broken.row}) {broken.faults[0].reason}")
        case (_, header):
            columns = understand_header(header, mapping)
    return CsvTable(columns, _rows(columns, records))


def _rows(columns: Columns, records: Iterator[tuple[int, list[str]] | FaultyRow]) -> Iterator[StatedRow | FaultyRow]:
    for record in records:
        if isinstance(record, FaultyRow):
            yield record
        else:
            row, cells = record
            yield read_row(columns, row, cells)


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


def _records(lines: _NumberedLines, delimiter: str) -> Iterator[tuple[int, list[str]] | FaultyRow]:
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
            reason = f"cannot be read as CSV: {error}; is a quotation mark not closed?"
            yield FaultyRow(row=row, account_id=None, name=None, faults=(Fault(row, None, reason),))
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
