"""What is in a workbook, found out before it is opened: how large it is in truth, and what of a sheet has no value.

A workbook is an archive. What it says of its own sizes is not believed: each part is unpacked once, without keeping it.
"""

import re
import struct
import zipfile
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from posixpath import join, normpath
from typing import BinaryIO, Final

from lxml import etree

from service.bulk.text import UnreadableInputError

_MOST_PARTS: Final = 2_000
_LARGEST: Final = 1 << 30
_LARGEST_TABLE_OF_CONTENTS: Final = 1 << 20
_MOST_CELLS: Final = 25_000_000
_PIECE: Final = 1 << 20
_LONGEST_CELL: Final = 1 << 17
_HEADER = struct.Struct("<26xHH")
_CELL = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^>]*(?<!/)>')
_FORMULA_ALONE = re.compile(rb"<f(?:>[^<]*</f>|[^>]*>[^<]*</f>|[^>]*/>)\s*(?:<v>\s*</v>|<v\s*/>)?\s*</c>")
_CELL_TAG = re.compile(rb"<(?:\w+:)?c\s([^<>]*)>")
_IS_ERROR = re.compile(rb"""\bt\s*=\s*(?:"e"|'e')""")
_WHERE_IT_IS = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["']""")
_ERROR = re.compile(rb"<(?:\w+:)?v\b[^<>]*>([^<>]{1,40})<")
_MOST_WORDS: Final = 16
_COLUMN_BITS: Final = 15
_COLUMN_MASK: Final = (1 << _COLUMN_BITS) - 1
_SHEETS: Final = "xl/workbook.xml"
_WHERE: Final = "xl/_rels/workbook.xml.rels"
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class UnusableWorkbookError(UnreadableInputError):
    """A workbook that nothing is read from."""


@dataclass(frozen=True, slots=True)
class SheetParts:
    """What stands in a sheet: formulas that nobody has worked out, and errors in place of values."""

    formulas_alone: int
    errors: "CellErrors"


class CellErrors:
    """The cells of a sheet that hold an error, such as #N/A: eight bytes for each, however many there are."""

    def __init__(self) -> None:
        self._cells = array("Q")
        self._words: list[str] = []

    def add(self, row: int, column: int, word: str) -> None:
        """Note a cell, by its row and its column from 1."""
        if word not in self._words and len(self._words) < _MOST_WORDS:
            self._words.append(word)
        place = self._words.index(word) if word in self._words else _MOST_WORDS - 1
        self._cells.append((row << _COLUMN_BITS | column) * _MOST_WORDS + place)

    def sort(self) -> None:
        """Put them in order, once all are there, to be asked for."""
        if any(one > other for one, other in pairwise(self._cells)):
            self._cells = array("Q", sorted(self._cells))

    def of_row(self, row: int) -> Iterator[tuple[int, str]]:
        """The columns, from 1, of the cells of a row, and what stands in each."""
        place = bisect_left(self._cells, (row << _COLUMN_BITS) * _MOST_WORDS)
        while place < len(self._cells):
            cell, word = divmod(self._cells[place], _MOST_WORDS)
            if cell >> _COLUMN_BITS != row:
                return
            yield cell & _COLUMN_MASK, self._words[word]
            place += 1


