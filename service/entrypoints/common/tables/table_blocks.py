"""Tables in blocks of many rows, whose columns are read by the readings and the checks that read a single row."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import partial
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet
from pydantic import ValidationError

from service.bulk.facts import ACCOUNT_ID
from service.bulk.read_csv import read_csv_blocks
from service.bulk.read_parquet import kept_kind, read_parquet_blocks, read_parquet_cells, refuse_unreadable_kind
from service.bulk.read_workbook import Sheet, read_workbook_blocks
from service.bulk.reading import GAP
from service.bulk.rows import UNSOUND, CsvLayout, Layout, ReadCell, ReadMany, Table, TextColumn
from service.crm import readings
from service.crm.columns import Column, TableColumns
from service.crm.csv_table import CsvHeader, read_next
from service.crm.dialect import Thousands
from service.crm.facts_by_name import ID_PLACE, Place
from service.crm.readings import NotOurs
from service.crm.rows import RequestData, list_the_counts, put_fact, read_row
from service.domain import fields
from service.domain.account_ids import ACCOUNT, FULL, PREFIX, SHORT, suffixes
from service.domain.errors import NoPolicyInForceError
from service.domain.policies import Policies
from service.domain.ranges import Range
from service.domain.rows import Row
from service.domain.terms import Source
from service.entrypoints.common.requests import ClassificationRequest
from service.entrypoints.common.tables.rows_in import check_row

_NAME = r"^[^\x00-\x1f\x7f]*[\pL\pN][^\x00-\x1f\x7f]*$"
_LONGEST_NAME = 255
_GROUPED = {Thousands.COMMA: r"^\d{1,3}(?:,\d{3})+$", Thousands.POINT: r"^\d{1,3}(?:\.\d{3})+$"}
_MOST_DIGITS = len(str(fields.LARGEST_COUNT))
_FREE_TEXT = frozenset({readings.words, readings.region, readings.account_id})
"""Readings that take any text: what it may hold is for the checks of requests to say."""


def csv_in_blocks(header: CsvHeader, on: date, policies: Policies, stream: BinaryIO, ahead: Iterable[bytes]) -> Table:
    """A CSV file, from behind its header and the lines that were read ``ahead``. ``on`` is the day of rows without."""
    columns = header.columns

    def read_record(number: int, lines: Iterator[str]) -> tuple[Row | None, int]:
        row, taken = read_next(header, number, lines)
        return None if row is None else check_row(row, columns), taken

    layout = CsvLayout(
        columns=_text_columns(columns, on, policies),
        width=columns.width,
        kept=tuple(map(_text_along, columns.kept_names)),
        kept_at=columns.kept,
        delimiter=header.delimiter,
        header_lines=header.lines,
        read_record=read_record,
    )
    return Table(
        pieces=read_csv_blocks(stream, layout, list(ahead)),
        layout=layout,
        column_at=columns.name_at_pointer,
        names=columns.names,
    )


def parquet_in_blocks(file: pyarrow.parquet.ParquetFile, columns: TableColumns, on: date, policies: Policies) -> Table:
    """A Parquet file. ``on`` is the day of the rows that name none.

    Raises:
        UnusableParquetError: a column in use is of a kind that cannot be.
    """
    text_columns = _text_columns(columns, on, policies)
    for column in text_columns:
        refuse_unreadable_kind(file, column.index)

    def read_cells(number: int, cells: Sequence[str]) -> Row:
        return check_row(read_row(columns, number, cells), columns)

    layout = Layout(
        columns=text_columns,
        width=columns.width,
        kept=tuple(pa.field(columns.names[index], kept_kind(file, index)) for index in columns.kept),
        kept_at=columns.kept,
    )
    return Table(
        pieces=read_parquet_blocks(file, layout, read_cells),
        layout=layout,
        column_at=columns.name_at_pointer,
        names=columns.names,
        read_cells=partial(
            read_parquet_cells, file, frozenset(column.index for column in text_columns if column.counts)
        ),
    )


def sheet_in_blocks(sheet: Sheet, columns: TableColumns, on: date, policies: Policies, footer: int) -> Table:
    """A sheet of a workbook, without its last rows. ``on`` is the day of the rows that name none."""

    def read_cells(number: int, cells: Sequence[str]) -> Row:
        return check_row(read_row(columns, number, cells), columns)

    layout = Layout(
        columns=_text_columns(columns, on, policies),
        width=columns.width,
        kept=tuple(map(_text_along, columns.kept_names)),
        kept_at=columns.kept,
    )
    return Table(
        pieces=read_workbook_blocks(sheet, footer, layout, read_cells),
        layout=layout,
        column_at=columns.name_at_pointer,
        names=columns.names,
    )


def rows_in_blocks(
    rows: Iterator[Row], column_at: Callable[[str], str], names: Sequence[str], kept: Sequence[str]
) -> Table:
    """A table that is read row by row in any case. ``names`` are those of its cells, ``kept`` of what goes along."""
    return Table(pieces=rows, layout=Layout(kept=tuple(map(_text_along, kept))), column_at=column_at, names=names)


def _text_along(name: str) -> pa.Field:
    return pa.field(name, pa.string())


def _text_columns(columns: TableColumns, on: date, policies: Policies) -> tuple[TextColumn, ...]:
    used = [_text_column(column, on, policies) for column in columns.used]
    if columns.stamp is not None:
        used.append(TextColumn(index=columns.stamp, name="", place=(), fact="", read=ReadCell))
    return tuple(used)


def _text_column(column: Column, on: date, policies: Policies) -> TextColumn:
    place, read = column.fact.place, column.fact.read
    many: ReadMany | None = None
    if column.mapping.has_words_for(column.fact):
        # Each different text is asked for what it stands for.
        many = None
    elif place == ID_PLACE:
        many = _ids
    elif place == ("account", "name"):
        many = _names
    elif read is readings.count and Source.THIRD_PARTY not in place:
        many = partial(_whole_numbers, column.mapping.dialect.thousands)
    return TextColumn(
        index=column.index,
        name=column.name,
        place=place,
        fact=_fact_at(place),
        read=_cell_reader(column, on, policies),
        read_many=many,
        counts=column.counts,
    )


def _fact_at(place: Place) -> str:
    match place:
        case ("account", "id"):
            return ACCOUNT_ID
        case ("account", fact) | (fact,):
            return fact
        case ("employee_counts", source, "employees" | "gap" as field) if source != Source.THIRD_PARTY:
            return f"{source}_employees" if field == "employees" else f"{source}{GAP}"
    return ""


def _cell_reader(column: Column, on: date, policies: Policies) -> Callable[[str], ReadCell]:
    place = column.fact.place
    if place[:2] == ("employee_counts", Source.THIRD_PARTY.value):
        # The parts of a third party's count hang together, and with the order of the counts.
        return lambda _: UNSOUND

    def read_cell(text: str) -> ReadCell:
        value = column.read(text)
        if isinstance(value, NotOurs):
            return ReadCell(remark=value.reason)
        if isinstance(value, Range):
            return UNSOUND
        if place == ("effective_on",):
            sound = _same_policy(value, on, policies)
        else:
            sound = column.fact.read not in _FREE_TEXT or _is_sound(place, value)
        return ReadCell(value) if sound else UNSOUND

    return read_cell


def _same_policy(day: object, on: date, policies: Policies) -> bool:
    try:
        return isinstance(day, date) and policies.on(day) is policies.on(on)
    except NoPolicyInForceError:
        return False


def _is_sound(place: Place, value: object) -> bool:
    """Whether a request that states this one fact is accepted."""
    request: RequestData = {"account": {"id": "x"}}
    put_fact(request, place, value)
    list_the_counts(request)
    try:
        ClassificationRequest.model_validate(request)
    except ValidationError:
        return False
    return True


def _names(texts: pa.Array) -> tuple[pa.Array, pa.Array]:
    letters = pc.match_substring_regex(texts, _NAME)
    short = pc.less_equal(pc.utf8_length(texts), _LONGEST_NAME)
    return texts, pc.or_(pc.equal(texts, ""), pc.and_(letters, short))


def _whole_numbers(thousands: Thousands | None, texts: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Plain numbers; with separators where these part thousands, and with a fraction of noughts as Python writes it."""
    empty = pc.equal(texts, "")
    usual = pc.all(pc.or_(pc.ascii_is_decimal(texts), empty)).as_py()
    plain = texts if usual else _plain(thousands, texts)
    digits = pc.and_(pc.ascii_is_decimal(plain), pc.less_equal(pc.binary_length(plain), _MOST_DIGITS))
    values = pc.if_else(digits, plain, None).cast(pa.int64())
    fits = pc.fill_null(pc.less_equal(values, fields.LARGEST_COUNT), False)  # noqa: FBT003 - Arrow's signature
    return values, pc.or_(fits, empty)


