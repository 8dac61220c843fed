"""Open a table that a command is given: CSV, Parquet or newline-delimited JSON, or a table of a database."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO

import orjson

from service.bulk.read_csv import csv_pieces
from service.bulk.read_parquet import UnusableParquetError, open_parquet, parquet_pieces
from service.bulk.read_table import UnusableSourceError, names_a_table, opened_rows
from service.bulk.rows import Entry, Layout, Piece, Table
from service.crm.columns import Columns, UnusableTableError, understand_header
from service.crm.csv_table import read_layout
from service.crm.facts_by_name import PLAIN_NAMES
from service.crm.mapping import SALESFORCE
from service.crm.rows import Fault, FaultyRow, read_row
from service.domain.policies import Policies
from service.entrypoints.cli.files import (
    BYTE_ORDER_MARK,
    STANDARD_INPUT,
    UnusableInputError,
    check_is_text,
    opened,
    size_of,
)
from service.entrypoints.cli.requests_in import Entry as RequestEntry
from service.entrypoints.cli.requests_in import checked, from_line
from service.entrypoints.cli.table_layouts import csv_layout_of, entry_of, layout_of

_NO_COLUMNS = Columns(width=0, used=(), unknown=(), not_used=(), names={})


@dataclass(frozen=True, slots=True, kw_only=True)
class TableIn:
    """A table, what its columns are called, and how far it is read: of ``size`` bytes, None where that is not known."""

    table: Table
    columns: Columns
    stream: BinaryIO
    size: int | None


@contextmanager
def opened_table(name: str, on: date, policies: Policies) -> Iterator[TableIn]:
    """The table of a file, of standard input for ``-``, or of a database; ``on`` is the day of rows that name none.

    Raises:
        UnusableInputError: it cannot be read, or its format or its header cannot be understood.
    """
    with _source(name) as stream:
        try:
            columns, layout, pieces = _understood(stream, name, on, policies)
        except (UnusableTableError, UnusableParquetError) as error:
            raise UnusableInputError(str(error)) from error
        table = Table(pieces=pieces, layout=layout, column_at=lambda pointer: _column_at(columns, pointer))
        yield TableIn(table=table, columns=columns, stream=stream, size=size_of(name))


@contextmanager
def _source(name: str) -> Iterator[io.BufferedReader]:
    if not names_a_table(name):
        with opened(name) as stream:
            yield stream
        return
    try:
        with opened_rows(name) as stream:
            yield stream
    except UnusableSourceError as error:
        raise UnusableInputError(str(error)) from error


def _understood(
    stream: io.BufferedReader, name: str, on: date, policies: Policies
) -> tuple[Columns, Layout, Iterator[Piece]]:
    suffix = "" if names_a_table(name) else Path(name).suffix.lower()
    if suffix == ".parquet":
        file = open_parquet(Path(name))
        columns = understand_header(file.schema_arrow.names, SALESFORCE)
        layout = layout_of(columns, on, policies)
        return columns, layout, parquet_pieces(file, layout)
    beginning = stream.peek(1).removeprefix(BYTE_ORDER_MARK).lstrip()
    check_is_text(beginning)
    if stream.peek(1).startswith(BYTE_ORDER_MARK):
        stream.read(len(BYTE_ORDER_MARK))
    if suffix in {".ndjson", ".jsonl"} or (name == STANDARD_INPUT and beginning.startswith(b"{")):
        return _NO_COLUMNS, layout_of(_NO_COLUMNS, on, policies), _json_pieces(stream)
    return _csv(stream, on, policies)


def _csv(stream: io.BufferedReader, on: date, policies: Policies) -> tuple[Columns, Layout, Iterator[Piece]]:
    ahead: list[bytes] = []

    def lines() -> Iterator[str]:
        while ahead or (more := stream.readline().splitlines(keepends=True)):
            if not ahead:
                ahead.extend(more)
            yield ahead.pop(0).decode("utf-8", "surrogateescape")

    csv = read_layout(lines())
    layout = csv_layout_of(csv, on, policies)
    return csv.columns, layout, csv_pieces(stream, layout, ahead)


def _json_pieces(stream: BinaryIO) -> Iterator[Entry]:
    for row, line in enumerate(stream, start=1):
        if line.strip():
            yield entry_of(_flat(row, line) or from_line(row, line))


def _flat(row: int, line: bytes) -> RequestEntry | None:
    """A row with the names of facts or fields; None where the line is not of that kind."""
    try:
        item = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(item, dict) or isinstance(item.get("account"), dict):
        return None
    cells = [_cell(value) for value in item.values()]
    if any(cell is None for cell in cells):
        return None
    try:
        columns = understand_header(tuple(item), SALESFORCE)
    except UnusableTableError as error:
        return FaultyRow(row=row, account_id=None, name=None, faults=(Fault(row, None, str(error)),))
    return checked(read_row(columns, row, [cell or "" for cell in cells]), columns)


def _cell(value: object) -> str | None:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case str() | int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() else str(value)
    return None


def _column_at(columns: Columns, pointer: str) -> str:
    place = tuple(pointer.split("/")[1:])
    return columns.name_at(place) if columns.used else PLAIN_NAMES.get(place, pointer)
