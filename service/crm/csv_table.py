"""A CSV file, from its lines to the rows of a table: any usual delimiter, and no row lost to a broken one."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from service.crm.columns import TableColumns, UnusableTableError, known_columns, understand_header
from service.crm.record_mapping import RecordMapping
from service.crm.rows import UncheckedRow, read_row
from service.domain.rows import Fault, RejectedRow
from service.domain.spreadsheets import restored

_DELIMITERS = (",", ";", "\t", "|")
_LONGEST_HEADER = 100_000


@dataclass(frozen=True, slots=True)
class CsvHeader:
    """The header of a CSV file: its columns, its delimiter, and after how many lines it ends."""

    columns: TableColumns
    delimiter: str
    lines: int


def read_header(lines: Iterator[str], mapping: RecordMapping, keep: Sequence[str] = ()) -> CsvHeader:
    """Understand the header of a CSV file, from its first lines, each with its line end. No more of them is taken.

    ``keep`` as in ``understand_header``.

    Raises:
        UnusableTableError: there is no header, or it cannot be understood.
    """
    taken = _Lines(lines)
    delimiter = _delimiter(taken, mapping)
    reader = csv.reader(taken, delimiter=delimiter, strict=True)
    begins, names = 0, list[str]()
    try:
        while not any(map(str.strip, names)):
            begins = taken.number + 1
            names = next(reader)
    except StopIteration:
        raise UnusableTableError("The file is empty: there is no header") from None
    except csv.Error as error:
        raise UnusableTableError(f"The header (line {begins}) {_broken(error)}") from None
    columns = understand_header([*map(restored, names)], mapping, keep)
    return CsvHeader(columns, delimiter, taken.number)


def read_rows(header: CsvHeader, lines: Iterable[str]) -> Iterator[UncheckedRow | RejectedRow]:
    """The rows of a CSV file, from the lines behind its header, in their order. Empty lines are passed over.

    A record that cannot be read as CSV costs its first line alone.
    """
    waiting = _Lines(lines, header.lines)
    while True:
        row, taken = read_next(header, waiting.number + 1, waiting)
        if not taken:
            return
        waiting.give_back(keep=taken)
        if row is not None:
            yield row


def read_next(header: CsvHeader, number: int, lines: Iterable[str]) -> tuple[UncheckedRow | RejectedRow | None, int]:
    """The record that begins with the first of the lines, which has the number, and how many lines it takes.

    None for a record without a word in it; it takes no line where there is none. A record that cannot be read as CSV
    takes one.
    """
    lines = iter(lines)
    first = next(lines, None)
    if first is None:
        return None, 0
    reader = csv.reader(chain((first,), lines), delimiter=header.delimiter, strict=True)
    try:
        cells = next(reader)
    except csv.Error as error:
        faults = (Fault(field=None, reason=_broken(error)),)
        return RejectedRow(number=number, account_id=None, faults=faults, cells=(first.rstrip("\r\n"),)), 1
    if header.columns.again:
        cells = [restored(cell) for cell in cells]
    row = read_row(header.columns, number, cells) if any(cell.strip() for cell in cells) else None
    return row, reader.line_num


def _broken(error: csv.Error) -> str:
    return f"cannot be read as CSV: {error}; is a quotation mark not closed?"


class _Lines:
    """The lines of a file, which can be given back: what a record swallowed is read anew when it proves broken."""

    def __init__(self, lines: Iterable[str], number: int = 0) -> None:
        self._lines = iter(lines)
        self._waiting: deque[str] = deque()
        self._taken: list[str] = []
        self.number = number

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else next(self._lines)
        self.number += 1
        self._taken.append(line)
        return line

    def give_back(self, *, keep: int) -> None:
        """Give back what was taken since the last time, but for the first lines."""
        back = self._taken[keep:]
        self._waiting.extendleft(reversed(back))
        self.number -= len(back)
        self._taken.clear()


def _delimiter(lines: _Lines, mapping: RecordMapping) -> str:
    """The delimiter by which the header makes most sense, or the one that Excel's own first line names."""
    for line in lines:
        announced = line.rstrip("\r\n").casefold().removeprefix("sep=")
        if announced in _DELIMITERS:
            return announced
        if line.strip():
            lines.give_back(keep=0)
            start = line[:_LONGEST_HEADER]
            return max(_DELIMITERS, key=lambda delimiter: _sense(start, delimiter, mapping))
    return _DELIMITERS[0]


def _sense(line: str, delimiter: str, mapping: RecordMapping) -> tuple[int, int]:
    names = next(csv.reader([line], delimiter=delimiter))
    return known_columns(names, mapping), len(names)
