"""Open a table that a command is given: CSV, a workbook, Parquet, JSON or newline-delimited JSON, or a database's."""

import io
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from service.bulk.text import LONGEST_DOCUMENT, LONGEST_LINE, LineCount, UnreadableInputError, open_text
from service.crm.columns import (
    JSON,
    NotedColumns,
    TableColumns,
    UnknownColumnsError,
    UnusableTableError,
    columns_of_counts,
    understand_header,
)
from service.crm.csv_table import read_header, read_rows
from service.crm.facts_by_name import ID_PLACE
from service.crm.mapping import FieldMapping
from service.crm.record_mapping import RecordMapping
from service.crm.rows import UncheckedRow, read_row
from service.domain.policies import Policies
from service.domain.rows import RejectedRow, Row
from service.domain.spreadsheets import restored
from service.domain.wording import listing, quantity
from service.entrypoints.common.tables.duplicates import Duplicates, stamp_column, watched
from service.entrypoints.common.tables.footers import Footer
from service.entrypoints.common.tables.json_in import JsonTable, read_json, read_json_lines
from service.entrypoints.common.tables.reading import AS_IT_STANDS, Leader, Reading
from service.entrypoints.common.tables.rows_in import JsonRows, check_row
from service.entrypoints.common.tables.sources import (
    UnusableInputError,
    beginning_of,
    is_in_a_database,
    open_source,
    refuse_unreadable,
    size_of,
    suffix_of,
)
from service.entrypoints.common.tables.table_in import TableIn

if TYPE_CHECKING:
    from service.bulk.rows import Table

_PARQUET = b"PAR1"
_WORKBOOK = b"PK\x03\x04"
_BLANK = b"\xef\xbb\xbf \t\r\n"


@contextmanager
def open_table(  # noqa: PLR0913 - as a command is asked
    name: str,
    on: date,
    policies: Policies,
    mapping: FieldMapping,
    reading: Reading = AS_IT_STANDS,
    *,
    strict: bool = False,
    keep: Sequence[str] = (),
    may_begin_anew: bool = False,
) -> Iterator[TableIn]:
    """The table of a file, of standard input for ``-``, or of a database; ``on`` is the day of rows that name none.

    The columns ``keep`` go along with what is decided. Accounts in several rows are looked for before any row is
    given, unless the caller ``may_begin_anew``, and so asks for that when it has read all in blocks.

    Raises:
        UnusableInputError: it cannot be read, here or while rows are taken; its format or its header cannot be
            understood; a column is not there that is to be kept; or one is unknown, where it is to be ``strict``, as a
            row of JSON may turn out to have.
    """
    counts = partial(columns_of_counts, mapping=mapping.account)
    with open_source(name, counts) as file:
        noted = NotedColumns(mapping.account, strict)
        opening = _Opening(name, file, on, policies, mapping, reading, noted, tuple(dict.fromkeys(keep)))
        try:
            if may_begin_anew and reading.leader is None:
                with watched(opening.table(), opening.without_duplicates) as table:
                    yield table
            else:
                yield opening.without_duplicates()
        except (UnusableTableError, UnknownColumnsError, UnreadableInputError) as error:
            raise UnusableInputError(str(error)) from error


