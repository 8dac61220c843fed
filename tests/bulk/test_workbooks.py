"""Workbooks are read as their CSV would be; one that would mislead, or is out of bounds, is refused with a sentence."""

import io
import json
import re
import struct
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from service.bulk import workbook_parts
from service.bulk.read_workbook import open_sheet
from service.bulk.workbook_parts import UnusableWorkbookError
from tests.bulk.test_command import bulk
from tests.bulk.workbooks import workbook

HEADER = ["Id", "Max Family Employees", "Created Date", "First Order Available", "LinkedIn Employees"]
ROW = ["001A", 640, date(2021, 6, 1), True, "201-500"]


def rewritten(file: io.BytesIO, part: str, change: Callable[[str], str]) -> io.BytesIO:
    """The workbook with another text of one part."""
    changed = io.BytesIO()
    with zipfile.ZipFile(file) as before, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as after:
        for each in before.infolist():
            text = before.read(each)
            after.writestr(each.filename, change(text.decode()) if each.filename == part else text)
    return changed


def test_cells_are_the_text_that_csv_would_have() -> None:
    other: list[object] = ["001B", 640.5, datetime.fromisoformat("2021-06-01T08:30"), False, 12.0]
    sheet = open_sheet(workbook([], HEADER, [None] * 5, ROW, other), None)
    assert (sheet.name, sheet.header_row, sheet.names) == ("Accounts", 1 + 1, tuple(HEADER))
    assert list(sheet.rows()) == [
        (4, ["001A", "640", "2021-06-01", "true", "201-500"]),
        (5, ["001B", "640.5", "2021-06-01T08:30:00", "false", "12"]),
    ]
    assert [number for number, _ in sheet.rows(footer=1)] == [4]


def _add(name: str, state: str) -> Callable[[openpyxl.Workbook], None]:
    def add(book: openpyxl.Workbook) -> None:
        book.create_sheet(name).sheet_state = state

    return add


def test_the_only_sheet_that_is_shown_is_read_and_hidden_ones_are_named() -> None:
    book = workbook(HEADER, ROW, change=_add("Old accounts", "hidden"))
    sheet = open_sheet(book, None)
    assert (sheet.name, sheet.hidden) == ("Accounts", ("Old accounts",))
    assert open_sheet(workbook(HEADER, change=_add("Other", "visible")), "Accounts").names == tuple(HEADER)


def _merged(book: openpyxl.Workbook) -> None:
    book["Accounts"].merge_cells("B2:B3")


def _far_away(book: openpyxl.Workbook) -> None:
    book["Accounts"]["XFD1048576"] = 1


def _by_what_it_says(value: object) -> str:
    return value if isinstance(value, str) else ""


@pytest.mark.parametrize(
    ("book", "sheet", "says"),
    [
        (workbook(), None, "The sheet Accounts is empty: there is no header"),
        (workbook(HEADER, ["001A", "=600+40"]), None, "1 formulas without a value"),
        (workbook(HEADER, ROW, ROW, change=_merged), None, "The cells B2 to B3 .* are merged"),
        (workbook(HEADER, ROW, change=_add("Other", "visible")), None, "several sheets: .* say which with --sheet"),
        (workbook(HEADER, ROW), "Nope", 'no sheet "Nope", but "Accounts"'),
        (workbook(HEADER, ROW, change=_far_away), None, "reaches over 16,384 columns and 1,048,576 rows"),
        (io.BytesIO(b"PK\x03\x04nonsense"), None, "damaged"),
        (rewritten(workbook(HEADER), "xl/workbook.xml", lambda text: text[:200]), None, "damaged"),
        (
            rewritten(workbook(HEADER), "xl/workbook.xml", lambda text: f'<!DOCTYPE x [<!ENTITY a "b">]>{text}'),
            None,
            "damaged",
        ),
        (
            rewritten(workbook(HEADER), "xl/workbook.xml", lambda text: text + " " * (2 << 20)),
            None,
            "more sheets than any",
        ),
    ],
    ids=_by_what_it_says,
)
def test_a_workbook_that_would_mislead_is_refused_with_a_sentence(
    book: io.BytesIO, sheet: str | None, says: str
) -> None:
    with pytest.raises(UnusableWorkbookError, match=says):
        open_sheet(book, sheet)


def test_an_archive_that_is_no_workbook_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("accounts.csv", "id\n1\n")
    with pytest.raises(UnusableWorkbookError, match="an archive and no workbook"):
        open_sheet(file, None)


