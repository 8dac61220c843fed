"""Open a table that a command is given: CSV, Parquet, JSON or newline-delimited JSON, or a table of a database."""

import io
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import orjson

from service.crm.columns import JSON, NotedColumns, TableColumns, UnusableTableError, understand_header
from service.crm.csv_table import read_header, read_rows
from service.crm.facts_by_name import PLAIN_NAMES
from service.crm.mapping import FieldMapping
from service.crm.payloads import printable
from service.crm.record_mapping import RecordMapping
from service.domain.policies import Policies
from service.domain.rows import Row
from service.entrypoints.cli.rows_in import JsonRows, check_row, flat_cells
from service.entrypoints.common.strict_json import Place, keys_given_twice

if TYPE_CHECKING:
    from service.bulk.rows import Table

STANDARD_INPUT = "-"
_DATABASE = "postgresql://"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NOT_TEXT = {
    b"\xff\xfe": "UTF-16 text; save it as CSV UTF-8",
    b"\xfe\xff": "UTF-16 text; save it as CSV UTF-8",
    b"PK\x03\x04": "a workbook or an archive; save the sheet as CSV UTF-8",
    b"PAR1": "a Parquet file; name it so, with the ending .parquet",
    b"\x1f\x8b": "compressed; decompress it first",
}