@dataclass(frozen=True, slots=True)
class _Opening:
    """Finds out which format a source is in, by its name, else by how it begins, and what its columns are.

    ``identities``: of a row only its id is wanted, and when it changed.
    """

    name: str
    file: BinaryIO
    on: date
    policies: Policies
    mapping: FieldMapping
    reading: Reading
    noted: NotedColumns
    keep: Sequence[str]
    identities: bool = False

    def without_duplicates(self) -> TableIn:
        """The table from its beginning, once it is known which accounts stand in several rows."""
        duplicates = Duplicates.of(replace(self, identities=True).table, self.account, self.reading)
        return duplicates.set_aside(self.table())

    def table(self) -> TableIn:
        """The table from its beginning."""
        suffix, beginning = suffix_of(self.name), beginning_of(self.file)
        if suffix == ".parquet" or beginning.startswith(_PARQUET):
            self._refuse(
                "is Parquet", encoding=self.reading.encoding, footer=self.reading.footer, sheet=self.reading.sheet
            )
            return self._parquet()
        if beginning.startswith(_WORKBOOK):
            self._refuse("is a workbook", encoding=self.reading.encoding)
            return self._workbook()
        self._refuse("is no workbook", sheet=self.reading.sheet)
        if is_in_a_database(self.name):
            self._refuse("is a table of a database", encoding=self.reading.encoding, footer=self.reading.footer)
        refuse_unreadable(beginning, self.reading.encoding)
        is_csv = suffix in {".csv", ".tsv", ".txt"} or is_in_a_database(self.name)
        is_lines = suffix in {".ndjson", ".jsonl"}
        is_json = suffix == ".json" or (not is_csv and beginning.lstrip(_BLANK).startswith((b"{", b"[")))
        if (is_lines or is_json) and self.reading.footer:
            raise UnusableInputError("JSON has no footer, so leave --footer away")
        longest = LONGEST_DOCUMENT if is_json and not is_lines else LONGEST_LINE
        text = open_text(self.file, self.reading.encoding, self.reading.footer, longest, lines := LineCount())
        if is_lines:
            return self._json(read_json_lines(text, self._json_reader()))
        return self._json(read_json(text, self._json_reader())) if is_json else self._csv(text, lines)

    @staticmethod
    def _refuse(what: str, **options: str | int | None) -> None:
        """Refuse options that say nothing of such an input."""
        given = [f"--{name}" for name, value in options.items() if value]
        if given:
            raise UnusableInputError(
                f"The input {what}, of which {listing(given, 'and')} would say nothing: leave it away"
            )

    @property
    def account(self) -> RecordMapping:
        """The mapping, in the dialect of the table."""
        return replace(self.mapping.account, dialect=self.reading.dialect)

    @property
    def _encoding(self) -> str:
        return self.reading.encoding or "utf-8"

    def _understood(self, names: Sequence[str], keep: Sequence[str] = ()) -> TableColumns:
        return self._wanted(understand_header(names, self.account, keep))

    def _wanted(self, columns: TableColumns) -> TableColumns:
        """The columns that are to be read: all that state something, or those that tell rows of one account apart."""
        self.noted.add(columns)
        if not self.identities or columns.as_json:
            return columns
        newest = self.reading.leader is Leader.NEWEST
        stamp = stamp_column(columns.names, self.mapping, self.reading) if newest else None
        used = tuple(each for each in columns.used if each.fact.place == ID_PLACE)
        return replace(columns, used=used, kept=(), stamp=stamp)

    def _csv(self, text: io.BufferedReader, lines_read: LineCount) -> TableIn:
        ahead: deque[bytes] = deque()

        def lines() -> Iterator[str]:
            while ahead or (more := text.readline().splitlines(keepends=True)):
                if not ahead:
                    ahead.extend(more)
                # A byte that is not UTF-8 harms its own row alone: it becomes a lone surrogate, which is refused.
                yield ahead.popleft().decode("utf-8", "surrogateescape")

        following = lines()
        header = read_header(following, self.account, self.keep)
        columns = self._wanted(header.columns)
        header = replace(header, columns=columns)
        footer = Footer(lines_read, header)
        if columns.again:
            return self._rejected_before(columns, read_rows(header, following), "line")

        def in_blocks() -> "Table":
            from service.entrypoints.common.tables.table_blocks import csv_in_blocks  # noqa: PLC0415 - as below

            table = csv_in_blocks(header, self.on, self.policies, text, ahead)
            return replace(table, pieces=footer.pieces(table.pieces), encoding=self._encoding)

        rows = footer.rows(check_row(row, columns) for row in read_rows(header, following))
        table = self._table(rows, in_blocks, columns, columns.name_at_pointer)
        return replace(table, footer=footer, notes=self._left_out("line"))

    def _parquet(self) -> TableIn:
        # What reads many rows at once is loaded for tables that are read so: it takes as long as all the rest.
        from service.bulk.read_parquet import open_parquet  # noqa: PLC0415 - as said
        from service.entrypoints.common.tables.table_blocks import parquet_in_blocks  # noqa: PLC0415 - as said

        path = Path(self.name)
        file = open_parquet(path if path.is_file() else self.file)
        columns = self._understood(file.schema_arrow.names, self.keep)
        table = parquet_in_blocks(file, columns, self.on, self.policies)
        return self._table(table.rows(), lambda: table, columns, columns.name_at_pointer, row_noun="row")

    def _workbook(self) -> TableIn:
        """The table that it is as a workbook."""
        from service.bulk.read_workbook import open_sheet  # noqa: PLC0415 - as above
        from service.entrypoints.common.tables.table_blocks import sheet_in_blocks  # noqa: PLC0415 - as above

        sheet = open_sheet(self.file, self.reading.sheet)
        sheet.refuse_rows(self.reading.footer)
        columns = self._understood([*map(restored, sheet.names)], self.keep)
        footer = self.reading.footer
        if columns.again:
            counts = frozenset(column.index for column in columns.used if column.counts)
            cells = ((number, [*map(restored, cells)]) for number, cells in sheet.rows(footer, counts))
            found = self._rejected_before(columns, (read_row(columns, *each) for each in cells), "row")
        else:
            table = sheet_in_blocks(sheet, columns, self.on, self.policies, footer)
            found = self._table(table.rows(), lambda: table, columns, columns.name_at_pointer, row_noun="row")
        hidden = (f"The sheet {name} is hidden, and was not read." for name in sheet.hidden)
        return replace(found, notes=(*hidden, *self._left_out("row")))

    def _left_out(self, noun: str) -> tuple[str, ...]:
        """A note of the footer that was asked to be left out."""
        left_out = self.reading.footer
        return (f"The last {quantity(left_out, noun)} were left out, as a footer.",) if left_out else ()

    def _rejected_before(
        self, columns: TableColumns, read: Iterator[UncheckedRow | RejectedRow], row_noun: str
    ) -> TableIn:
        """Rows that were rejected, and written to be mended: their cells are restored, and so read one by one."""
        if self.reading.footer:
            raise UnusableInputError("The rows were rejected before: no footer is behind them, so leave --footer away")
        if columns.as_json:
            return self._json(JsonTable(self._json_reader().of_cells(read), row_noun, is_flat=False))
        rows = (check_row(row, columns) for row in read)

        def in_blocks() -> "Table":
            from service.entrypoints.common.tables.table_blocks import rows_in_blocks  # noqa: PLC0415 - as above

            table = rows_in_blocks(rows, columns.name_at_pointer, columns.names, columns.kept_names)
            return replace(table, encoding=self._encoding)

        return self._table(rows, in_blocks, columns, columns.name_at_pointer, row_noun)

    def _json_reader(self) -> JsonRows:
        return JsonRows(self._understood, self.noted, () if self.identities else self.keep)

    def _json(self, json: JsonTable) -> TableIn:
        def in_blocks() -> "Table":
            from service.entrypoints.common.tables.table_blocks import rows_in_blocks  # noqa: PLC0415 - as above

            return replace(rows_in_blocks(json.rows, json.column_at, [JSON], self.keep), encoding=self._encoding)

        return self._table(json.rows, in_blocks, TableColumns(), json.column_at, json.row_noun)

    def _table(
        self,
        rows: Iterator[Row],
        in_blocks: Callable[[], "Table"],
        columns: TableColumns,
        column_at: Callable[[str], str],
        row_noun: str = "line",
    ) -> TableIn:
        return TableIn(
            rows=rows,
            in_blocks=in_blocks,
            columns=columns,
            noted=self.noted,
            column_at=column_at,
            row_noun=row_noun,
            stream=self.file,
            size=size_of(self.file),
        )
