"""Rows to classify from a file, each checked as the API checks a request."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import cast

import orjson
from pydantic import ValidationError

from service.crm.columns import NotedColumns, TableColumns, UnusableTableError
from service.crm.facts_patch import plain_number
from service.crm.payloads import printable
from service.crm.rows import UncheckedRow, find_place, read_row
from service.domain.account_ids import full_id
from service.domain.numbers import LARGEST_EXACT, Inexact, unmistakable
from service.domain.rows import Fault, RejectedRow, Remark, Row, StatedRow
from service.entrypoints.common.reasons import reason
from service.entrypoints.common.requests import ClassificationRequest
from service.entrypoints.common.strict_json import TWICE, Place, keys_given_twice

_HEADERS_KEPT = 64
_BEFORE_JSON = 2


def check_row(read: UncheckedRow | RejectedRow, columns: TableColumns) -> Row:
    """The facts that a row states, or what is wrong with it."""
    if isinstance(read, RejectedRow):
        return read
    try:
        request = ClassificationRequest.model_validate(read.request)
    except ValidationError as error:
        faults = _faults(error, lambda location: columns.name_at(find_place(location, read.request)))
        account = read.request["account"]
        account_id, name = account["id"], account.get("name")
        return RejectedRow(
            number=read.number, account_id=account_id, name=name, faults=faults, cells=read.cells, stamp=read.stamp
        )
    row = _stated(read.number, request, read.cells, read.remarks, read.stamp)
    return replace(row, kept=tuple(read.cells[index] or None for index in columns.kept)) if columns.kept else row


class JsonRows:
    """Reads rows of JSON: requests of the API's shape, or flat objects that have the names of columns.

    ``understand`` says which of these state which fact, by their names. The members ``keep`` of a row go along with
    what is decided; those that no row has had by then are ``noted``.
    """

    def __init__(
        self, understand: Callable[[Sequence[str]], TableColumns], noted: NotedColumns, keep: Sequence[str]
    ) -> None:
        self._noted = noted
        self._keep = keep
        noted.not_met.update(keep)
        # Most lines of a file have the same names.
        self._columns: Callable[[tuple[str, ...]], TableColumns] = lru_cache(_HEADERS_KEPT)(understand)

    def of_lines(self, lines: Iterable[bytes]) -> Iterator[Row]:
        """The rows of newline-delimited JSON, one a line. Empty lines are passed over."""
        return (self.of_line(number, line) for number, line in enumerate(lines, start=1) if line.strip())

    def of_line(self, number: int, line: bytes) -> Row:
        """The row of a line that has something in it."""
        try:
            item = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            faults = (Fault(field=None, reason=f"is not JSON: {error}"),)
            return RejectedRow(number=number, account_id=None, faults=faults, cells=_as_it_was(line))
        return self._read(number, item, line, keys_given_twice(line))

    def of_cells(self, rows: Iterable[UncheckedRow | RejectedRow]) -> Iterator[Row]:
        """The rows that were rejected, and written as one cell of JSON each behind two others."""
        for row in rows:
            if len(row.cells) > _BEFORE_JSON:
                yield self.of_line(row.number, row.cells[_BEFORE_JSON].encode("utf-8", "surrogateescape"))
            elif isinstance(row, RejectedRow):
                yield row

    def of_items(self, items: Iterable[object], twice: Mapping[int, list[Place]]) -> Iterator[Row]:
        """The rows of a list. Their numbers are their positions from 1. ``twice`` says by these what stands twice."""
        for number, item in enumerate(items, start=1):
            yield self._read(number, item, orjson.dumps(item), twice.get(number, []))

    def _read(self, number: int, item: object, text: bytes, twice: Sequence[Place]) -> Row:
        if twice:
            faults = tuple(Fault(field=_pointer(place), reason=TWICE) for place in twice)
            return _rejected(number, item, text, faults)
        row = self._checked(number, item, text)
        if not self._keep or not isinstance(row, StatedRow) or not isinstance(item, dict):
            return row
        self._noted.not_met.difference_update(item)
        return replace(row, kept=tuple(_kept(item.get(name)) for name in self._keep))

    def _checked(self, number: int, item: object, text: bytes) -> Row:
        cells = flat_cells(item)
        if not cells:
            return _check_request(number, item, text)
        try:
            columns = self._columns(tuple(cells))
        except UnusableTableError as error:
            faults = (Fault(field=None, reason=str(error)),)
            return RejectedRow(number=number, account_id=None, faults=faults, cells=_as_it_was(text))
        row = check_row(read_row(columns, number, _as_read(columns, cells, cast("dict[str, object]", item))), columns)
        return replace(row, cells=_as_it_was(text))


def flat_cells(item: object) -> dict[str, str]:
    """The members of a flat object as the cells of a table; empty for a request, and whatever else JSON may hold."""
    if not isinstance(item, dict) or any(isinstance(value, dict | list) for value in item.values()):
        return {}
    return {name: _cell(value) for name, value in item.items()}


def _as_read(columns: TableColumns, cells: Mapping[str, str], item: Mapping[str, object]) -> list[str]:
    """The cells as they are read: a number that is one in JSON is none whose point parts thousands."""
    texts = list(cells.values())
    numbers = [isinstance(value, float) for value in item.values()]
    for column in columns.used:
        if column.counts and numbers[column.index]:
            texts[column.index] = unmistakable(texts[column.index])
    return texts


def _kept(value: object) -> str | None:
    """A member as text; None where it has nothing in it."""
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return _cell(cast("str | float | bool | None", value)) or None


def _cell(value: str | float | bool | None) -> str:  # noqa: FBT001 - whatever a member holds
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case float():
            text = plain_number(repr(value))
            return text if abs(value) < LARGEST_EXACT else Inexact(text)
        case _:
            return str(value)


def _check_request(number: int, item: object, text: bytes) -> Row:
    try:
        request = ClassificationRequest.model_validate_json(text)
    except ValidationError as error:
        faults = _faults(error, _pointer)
        return _rejected(number, item, text, faults)
    return _stated(number, request, _as_it_was(text))


def _as_it_was(text: bytes) -> tuple[str, ...]:
    return (text.strip().decode("utf-8", "surrogateescape"),)


def _stated(
    number: int,
    request: ClassificationRequest,
    cells: Sequence[str],
    remarks: tuple[Remark, ...] = (),
    stamp: str = "",
) -> StatedRow:
    return StatedRow(
        number=number,
        facts=request.facts(),
        effective_on=request.effective_on,
        dedup_requested_by=request.dedup_requested_by,
        remarks=remarks,
        cells=cells,
        stamp=stamp,
    )


def _rejected(number: int, item: object, text: bytes, faults: tuple[Fault, ...]) -> RejectedRow:
    account_id, name = _text_in(item, "id"), _text_in(item, "name")
    full = None if account_id is None else full_id(account_id)
    return RejectedRow(number=number, account_id=full, name=name, faults=faults, cells=_as_it_was(text))


def _text_in(item: object, field: str) -> str | None:
    account = item.get("account") if isinstance(item, dict) else None
    text = account.get(field) if isinstance(account, dict) else None
    return text if isinstance(text, str) else None


def _faults(error: ValidationError, field_at: Callable[[Place], str | None]) -> tuple[Fault, ...]:
    return tuple(Fault(field=field_at(fault["loc"]), reason=reason(fault)) for fault in error.errors(include_url=False))


def _pointer(location: Place) -> str | None:
    return "".join(f"/{printable(str(step))}" for step in location) or None
