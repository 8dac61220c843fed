"""A sheet of a workbook (.xlsx), block by block: its cells as text, to be read as those of any other table."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from itertools import count, islice
from typing import TYPE_CHECKING, BinaryIO, Final

import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from service.bulk.rows import Layout, Texts
from service.bulk.workbook_parts import CellErrors, UnusableWorkbookError, examine
from service.domain.rows import Row

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

_ROWS: Final = 16_384
_LARGEST_EXACT: Final = 1e15
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

    def rows(self, footer: int = 0) -> Iterator[tuple[int, list[str]]]:
        """The rows behind the header that have something in them, with their numbers; without the last of the sheet."""
        return ((number, [*map(_text, cells)]) for number, cells in self.cells(footer))

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
) -> Iterator[Texts]:
    """The rows of a sheet, in its order, by the numbers that a spreadsheet shows.

    ``read_cells`` reads one of them by itself, from its number and the text of its cells.
    """
    rows = sheet.rows(footer)
    while block := list(islice(rows, _ROWS)):
        cells = [pa.array([texts[column.index] for _, texts in block], pa.string()) for column in layout.columns]
        kept = [pa.array([texts[index] or None for _, texts in block], pa.string()) for index in layout.kept_at]
        numbers = pa.array([number for number, _ in block], pa.int64())
        yield Texts(cells, numbers, partial(_read_row, block, read_cells), kept)


def _read_row(block: list[tuple[int, list[str]]], read_cells: Callable[[int, Sequence[str]], Row], place: int) -> Row:
    return read_cells(*block[place])


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


def _text(cell: object) -> str:
    """A cell as the text that a CSV file would have: whole numbers without a point, days as 2022-03-15."""
    match cell:
        case bool():
            return str(cell).lower()
        case float() if cell.is_integer() and abs(cell) < _LARGEST_EXACT:
            return str(int(cell))
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case date() | time():
            return cell.isoformat()
        case _:
            return str(cell)
