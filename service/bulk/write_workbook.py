"""A table as a workbook (.xlsx) for people: written row by row, and no cell of it is run as a formula."""

from datetime import date, datetime
from math import isfinite
from pathlib import Path
from typing import Final

import pyarrow as pa
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from service.bulk.destination import UnusableOutputError
from service.domain.spreadsheets import neutralised

_MOST_ROWS: Final = 1_048_576
"""Of a sheet, the header among them."""
_LARGEST_EXACT: Final = 1e15


class WorkbookWriter:
    """Writes the rows of tables into one sheet, below their names."""

    def __init__(self, path: Path, columns: pa.Schema) -> None:
        self._path = path
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet("Decisions")
        self._sheet.freeze_panes = "C2"
        self._rows = 1
        headings = [WriteOnlyCell(self._sheet, neutralised(name)) for name in columns.names]
        for heading in headings:
            heading.font = Font(bold=True)
        self._sheet.append(headings)

    def write_table(self, table: pa.Table) -> None:
        """Write some more rows.

        Raises:
            UnusableOutputError: a sheet has no room for them.
        """
        self._rows += len(table)
        if self._rows > _MOST_ROWS:
            raise UnusableOutputError(f"A sheet has room for {_MOST_ROWS:,} rows; write a .parquet or a .csv file")
        for row in zip(*map(_values, table.columns), strict=True):
            self._sheet.append([*map(_cell, row)])

    def close(self) -> None:
        """Write the file."""
        self._book.save(self._path)


def _values(column: pa.ChunkedArray) -> list[object]:
    try:
        return column.to_pylist()  # type: ignore[no-any-return]  # values of Python
    except (ValueError, OverflowError):
        # A day or a moment that Python does not have.
        return column.cast(pa.string()).to_pylist()  # type: ignore[no-any-return]  # texts


def _cell(value: object) -> object:
    """A value as a sheet takes it: text that is no formula, and as text what it has no exact kind for."""
    match value:
        case str():
            return neutralised(ILLEGAL_CHARACTERS_RE.sub("\ufffd", value))
        case datetime() if value.tzinfo is not None:
            return value.isoformat()
        case float() if not isfinite(value):
            return str(value)
        case None | bool() | float() | date():
            return value
        case int() if abs(value) < _LARGEST_EXACT:
            return value
        case _:
            return str(value)
