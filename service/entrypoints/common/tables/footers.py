"""Lines at the end of a file that look like the footer of a report: named, and not passed over unasked."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from service.bulk.text import LineCount
from service.crm.columns import UnusableTableError
from service.crm.csv_table import CsvHeader
from service.crm.payloads import quoted
from service.domain.rows import RejectedRow, Row

if TYPE_CHECKING:
    from service.bulk.rows import Piece

_LONGEST: Final = 100


@dataclass(slots=True)
class Footer:
    """Notices while a table is read which rows at its end have other cells than the header; ``lines`` counts them all.

    A report's footer has few lines: of many more broken ones at the end nothing is said. What was left out as a footer
    has other cells than the ``header``, too: else it was rows.
    """

    lines: LineCount
    header: CsvHeader
    _last_whole: int = 0
    _ragged: deque[int] = field(default_factory=lambda: deque(maxlen=_LONGEST + 1))

    def rows(self, rows: Iterator[Row]) -> Iterator[Row]:
        """The rows, as they are.

        Raises:
            UnusableTableError: in the end, where rows were left out as a footer.
        """
        for row in rows:
            self._notice(row)
            yield row
        self._refuse_rows()

    def pieces(self, pieces: "Iterator[Piece]") -> "Iterator[Piece]":
        """The same, of rows in blocks."""
        from service.bulk.rows import Texts  # noqa: PLC0415 - of tables that are read in blocks

        for piece in pieces:
            if isinstance(piece, Texts):
                self._last_whole = max(self._last_whole, piece.numbers[-1].as_py() if len(piece.numbers) else 0)
            else:
                self._notice(piece)
            yield piece
        self._refuse_rows()

    def _refuse_rows(self) -> None:
        width = self.header.columns.width
        for line in self.lines.footer:
            cells = self._cells(line.decode("utf-8", "replace"))
            if 1 < width == len(cells) and any(map(str.strip, cells)):
                raise UnusableTableError(
                    f"The line {quoted(self.header.delimiter.join(cells))} has as many cells as the header, and so is "
                    f"no footer: --footer {len(self.lines.footer)} would leave rows out"
                )

    def _cells(self, line: str) -> list[str]:
        """The cells of a line by itself: a quotation mark that is never closed takes no other line with it."""
        try:
            return next(csv.reader([line], delimiter=self.header.delimiter), [])
        except csv.Error:
            return line.split(self.header.delimiter)

    @property
    def length(self) -> int:
        """How many lines at the end look like a footer, once everything was read."""
        at_the_end = [number for number in self._ragged if number > self._last_whole]
        return self.lines.number - min(at_the_end) + 1 if 0 < len(at_the_end) <= _LONGEST else 0

    def _notice(self, row: Row) -> None:
        if isinstance(row, RejectedRow) and any(fault.field is None for fault in row.faults):
            self._ragged.append(row.number)
        else:
            self._last_whole = max(self._last_whole, row.number)
