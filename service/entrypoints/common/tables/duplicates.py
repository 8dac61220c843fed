"""Accounts in several rows of a table: rejected with their lines, unless it is said which row leads."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from service.crm.columns import UnusableTableError
from service.crm.facts_by_name import ID_PLACE
from service.crm.mapping import FieldMapping
from service.crm.payloads import quoted
from service.crm.readings import BadValueError, moment
from service.crm.record_mapping import RecordMapping
from service.domain.rows import Fault
from service.domain.wording import listing
from service.entrypoints.common.tables.reading import Leader, Reading

if TYPE_CHECKING:
    from service.bulk.duplicates import Appearance
    from service.bulk.rows import Table
    from service.entrypoints.common.tables.table_in import TableIn

_MOST_LINES: Final = 5


def stamp_column(names: Sequence[str], mapping: FieldMapping, reading: Reading) -> int:
    """Where the column stands that says when a row changed: the one that was named, else that of the CRM.

    Raises:
        UnusableTableError: there is none.
    """
    places = {_folded(name): place for place, name in enumerate(names)}
    wanted = (reading.newest_by,) if reading.newest_by is not None else mapping.changed_at
    found = next((places[_folded(name)] for name in wanted if _folded(name) in places), None)
    if found is None:
        listed = listing([quoted(name) for name in wanted], "or")
        raise UnusableTableError(f"No column {listed} says which row is newest; name one with --newest-by COLUMN")
    return found


@dataclass(frozen=True, slots=True)
class Duplicates:
    """The rows of accounts that stand in several, by their numbers: rejected with a fault, or with None passed over."""

    fates: Mapping[int, Fault | None]

    @classmethod
    def of(cls, identities: "Callable[[], TableIn]", mapping: RecordMapping, reading: Reading) -> "Duplicates":
        """Those of a table, of which ``identities`` opens the ids from the beginning.

        Raises:
            UnusableTableError: there are too many of them.
        """
        from service.bulk.duplicates import TooManyDuplicatesError, find_duplicates  # noqa: PLC0415 - reads in blocks

        opened: list[TableIn] = []

        def in_blocks() -> "Table":
            opened.append(identities())
            return opened[-1].in_blocks()

        try:
            found = find_duplicates(in_blocks)
        except TooManyDuplicatesError as error:
            raise UnusableTableError(str(error)) from error
        fates: dict[int, Fault | None] = {}
        for rows in found:
            leads = _leader(rows, mapping, reading)
            fault = _fault(rows, opened[-1], reading) if leads is None else None
            fates |= {row.number: fault for row in rows if row.number != leads}
        return cls(fates)

    def set_aside(self, table: "TableIn") -> "TableIn":
        """The table without the rows that another one leads, and with those rejected of which none does."""
        if not self.fates:
            return table
        from service.bulk.duplicates import rows_without_others, without_others  # noqa: PLC0415 - as above

        return replace(
            table,
            rows=rows_without_others(table.rows, self.fates),
            in_blocks=lambda: without_others(table.in_blocks(), self.fates),
            passed_over=sum(fault is None for fault in self.fates.values()),
        )


@contextmanager
def watched(table: "TableIn", anew: "Callable[[], TableIn]") -> "Iterator[TableIn]":
    """The table, looked through for accounts in several rows while it is read in blocks, which saves a reading.

    Where it has some, it begins ``anew``, once more.
    """
    from service.bulk.duplicates import SeenIds  # noqa: PLC0415 - as above

    seen = SeenIds()
    try:
        yield replace(
            table,
            in_blocks=lambda: seen.watched(table.in_blocks()),
            anew=lambda: anew() if len(seen.twice()) else None,
        )
    except Exception as error:
        # What decides a table tells in its own words, if any, why it was not given all of it.
        if seen.failed is not None:
            raise seen.failed from error
        raise


def _folded(name: str) -> str:
    """A name in whatever case; the label of LastModifiedDate has blanks."""
    return name.casefold().replace(" ", "")


def _leader(rows: "list[Appearance]", mapping: RecordMapping, reading: Reading) -> int | None:
    match reading.leader:
        case None:
            return None
        case Leader.FIRST:
            return rows[0].number
        case Leader.LAST:
            return rows[-1].number
        case Leader.NEWEST:
            stamps = [(_moment(row.stamp, mapping), row.number) for row in rows]
            known = sorted((at, number) for at, number in stamps if at is not None)
            # Of rows that changed at the same moment none is the newest, nor where one does not say when it changed.
            if len(known) < len(rows) or known[-1][0] == known[-2][0]:
                return None
            return known[-1][1]


def _moment(text: str, mapping: RecordMapping) -> datetime | None:
    try:
        return moment(text, mapping.zone, mapping.dialect.days)
    except BadValueError:
        return None


def _fault(rows: "list[Appearance]", table: "TableIn", reading: Reading) -> Fault:
    shown = [f"{row.number:,}" for row in rows[:_MOST_LINES]]
    others = len(rows) - len(shown)
    where = f"{table.row_noun}s {listing([*shown, f'{others:,} others'] if others else shown, 'and')}"
    told = (
        "none of which is the newest" if reading.leader else "and --duplicates first, last or newest says which leads"
    )
    return Fault(field=table.columns.name_at(ID_PLACE), reason=f"is one account's on {where}, {told}")
