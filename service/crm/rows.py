"""One row of a table, as the data of a request to classify, or as what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from service.crm.columns import TableColumns
from service.crm.facts_by_name import ID_PLACE, Place
from service.crm.payloads import quoted
from service.crm.readings import BadValueError, NotOurs
from service.domain.numbers import Inexact
from service.domain.rows import Fault, RejectedRow, Remark, UnreadCell
from service.domain.terms import Source
from service.domain.wording import quantity

_UNREAD, _LAST_UNREAD = "\udc80", "\udcff"
RequestData: TypeAlias = dict[str, Any]
"""A request to classify in the shape of the API's, with days and names of the domain instead of their text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UncheckedRow:
    """A row that could be read. Its facts may still be refused: they may contradict each other, for example."""

    number: int
    request: RequestData
    remarks: tuple[Remark, ...]
    cells: Sequence[str] = ()
    stamp: str = ""


def read_row(columns: TableColumns, number: int, cells: Sequence[str]) -> UncheckedRow | RejectedRow:
    """Read the cells of one row. An empty cell is an unknown fact; cells beyond the header must be empty."""
    if len(cells) < columns.width or any(cell.strip() for cell in cells[columns.width :]):
        reason = f"has {quantity(len(cells), 'cell')} where the header has {columns.width}"
        return RejectedRow(number=number, account_id=None, faults=(Fault(field=None, reason=reason),), cells=cells)

    request: RequestData = {"account": {}}
    faults: list[Fault] = []
    remarks: list[Remark] = []
    for column in columns.used:
        text = cells[column.index].strip()
        if not text:
            continue
        try:
            if not column.counts:
                _refuse_inexact(cells[column.index])
            value = column.read(_known_text(text))
        except BadValueError as error:
            faults.append(UnreadCell(field=column.name, reason=str(error), options=error.options))
            continue
        if isinstance(value, NotOurs):
            remarks.append(Remark(field=column.name, value=text, reason=value.reason))
        else:
            put_fact(request, column.fact.place, value)
    account = request["account"]
    id_column = columns.name_at(ID_PLACE)
    if "id" not in account and all(fault.field != id_column for fault in faults):
        faults.append(Fault(field=id_column, reason="is empty; every account needs its id"))
    stamp = "" if columns.stamp is None else cells[columns.stamp].strip()
    if faults:
        account_id, name = account.get("id"), account.get("name")
        return RejectedRow(
            number=number, account_id=account_id, name=name, faults=tuple(faults), cells=cells, stamp=stamp
        )
    list_the_counts(request)
    return UncheckedRow(number=number, request=request, remarks=tuple(remarks), cells=cells, stamp=stamp)


def _refuse_inexact(cell: str) -> None:
    """Refuse a number that stands for an id, or another word, of which the file does not hold all digits."""
    if isinstance(cell, Inexact):
        raise BadValueError(f"{quoted(cell)} is a number of more digits than the file holds; bring the column as text")


def _known_text(text: str) -> str:
    """The text itself, unless bytes of it could not be read, which stand in it as lone surrogates."""
    if not text.isascii() and any(_UNREAD <= letter <= _LAST_UNREAD for letter in text):
        raise BadValueError(f"{quoted(text)} is not UTF-8", ("--encoding windows-1252",))
    return text


def find_place(location: Sequence[int | str], request: RequestData) -> Place:
    """The place of a fact from where it stands in the request's data, where counts are a list: by number."""
    match location:
        case ("employee_counts", int(index), *rest):
            source = request["employee_counts"][index]["source"]
            return ("employee_counts", str(source), *map(str, rest))
        case _:
            return tuple(map(str, location))


def put_fact(request: RequestData, place: Place, value: object) -> None:
    """Put a fact in its place; counts are kept by their source until all facts are in."""
    within = request
    for step in place[:-1]:
        within = within.setdefault(step, {})
    within[place[-1]] = value


def list_the_counts(request: RequestData) -> None:
    """Make of the counts by source the list that a request has; one with a gap is wholly wrong."""
    by_source = request.get("employee_counts")
    if by_source is not None:
        request["employee_counts"] = tuple(
            {"source": Source(name), "wholly_wrong": "gap" in count, **count} for name, count in by_source.items()
        )
