"""Workbooks to be read, as a spreadsheet writes them."""

import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import openpyxl


def workbook(*rows: Sequence[object], change: Callable[[openpyxl.Workbook], object] = lambda _: None) -> io.BytesIO:
    """A workbook of one sheet. A text that begins with = is a formula."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Accounts"
    for row in rows:
        sheet.append(row)
    change(book)
    file = io.BytesIO()
    book.save(file)
    return file


def write_workbook(file: Path, rows: Iterable[Sequence[object]]) -> Path:
    """The same as a file, in which every text is one, and no formula."""

    def without_formulas(book: openpyxl.Workbook) -> None:
        for cells in book["Accounts"].iter_rows():
            for cell in cells:
                if isinstance(cell.value, str):
                    cell.data_type = "s"

    file.write_bytes(workbook(*rows, change=without_formulas).getvalue())
    return file
