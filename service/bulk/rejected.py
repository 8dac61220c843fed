"""The file of rejected rows: each as it was, behind its line and the reasons, in the order of the table."""

import codecs
import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heappop, heappush, merge
from itertools import tee
from operator import itemgetter
from pathlib import Path
from typing import Final, TextIO, TypeAlias

from service.domain.rows import REJECTED, Fault, RejectedRow
from service.domain.spreadsheets import neutralised, protected

ReadCells: TypeAlias = Callable[[Iterator[int]], Iterator[Sequence[str]]]
"""Reads the cells of rows anew, by their numbers, which rise."""
_Kept: TypeAlias = tuple[int, str, Sequence[str]]
_AS_IT_WAS: Final = "chalkline-as-it-was"
_WAITING = 2_000
"""Rows in memory; those of a block come in some disorder, and seldom more of them."""


class RejectedOut:
    """The file, which is there only if there are such rows.

    It can be mended and read again: the cells of a row are behind two columns that no reader takes for facts, and what
    is put before a cell so that no spreadsheet runs it is taken away by the reader. ``names`` are those of the cells,
    and ``encoding`` is what the table was in. Where rows come without cells, ``read_cells`` reads them in the end.
    """

    def __init__(self, path: Path, names: Sequence[str], encoding: str, read_cells: ReadCells | None = None) -> None:
        self._path = path
        self._encoding = encoding
        self._read_cells = read_cells
        # Rows that were rejected before have these columns already: the new reasons take the place of the old ones.
        self._ours = 2 if tuple(map(str.casefold, names[:2])) in REJECTED else 0
        theirs = names[self._ours :]
        taken = {name.casefold() for name in theirs}
        ours = next((pair for pair in REJECTED if not taken.intersection(pair)), REJECTED[-1])
        self._header = [*ours, *map(protected, theirs)]
        self._rows = _InOrder(path)

    def write(self, row: RejectedRow) -> None:
        """Write a row, and what is wrong with it."""
        reasons = "; ".join(map(_said, row.faults))
        self._rows.add((row.number, reasons, tuple(row.cells) if self._read_cells is None else ()))

    def close(self, *, whole: bool) -> None:
        """Leave the file whole where it is to be, or none where no row was rejected."""
        rows = self._rows.sorted() if whole else iter(())
        self._rows.close()
        first = next(rows, None)
        if first is None:
            return
        # A byte that is no text stays what it was, so that it is not taken for text when it is read again.
        with self._path.open("w", newline="", encoding=self._encoding, errors=_AS_IT_WAS) as file:
            lines = csv.writer(file)
            lines.writerow(self._header)
            for number, reasons, cells in self._with_cells(_before(first, rows)):
                lines.writerow([number, neutralised(reasons), *map(protected, cells[self._ours :])])

    def _with_cells(self, rows: Iterator[_Kept]) -> Iterator[_Kept]:
        if self._read_cells is None:
            yield from rows
            return
        rows, again = tee(rows)
        for (number, reasons, _), cells in zip(rows, self._read_cells(number for number, *_ in again), strict=True):
            yield number, reasons, cells


class _InOrder:
    """Rows that come nearly in order, put in order. What does not fit into memory goes into files beside ``path``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: list[_Kept] = []
        self._files: list[Path] = []
        self._file: TextIO | None = None
        self._written = 0

    def add(self, row: _Kept) -> None:
        heappush(self._waiting, row)
        if len(self._waiting) > _WAITING:
            self._write(heappop(self._waiting))

    def sorted(self) -> Iterator[_Kept]:
        """All rows, once it is closed."""
        in_memory = (heappop(self._waiting) for _ in range(len(self._waiting)))
        return merge(*map(_read, self._files), in_memory, key=itemgetter(0))

    def _write(self, row: _Kept) -> None:
        if self._file is None or row[0] < self._written:
            self.close()
            self._files.append(self._path.with_name(f"{self._path.name}.{len(self._files)}"))
            self._file = self._files[-1].open("w", encoding="ascii")
        self._file.write(json.dumps(row) + "\n")
        self._written = row[0]

    def close(self) -> None:
        """End the file that is being written, if any is."""
        if self._file is not None:
            self._file.close()


def _bytes_or_escapes(error: UnicodeError) -> tuple[str | bytes, int]:
    """Bytes that were no text as they were, and what the encoding has no letter for, as of a reason, as an escape."""
    try:
        return codecs.lookup_error("surrogateescape")(error)
    except UnicodeError:
        return codecs.lookup_error("backslashreplace")(error)


codecs.register_error(_AS_IT_WAS, _bytes_or_escapes)


def _read(file: Path) -> Iterator[_Kept]:
    with file.open(encoding="ascii") as lines:
        for line in lines:
            number, reasons, cells = json.loads(line)
            yield number, reasons, cells


def _before(first: _Kept, rows: Iterable[_Kept]) -> Iterator[_Kept]:
    yield first
    yield from rows


def _said(fault: Fault) -> str:
    return fault.reason if fault.field is None else f"{fault.field}: {fault.reason}"
