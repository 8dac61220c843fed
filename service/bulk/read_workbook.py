"""A sheet of a workbook (.xlsx), block by block: its cells as text, to be read as those of any other table."""

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import partial
from itertools import count, islice
from typing import TYPE_CHECKING, BinaryIO, Final

import numpy as np
import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from service.bulk.rows import Layout, Piece, Texts
from service.bulk.workbook_parts import CellErrors, UnusableWorkbookError, examine
from service.domain.numbers import LARGEST_EXACT, Inexact, unmistakable
from service.domain.rows import RejectedRow, Row

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

_ROWS: Final = 16_384
_A: Final = ord("A")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet whose first row with something in it is the header, at ``header_row`` from 1; its names are ``names``.

    ``hidden`` are the names of sheets of the workbook that are not shown, and not read.
    """

    sheet: "CalamineSheet"
    name: str
    header_row: int
    names: tuple[str, ...]
    hidden: tuple[str, ...]
    errors: CellErrors

    def refuse_rows(self, footer: int) -> None:
        """Refuse to leave the last rows out where they are rows: those of a report's footer have one cell.

        Raises:
            UnusableWorkbookError: one of them has several.
        """
        last = (self.sheet.end or (0, 0))[0] + 1 - footer
        rows = _rows(self.sheet, self.errors)
        for number, cells in islice(rows, max(last, self.header_row), None) if footer else ():
            if sum(bool(_text(cell).strip()) for cell in cells) > 1:
                raise UnusableWorkbookError(
                    f"Row {number:,} has several cells, and so is no footer: --footer {footer} would leave rows out"
                )

    def rows(self, footer: int = 0, counts: Container[int] = ()) -> Iterator[tuple[int, list[str]]]:
        """The rows behind the header that have something in them, with their numbers; without the last of the sheet.

        ``counts`` are the columns, from 0, that state numbers.
        """
        return ((number, _texts(cells, counts)) for number, cells in self.cells(footer))

    def cells(self, footer: int = 0) -> Iterator[tuple[int, list[object]]]:
        """The same with the values of their cells. An error, such as #N/A, is the text that a spreadsheet shows."""
        last = (self.sheet.end or (0, 0))[0] + 1 - footer
        for number, cells in islice(_rows(self.sheet, self.errors), self.header_row, max(last, self.header_row)):
            if any(_text(cell).strip() for cell in cells):
                yield number, cells


def open_sheet(file: BinaryIO, wanted: str | None) -> Sheet:
    """The sheet of a workbook that has a name; without one, its only sheet that is shown.

    Raises:
        UnusableWorkbookError: there is no such sheet, several are shown, or cells of it are merged or without values.
    """
    parts = examine(file)
    file.seek(0)
    try:
        workbook = CalamineWorkbook.from_filelike(file)
        tables = [each for each in workbook.sheets_metadata if each.typ is SheetTypeEnum.WorkSheet]
        shown = [each.name for each in tables if each.visible is SheetVisibleEnum.Visible]
        name = _chosen(wanted, [each.name for each in tables], shown)
        sheet = workbook.get_sheet_by_name(name)
    except CalamineError as error:
        raise UnusableWorkbookError("The workbook is damaged; open it in a spreadsheet and save it anew") from error
    alone = parts[name].formulas_alone if name in parts else 0
    if alone:
        said = f"The sheet {name} has {alone:,} formulas without a value"
        raise UnusableWorkbookError(f"{said}; open the workbook in a spreadsheet and save it, which works them out")
    errors = parts[name].errors if name in parts else CellErrors()
    filled = ((row, cells) for row, cells in _rows(sheet, errors) if any(_text(cell).strip() for cell in cells))
    header_row, header = next(filled, (0, []))
    if not header:
        raise UnusableWorkbookError(f"The sheet {name} is empty: there is no header")
    _refuse_merged(sheet, header_row)
    hidden = tuple(each.name for each in tables if each.name not in shown)
    return Sheet(sheet, name, header_row, tuple(map(_text, header)), hidden, errors)