def test_a_bomb_is_refused_whatever_it_says_of_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_parts, "_LARGEST", 4 << 20)
    bomb = rewritten(workbook(HEADER, ROW), "xl/styles.xml", lambda text: text + " " * (5 << 20))
    with zipfile.ZipFile(bomb) as archive:
        size = struct.pack("<I", archive.getinfo("xl/styles.xml").file_size)
    lying = io.BytesIO(bomb.getvalue().replace(size, struct.pack("<I", 100)))
    for file in (bomb, lying):
        with pytest.raises(UnusableWorkbookError, match="more than 0 GB unpacked"):
            open_sheet(file, None)


def test_empty_rows_to_the_end_of_the_sheet_are_no_rows() -> None:
    def styled(text: str) -> str:
        empty = "".join(f'<row r="{number}"><c r="A{number}" s="1"/></row>' for number in range(3, 1_048_577, 500))
        return text.replace("</sheetData>", f'{empty}<row r="1048576"><c r="Z1048576" s="1"/></row></sheetData>')

    book = rewritten(workbook(HEADER, ROW), "xl/worksheets/sheet1.xml", styled)
    assert [number for number, _ in open_sheet(book, None).rows()] == [2]


FAULTY = ["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"]


def test_a_cell_with_an_error_is_the_text_that_a_spreadsheet_shows_and_no_empty_one() -> None:
    book = workbook(HEADER, *([f"a{place}", error, None, None, None] for place, error in enumerate(FAULTY)), ["b"])
    rows = [texts for _, texts in open_sheet(book, None).rows()]
    assert [texts[1] for texts in rows] == [*FAULTY, ""]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: re.sub(r'<c r="(\w+)" t="e">', r"<c  t = 'e' s='0' r='\1' >", text),
        lambda text: re.sub("<v>#REF!", "<f>A1/0</f><v xml:space='preserve'>#REF!", text),
        lambda text: re.sub(r"(</?)(?=[a-z])", r"\1x:", text).replace("<x:worksheet xmlns", "<x:worksheet xmlns:x"),
    ],
    ids=["attributes", "formula", "prefix"],
)
def test_an_error_is_found_however_its_cell_is_written(change: Callable[[str], str]) -> None:
    book = workbook(HEADER, ["a", 1, None, None, None], ["b", "#REF!", "2021-06-01", "true", "1"])
    book = rewritten(book, "xl/worksheets/sheet1.xml", change)
    assert [texts[1] for _, texts in open_sheet(book, None).rows()] == ["1", "#REF!"]


def test_errors_of_which_nobody_knows_the_cell_are_refused() -> None:
    book = workbook(HEADER, ["b", "#REF!", None, None, None])
    book = rewritten(book, "xl/worksheets/sheet1.xml", lambda text: re.sub(r'<c r="\w+" t="e"', '<c t="e"', text))
    with pytest.raises(UnusableWorkbookError, match="errors in cells, such as #REF!, and does not say in which"):
        open_sheet(book, None)


def test_a_row_with_an_error_is_rejected_as_the_same_text_in_csv_is(tmp_path: Path) -> None:
    header: list[object] = ["id", "crm_segment", "customer", "datafox_employees", "crm_created_on"]
    rows: list[list[object]] = [
        ["a", "MM", "#REF!", 1, None],
        ["b", "MM", None, "#N/A", None],
        ["c", "MM", None, None, "#DIV/0!"],
    ]
    rows += [["d", "#NAME?", None, 1, None], ["#N/A", "MM", None, 1, None]]
    book, text = tmp_path / "accounts.xlsx", tmp_path / "accounts.csv"
    book.write_bytes(workbook(header, *rows).getvalue())
    text.write_text(
        "".join(",".join("" if cell is None else str(cell) for cell in row) + "\n" for row in [header, *rows])
    )
    told = {file: json.loads(bulk(file, "--out", tmp_path / "out.csv", "--json").stdout) for file in (book, text)}
    assert told[book]["rejected"] == 4
    assert [told[book][name] for name in ("rejected_for", "unknown_values")] == [
        told[text][name] for name in ("rejected_for", "unknown_values")
    ]


@pytest.mark.parametrize("prefix", ["", "x:"])
def test_errors_are_found_wherever_the_pieces_of_a_sheet_end(monkeypatch: pytest.MonkeyPatch, prefix: str) -> None:
    def change(text: str) -> str:
        return re.sub(r"(</?)(?=[a-z])", rf"\1{prefix}", text).replace(
            f"<{prefix}worksheet xmlns=", f"<{prefix}worksheet xmlns{prefix and ':x'}="
        )

    rows = [[f"a{place}", FAULTY[place % len(FAULTY)], None, None, None] for place in range(60)]
    book = rewritten(workbook(HEADER, *rows), "xl/worksheets/sheet1.xml", change)
    for piece in (100, 333, 1_000):
        monkeypatch.setattr(workbook_parts, "_PIECE", piece)
        assert [texts[1] for _, texts in open_sheet(book, None).rows()] == [row[1] for row in rows]