def examine(file: BinaryIO) -> dict[str, SheetParts]:
    """The sheets of a workbook by their names, in its order. Reads the whole file once, in bounded memory.

    Raises:
        UnusableWorkbookError: it is none, is damaged, or is larger unpacked than any that people work with.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            return _examine(archive, file)
    except (zipfile.BadZipFile, zlib.error, struct.error, etree.XMLSyntaxError, NotImplementedError) as error:
        raise UnusableWorkbookError("The workbook is damaged; open it in a spreadsheet and save it anew") from error


def _examine(archive: zipfile.ZipFile, file: BinaryIO) -> dict[str, SheetParts]:
    parts = {part.filename: part for part in archive.infolist()}
    if _SHEETS not in parts or _WHERE not in parts:
        raise UnusableWorkbookError("The input is an archive and no workbook; bring the table itself")
    if len(parts) > _MOST_PARTS or len(archive.infolist()) != len(parts):
        raise UnusableWorkbookError("The workbook has more parts than any that people work with")
    paths = _paths(*(_contents(_unpacked(file, parts[name])) for name in (_SHEETS, _WHERE)))
    found: dict[str, SheetParts] = {}
    left = _LARGEST
    for name, part in parts.items():
        sheets = [sheet for sheet, path in paths.items() if path == name]
        examined = _Examined(sheets[0] if sheets else name)
        for piece in _unpacked(file, part):
            left -= len(piece)
            if left < 0:
                size = f"{_LARGEST >> 30} GB"
                raise UnusableWorkbookError(f"The workbook has more than {size} unpacked; save the sheet as CSV")
            if sheets:
                examined.add(piece)
        examined.errors.sort()
        found |= {sheet: SheetParts(examined.formulas_alone, examined.errors) for sheet in sheets}
    return {sheet: found[sheet] for sheet in paths if sheet in found}


class _Examined:
    """Looks at the text of a sheet, piece by piece: how far its cells reach, and which have an error or no value."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._rest = b""
        self._columns, self._rows = 0, 0
        self.formulas_alone = 0
        self.errors = CellErrors()

    def add(self, piece: bytes) -> None:
        text = self._rest + piece
        # A cell that goes on behind the piece is looked at with the next.
        ending = next((each for each in (b"</c>", b":c>") if each in text), None)
        if ending is None and len(text) < _LONGEST_CELL:
            self._rest = text
            return
        end = 0 if ending is None else text.rfind(ending) + len(ending)
        whole, self._rest = text[:end], text[end:][-_LONGEST_CELL:]
        cells = _CELL.findall(whole)
        if cells:
            self._columns = max(self._columns, *map(_number_of, {letters for letters, _ in cells}))
            self._rows = max(self._rows, int(cells[-1][1]))
        self.formulas_alone += len(_FORMULA_ALONE.findall(whole))
        if b'"e"' in whole or b"'e'" in whole:
            self._note_errors(whole)
        if self._columns * self._rows > _MOST_CELLS:
            reach = f"{self._columns:,} columns and {self._rows:,} rows"
            raise UnusableWorkbookError(
                f"The sheet {self._name} reaches over {reach}; delete what stands beside the table, or save it as CSV"
            )

    def _note_errors(self, text: bytes) -> None:
        tags = [*_CELL_TAG.finditer(text)]
        for tag, following in zip_longest(tags, tags[1:]):
            if not _IS_ERROR.search(tag[1]):
                continue
            error = _ERROR.search(text, tag.end(), len(text) if following is None else following.start())
            where = _WHERE_IT_IS.search(tag[1])
            if error is not None and where is None:
                said = f"The sheet {self._name} has errors in cells, such as {error[1].decode(errors='replace')}"
                raise UnusableWorkbookError(f"{said}, and does not say in which; save it in a spreadsheet anew")
            if error is not None and where is not None:
                self.errors.add(int(where[2]), _number_of(where[1]), error[1].decode(errors="replace"))


def _number_of(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _unpacked(file: BinaryIO, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """What is in a part, piece by piece, however much it says that it has."""
    file.seek(part.header_offset)
    name, extra = _HEADER.unpack(file.read(_HEADER.size))
    file.seek(name + extra, 1)
    left = part.compress_size
    if part.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} or part.flag_bits & 1:
        raise zipfile.BadZipFile
    inflate = zlib.decompressobj(-zlib.MAX_WBITS) if part.compress_type == zipfile.ZIP_DEFLATED else None
    while left and (packed := file.read(min(left, _PIECE))):
        left -= len(packed)
        if inflate is None:
            yield packed
        while inflate is not None and packed and not inflate.eof:
            yield inflate.decompress(packed, _PIECE)
            packed = inflate.unconsumed_tail


def _contents(pieces: Iterator[bytes]) -> etree._Element:
    text = b""
    for piece in pieces:
        text += piece
        if len(text) > _LARGEST_TABLE_OF_CONTENTS:
            raise UnusableWorkbookError("The workbook has more sheets than any that people work with")
    if b"<!DOCTYPE" in text:
        raise zipfile.BadZipFile
    return etree.fromstring(text, etree.XMLParser(resolve_entities=False, no_network=True))


def _paths(sheets: etree._Element, where: etree._Element) -> dict[str, str]:
    """Where the sheets stand in the archive, by their names."""
    targets = {each.get("Id", ""): each.get("Target", "") for each in where}
    found = ((each.get("name", ""), targets.get(each.get(_ID, ""), "")) for each in sheets.iterfind(".//{*}sheet"))
    return {name: target.lstrip("/") if target[:1] == "/" else normpath(join("xl", target)) for name, target in found}