def _plain(thousands: Thousands | None, texts: pa.Array) -> pa.Array:
    if thousands is None:
        return _without(texts, r"^\d+\.0$", None)
    point = Thousands.POINT if thousands is Thousands.COMMA else Thousands.COMMA
    return _without(_without(texts, _GROUPED[thousands], thousands), rf"^\d+[{point}]0+$", None)


def _without(texts: pa.Array, form: str, separator: str | None) -> pa.Array:
    """The texts, those of a form without its separators; or without what stands behind their digits."""
    formed = pc.match_substring_regex(texts, form)
    if not pc.any(formed).as_py():
        return texts
    changed = (
        pc.extract_regex(texts, r"^(?P<digits>\d+)").field("digits")
        if separator is None
        else pc.replace_substring(texts, separator, "")
    )
    return pc.if_else(formed, changed, texts)


def _ids(texts: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The ids, those of Salesforce in their longer form; one that does not fit its case is not sound."""
    if _are_full(texts):
        letters = np.frombuffer(_joined(texts), np.uint8).reshape(-1, FULL)
        ends = np.frombuffer(suffixes(letters[:, :SHORT].tobytes()), np.uint8).reshape(-1, FULL - SHORT)
        return texts, pa.array((letters[:, SHORT:] == ends).all(axis=1))
    ours = pc.match_substring_regex(texts, f"^(?:{ACCOUNT})$")
    every = pc.all(ours).as_py()
    given = texts if every else texts.filter(ours)
    if not len(given):
        return texts, pc.match_substring_regex(texts, fields.ACCOUNT_ID)
    short = pc.utf8_slice_codeunits(given, 0, SHORT)
    ends = pa.Array.from_buffers(pa.binary(3), len(given), [None, pa.py_buffer(suffixes(_joined(short)))])
    full = pc.binary_join_element_wise(short, ends.cast(pa.binary()).cast(pa.string()), "")
    fits = pc.or_(pc.equal(given, full), pc.equal(given, short))
    if every:
        return full, fits
    sound = pc.match_substring_regex(texts, fields.ACCOUNT_ID)
    return pc.replace_with_mask(texts, ours, full), pc.replace_with_mask(sound, ours, fits)


def _are_full(texts: pa.Array) -> bool:
    """Whether all are of the longer form of Salesforce, but for what ends them."""
    lengths = pc.binary_length(texts)
    checks = (pc.equal(lengths, FULL), pc.starts_with(texts, PREFIX), pc.ascii_is_alnum(texts))
    return len(texts) > 0 and all(pc.all(each).as_py() for each in checks)


def _joined(texts: pa.Array) -> bytes:
    """The bytes of texts of letters and digits, one after the other."""
    return bytes(pc.binary_join(pa.ListArray.from_arrays([0, len(texts)], texts), "")[0].as_buffer())