def _rows(sheet: "CalamineSheet", errors: CellErrors) -> Iterator[tuple[int, list[object]]]:
    """The rows of a sheet with their numbers. What reads it gives cells with an error as empty ones."""
    for number, row in zip(count(1), sheet.iter_rows(), strict=False):
        cells: list[object] = [*row]
        for column, error in errors.of_row(number):
            if column <= len(cells):
                cells[column - 1] = error
        yield number, cells


def read_workbook_blocks(
    sheet: Sheet, footer: int, layout: Layout, read_cells: Callable[[int, Sequence[str]], Row]
) -> Iterator[Piece]:
    """The rows of a sheet, in its order, by the numbers that a spreadsheet shows.

    ``read_cells`` reads one of them by itself, from its number and the text of its cells.
    """
    counts = frozenset(column.index for column in layout.columns if column.counts)
    rows = sheet.cells(footer)
    while block := list(islice(rows, _ROWS)):
        inexact = np.zeros(len(block), np.bool_)
        columns = []
        for column in layout.columns:
            texts = [_stated(cells[column.index], counts=column.counts) for _, cells in block]
            columns.append(pa.array(texts, pa.string()))
            if not column.counts:
                inexact |= np.fromiter((isinstance(text, Inexact) for text in texts), np.bool_, len(texts))
        kept = [pa.array([_along(cells[index]) for _, cells in block], pa.string()) for index in layout.kept_at]
        numbers = pa.array([number for number, _ in block], pa.int64())
        read_row = partial(_read_row, block, counts, layout.kept_at, read_cells)
        yield from Texts(columns, numbers, read_row, kept).apart(inexact)


def _read_row(
    block: list[tuple[int, list[object]]],
    counts: Container[int],
    kept_at: tuple[int, ...],
    read_cells: Callable[[int, Sequence[str]], Row],
    place: int,
) -> Row:
    number, cells = block[place]
    row = read_cells(number, _texts(cells, counts))
    if isinstance(row, RejectedRow) or not kept_at:
        return row
    return replace(row, kept=tuple(_along(cells[index]) for index in kept_at))


def _chosen(wanted: str | None, names: list[str], shown: list[str]) -> str:
    if wanted is None and len(shown) == 1:
        return shown[0]
    listed = ", ".join(f'"{name}"' for name in names)
    if wanted is None:
        raise UnusableWorkbookError(f"The workbook has several sheets: {listed}; say which with --sheet")
    if wanted not in names:
        raise UnusableWorkbookError(f'The workbook has no sheet "{wanted}", but {listed}')
    return wanted


def _refuse_merged(sheet: "CalamineSheet", header_row: int) -> None:
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if bottom + 1 >= header_row:
            cells = f"{_letters(left)}{top + 1} to {_letters(right)}{bottom + 1}"
            raise UnusableWorkbookError(
                f"The cells {cells} of the sheet {sheet.name} are merged, and only the first has the value: part them"
            )


def _letters(column: int) -> str:
    before, letter = divmod(column, 26)
    return (_letters(before - 1) if before else "") + chr(_A + letter)


def _texts(cells: list[object], counts: Container[int]) -> list[str]:
    return [_stated(cell, counts=index in counts) for index, cell in enumerate(cells)]


def _stated(cell: object, *, counts: bool) -> str:
    """A cell as it is read: a number that is one in the workbook is none whose point parts thousands."""
    return unmistakable(_text(cell)) if counts and isinstance(cell, float) else _text(cell)


def _along(cell: object) -> str | None:
    return str(_text(cell)) or None


def _text(cell: object) -> str:
    """A cell as the text that a CSV file would have: whole numbers without a point, days as 2022-03-15."""
    match cell:
        case bool():
            return str(cell).lower()
        case float() if abs(cell) >= LARGEST_EXACT:
            return Inexact(cell)
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case date() | time():
            return cell.isoformat()
        case _:
            return str(cell)