class UnusableInputError(ValueError):
    """An input that nothing can be decided from. The message is a sentence for the person who gave it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableIn:
    """A table, which can be read once: row by row in its order, or in blocks of many rows, which is faster.

    ``noted`` are the columns that state nothing, those of rows that were read by then. ``row_noun`` says what the
    numbers of rows count, and ``column_at`` names the column of a pointer into a request. It is read from ``stream``,
    of ``size`` bytes; None where that is not known.
    """

    columns: TableColumns
    noted: NotedColumns
    row_noun: str
    column_at: Callable[[str], str]
    rows: Iterator[Row]
    in_blocks: Callable[[], "Table"]
    stream: io.BufferedReader
    size: int | None


@contextmanager
def open_table(
    name: str, on: date, policies: Policies, mapping: FieldMapping, *, strict: bool = False, keep: Sequence[str] = ()
) -> Iterator[TableIn]:
    """The table of a file, of standard input for ``-``, or of a database; ``on`` is the day of rows that name none.

    The columns ``keep`` go along with what is decided.

    Raises:
        UnusableInputError: it cannot be read, or its format or its header cannot be understood; a column is not there
            that is to be kept; or one is unknown, where it is to be ``strict``, as a row of JSON may turn out to have.
    """
    with _open_rows(name) if _is_in_a_database(name) else _open_file(name) as stream:
        try:
            noted = NotedColumns(mapping.account, strict)
            yield _Opening(name, stream, on, policies, mapping.account, noted, keep).table()
        except UnusableTableError as error:
            raise UnusableInputError(str(error)) from error


def _is_in_a_database(name: str) -> bool:
    return name.startswith(_DATABASE) and "#" in name


@contextmanager
def _open_rows(name: str) -> Iterator[io.BufferedReader]:
    from service.bulk.read_table import UnusableSourceError, open_rows  # noqa: PLC0415 - a driver, for this alone

    try:
        with open_rows(name) as stream:
            yield stream
    except UnusableSourceError as error:
        raise UnusableInputError(str(error)) from error


@contextmanager
def _open_file(name: str) -> Iterator[io.BufferedReader]:
    if name == STANDARD_INPUT:
        yield cast("io.BufferedReader", sys.stdin.buffer)
        return
    with ExitStack() as closing:
        try:
            file = closing.enter_context(Path(name).open("rb"))
        except OSError as error:
            raise UnusableInputError(f"{printable(name)} cannot be read: {error.strerror}") from error
        yield file


@dataclass(frozen=True, slots=True)
class _Opening:
    """Finds out which format a stream is in, by its name, else by how it begins, and what its columns are."""

    name: str
    stream: io.BufferedReader
    on: date
    policies: Policies
    mapping: RecordMapping
    noted: NotedColumns
    keep: Sequence[str]

    def table(self) -> TableIn:
        suffix = "" if _is_in_a_database(self.name) else Path(self.name).suffix.lower()
        if suffix == ".parquet":
            return self._parquet()
        beginning = self.stream.peek(1)
        if beginning.startswith(_BYTE_ORDER_MARK):
            self.stream.read(len(_BYTE_ORDER_MARK))
        beginning = beginning.removeprefix(_BYTE_ORDER_MARK).lstrip()
        for signature, kind in _NOT_TEXT.items():
            if beginning.startswith(signature):
                raise UnusableInputError(f"The input is {kind}")
        if suffix in {".ndjson", ".jsonl"}:
            return self._json_lines(self._take(rows=1))
        is_csv = suffix in {".csv", ".tsv", ".txt"} or _is_in_a_database(self.name)
        if suffix == ".json" or (not is_csv and beginning.startswith((b"{", b"["))):
            return self._json()
        return self._csv()

    def _csv(self) -> TableIn:
        ahead: deque[bytes] = deque()

        def lines() -> Iterator[str]:
            while ahead or (more := self.stream.readline().splitlines(keepends=True)):
                if not ahead:
                    ahead.extend(more)
                # A byte that is not UTF-8 harms its own row alone: it becomes a lone surrogate, which no fact accepts.
                yield ahead.popleft().decode("utf-8", "surrogateescape")

        following = lines()
        header = read_header(following, self.mapping, self.keep)
        columns = header.columns
        if columns.as_json:
            return self._json_rows(self._json_reader().of_cells(read_rows(header, following)), [])
        rows = (check_row(row, columns) for row in read_rows(header, following))

        def in_blocks() -> "Table":
            from service.entrypoints.cli.table_blocks import csv_in_blocks, rows_in_blocks  # noqa: PLC0415 - as below

            if columns.again:  # their cells are to be restored, one by one
                kept = [columns.names[index] for index in columns.kept]
                return rows_in_blocks(rows, columns.name_at_pointer, columns.names, kept)
            return csv_in_blocks(header, self.on, self.policies, self.stream, ahead)

        return self._table(rows, in_blocks, columns, columns.name_at_pointer)

    def _parquet(self) -> TableIn:
        # What reads many rows at once is loaded for tables that are read so: it takes as long as all the rest.
        from service.bulk.read_parquet import UnusableParquetError, open_parquet  # noqa: PLC0415 - as said
        from service.entrypoints.cli.table_blocks import parquet_in_blocks  # noqa: PLC0415 - as said

        try:
            file = open_parquet(Path(self.name))
        except UnusableParquetError as error:
            raise UnusableInputError(str(error)) from error
        columns = understand_header(file.schema_arrow.names, self.mapping, self.keep)
        try:
            table = parquet_in_blocks(file, columns, self.on, self.policies)
        except UnusableParquetError as error:
            raise UnusableInputError(str(error)) from error
        return self._table(table.rows(), lambda: table, columns, columns.name_at_pointer, row_noun="row")

    def _json(self) -> TableIn:
        """One document; or, where a line is one by itself and another follows, one a line."""
        taken = self._take(rows=2)
        filled = [line for line in taken if line.strip()]
        if len(filled) > 1 and _is_json(filled[0]):
            return self._json_lines(taken)
        text = b"".join((*taken, self.stream.read()))
        if not text.strip():
            raise UnusableInputError("The input is empty")
        try:
            items = _items(orjson.loads(text))
        except orjson.JSONDecodeError as error:
            lines = text.splitlines()
            if any(line.startswith(b"{") and _is_json(line) for line in lines):
                return self._json_lines(lines)
            raise UnusableInputError(f"The input is not JSON: {error}") from error
        rows = self._json_reader().of_items(items, _twice_by_item(text))
        return self._json_rows(rows, items[:1], row_noun="item")

    def _json_lines(self, taken: list[bytes]) -> TableIn:
        first = [orjson.loads(line) for line in taken if line.strip() and _is_json(line)]
        return self._json_rows(self._json_reader().of_lines(chain(taken, self.stream)), first)

    def _json_reader(self) -> JsonRows:
        return JsonRows(self.mapping, self.noted, self.keep)

    def _json_rows(self, rows: Iterator[Row], first: list[Any], row_noun: str = "line") -> TableIn:
        flat = any(map(flat_cells, first))

        def column_at(pointer: str) -> str:
            return PLAIN_NAMES.get(tuple(pointer.split("/")[1:]), pointer) if flat else pointer

        def in_blocks() -> "Table":
            from service.entrypoints.cli.table_blocks import rows_in_blocks  # noqa: PLC0415 - as above

            return rows_in_blocks(rows, column_at, [JSON], self.keep)

        return self._table(rows, in_blocks, TableColumns(), column_at, row_noun)

    def _table(
        self,
        rows: Iterator[Row],
        in_blocks: Callable[[], "Table"],
        columns: TableColumns,
        column_at: Callable[[str], str],
        row_noun: str = "line",
    ) -> TableIn:
        is_file = self.name != STANDARD_INPUT and not _is_in_a_database(self.name) and Path(self.name).is_file()
        self.noted.add(columns)
        return TableIn(
            rows=rows,
            in_blocks=in_blocks,
            columns=columns,
            noted=self.noted,
            column_at=column_at,
            row_noun=row_noun,
            stream=self.stream,
            size=Path(self.name).stat().st_size if is_file else None,
        )

    def _take(self, *, rows: int) -> list[bytes]:
        """The first lines of the stream, up to so many that have something in them."""
        taken: list[bytes] = []
        while rows and (line := self.stream.readline()):
            taken.append(line)
            rows -= bool(line.strip())
        return taken


def _is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _twice_by_item(text: bytes) -> dict[int, list[Place]]:
    """What stands twice in each item, by the item's number."""
    twice: dict[int, list[Place]] = {}
    for place in keys_given_twice(text):
        match place:
            case ("items",):
                raise UnusableInputError("The input has items more than once")
            case (int(index), *inside) | ("items", int(index), *inside):
                twice.setdefault(index + 1, []).append(tuple(inside))
            case _:
                twice.setdefault(1, []).append(place)
    return twice


def _items(document: Any) -> list[Any]:  # noqa: ANN401 - whatever JSON holds
    match document:
        case list():
            return document
        case {"items": list() as items, **others} if not others:
            return items
        case dict() if "account" in document or flat_cells(document):
            return [document]
        case _:
            raise UnusableInputError('The JSON is neither a request, nor a list of requests, nor {"items": [...]}')
