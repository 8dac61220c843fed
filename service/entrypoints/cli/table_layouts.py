"""How the columns of a table are read: by the readings and the checks that read a single row."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ValidationError

from service.bulk.facts import ACCOUNT_ID
from service.bulk.reading import GAP
from service.bulk.rows import UNSOUND, Cell, CsvLayout, Entry, Layout, ReadMany, Rejected, Remark, Stated, TextColumn
from service.crm import csv_table as crm
from service.crm import readings
from service.crm.columns import Column, Columns
from service.crm.facts_by_name import ID_PLACE, Place
from service.crm.readings import NotOurs
from service.crm.rows import FaultyRow, RequestData, list_the_counts, put_fact, read_row
from service.crm.salesforce_id import ACCOUNT, SHORT, salesforce_id, suffixes
from service.domain import fields
from service.domain.errors import NoPolicyInForceError
from service.domain.policies import Policies
from service.domain.terms import Source
from service.entrypoints.cli.requests_in import Entry as RequestEntry
from service.entrypoints.cli.requests_in import checked
from service.entrypoints.common.requests import ClassificationRequest

_NAME = r"^[^\x00-\x1f\x7f]*[\pL\pN][^\x00-\x1f\x7f]*$"
_LONGEST_NAME = 200
_MOST_DIGITS = len(str(fields.LARGEST_COUNT))
_FREE_TEXT = frozenset({readings.words, readings.region, salesforce_id})
"""Readings that take any text: what it may hold is for the checks of requests to say."""


def layout_of(columns: Columns, on: date, policies: Policies) -> Layout:
    """How a table with these columns is read. ``on`` is the day of the rows that name none."""

    def of_cells(row: int, cells: Sequence[str]) -> Entry:
        return entry_of(checked(read_row(columns, row, cells), columns))

    text_columns = tuple(_text_column(column, on, policies) for column in columns.used)
    return Layout(columns=text_columns, width=columns.width, of_cells=of_cells)


def csv_layout_of(csv: crm.CsvLayout, on: date, policies: Policies) -> CsvLayout:
    """How a CSV file with this layout is read."""
    table = layout_of(csv.columns, on, policies)

    def of_lines(row: int, lines: Iterator[str]) -> tuple[Entry | None, int]:
        read, taken = crm.read_next(csv, row, lines)
        return None if read is None else entry_of(checked(read, csv.columns)), taken

    return CsvLayout(
        columns=table.columns,
        width=table.width,
        of_cells=table.of_cells,
        delimiter=csv.delimiter,
        header_lines=csv.header_lines,
        of_lines=of_lines,
    )


def entry_of(read: RequestEntry) -> Entry:
    """A row that was read by itself."""
    if isinstance(read, FaultyRow):
        faults = tuple((fault.column, fault.reason) for fault in read.faults)
        return Rejected(row=read.row, account_id=read.account_id, faults=faults)
    remarks = tuple(Remark(remark.column, remark.value, remark.reason) for remark in read.remarks)
    request = read.request
    return Stated(
        row=read.row,
        facts=request.facts(),
        effective_on=request.effective_on,
        dedup_requested_by=request.dedup_requested_by,
        remarks=remarks,
    )


def _text_column(column: Column, on: date, policies: Policies) -> TextColumn:
    place, read = column.fact.place, column.fact.read
    many: ReadMany | None = None
    if place == ID_PLACE:
        many = _salesforce_ids if read is salesforce_id else _ids
    elif place == ("account", "name"):
        many = _names
    elif read is readings.whole_number and Source.THIRD_PARTY not in place:
        many = _whole_numbers
    return TextColumn(
        index=column.index,
        name=column.name,
        place=place,
        fact=_fact_at(place),
        read=_cells(column, on, policies),
        read_many=many,
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


def _cells(column: Column, on: date, policies: Policies) -> Callable[[str], Cell]:
    place, read = column.fact.place, column.fact.read
    if place[:2] == ("employee_counts", Source.THIRD_PARTY.value):
        # The parts of a third party's count hang together, and with the order of the counts.
        return lambda _: UNSOUND
    if place == ("effective_on",):
        return lambda text: Cell(read(text)) if _same_policy(read(text), on, policies) else UNSOUND

    def cell(text: str) -> Cell:
        value = read(text)
        if isinstance(value, NotOurs):
            return Cell(remark=value.reason)
        return Cell(value) if read not in _FREE_TEXT or _is_sound(place, value) else UNSOUND

    return cell


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


def _whole_numbers(texts: pa.Array) -> tuple[pa.Array, pa.Array]:
    digits = pc.and_(pc.ascii_is_decimal(texts), pc.less_equal(pc.binary_length(texts), _MOST_DIGITS))
    values = pc.if_else(digits, texts, None).cast(pa.int64())
    fits = pc.fill_null(pc.less_equal(values, fields.LARGEST_COUNT), False)  # noqa: FBT003 - Arrow's signature
    return values, pc.or_(fits, pc.equal(texts, ""))


def _ids(texts: pa.Array) -> tuple[pa.Array, pa.Array]:
    return texts, pc.match_substring_regex(texts, fields.ACCOUNT_ID)


def _salesforce_ids(texts: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The ids in their longer form, where they are Salesforce's; one that does not fit its case is not sound."""
    ours = pc.match_substring_regex(texts, f"^(?:{ACCOUNT})$")
    every = pc.all(ours).as_py()
    given = texts if every else texts.filter(ours)
    if not len(given):
        return _ids(texts)
    short = pc.utf8_slice_codeunits(given, 0, SHORT)
    ends = pa.Array.from_buffers(pa.binary(3), len(given), [None, pa.py_buffer(suffixes(_joined(short)))])
    full = pc.binary_join_element_wise(short, ends.cast(pa.binary()).cast(pa.string()), "")
    fits = pc.or_(pc.equal(given, full), pc.equal(given, short))
    if every:
        return full, fits
    values, sound = _ids(texts)
    return pc.replace_with_mask(values, ours, full), pc.replace_with_mask(sound, ours, fits)


def _joined(texts: pa.Array) -> bytes:
    """The bytes of texts of letters and digits, one after the other."""
    return bytes(pc.binary_join(pa.ListArray.from_arrays([0, len(texts)], texts), "")[0].as_buffer())
