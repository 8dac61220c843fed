"""The rows of a table, as they come to be decided or are refused, and what came of all of them in numbers."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, TypeAlias

from service.domain.decision import Decision, Status
from service.domain.errors import DomainError
from service.domain.facts import Facts
from service.domain.review_queue import ReviewKind

REJECTED = (("line", "reason"), ("chalkline_line", "chalkline_reason"))
"""What the first two columns of a table of rejected rows are called: the latter where it has one of the former."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A value that the rules do not know. Its fact is unknown, but for a region, which stands for what it is.

    ``field`` is the field of an event or the column of a table that holds it. ``value`` is empty where the reason has
    it.
    """

    field: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a row, or an event, is refused: a field that cannot be read as its fact, or None for the whole."""

    field: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadCell(Fault):
    """A cell that the ``options`` of commands would have read, such as ``--days mdy``."""

    options: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedRow:
    """A row that states facts. ``number`` is its line in the file, or its position where it has no lines.

    ``cells`` are the row as it was; of JSON its text. ``kept`` are the values that go along with what is decided, and
    ``stamp`` is what it says of when it changed, where that is asked.
    """

    number: int
    facts: Facts
    effective_on: date | None = None
    dedup_requested_by: str | None = None
    remarks: tuple[Remark, ...] = ()
    cells: Sequence[str] = ()
    kept: tuple[object, ...] = ()
    stamp: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """A row that is not decided, with everything that is wrong with it. Its account where that is known.

    ``cells`` are the row as it was; of JSON its text, and where it is no row of CSV the line.
    """

    number: int
    account_id: str | None
    name: str | None = None
    faults: tuple[Fault, ...]
    cells: Sequence[str] = ()
    stamp: str = ""


Row: TypeAlias = StatedRow | RejectedRow


def refused(row: StatedRow, error: DomainError, column_at: Callable[[str], str]) -> RejectedRow:
    """A row that the rules refuse. ``column_at`` names the column of a pointer into a request."""
    column = None if error.pointer is None else column_at(error.pointer)
    account = row.facts.account
    return RejectedRow(
        number=row.number,
        account_id=account.id,
        name=account.name,
        faults=(Fault(field=column, reason=str(error)),),
        cells=row.cells,
    )


class Group(NamedTuple):
    """What decided rows are counted by."""

    team: str | None
    segment: str | None
    region: str | None
    status: str
    missing_facts: tuple[str, ...]
    current_team: str | None


_PARTICULARS = re.compile(r'".*"|[0-9][0-9,.]*')
_MOST_REFUSALS = 200
_PLACES = 5


class Refusal(NamedTuple):
    """A reason for which rows were rejected, as it was said of the first of them: of so many, and where some are.

    ``places`` are the numbers of the first few rows. ``account`` is that of the first: its name and its id.
    """

    field: str | None
    reason: str
    rows: int
    places: tuple[int, ...]
    account: tuple[str | None, str | None]

    def with_another(self, fault: Fault, row: RejectedRow) -> "Refusal":
        """The same, with one more row."""
        places = tuple(sorted((*self.places, row.number))[:_PLACES])
        known = self._replace(rows=self.rows + 1, places=places)
        first = row.number < self.places[0]
        return known._replace(reason=fault.reason, account=(row.name, row.account_id)) if first else known


_OTHERWISE = Fault(field=None, reason="was rejected for a reason that is not told here")


@dataclass(slots=True)
class Summary:
    """What came of the rows so far. ``remarks`` has the first row of each, and in how many rows it is due.

    ``refusals`` has why rows were rejected, by the column and the reason without its particulars, and ``readable`` how
    many of the cells that could not be read would be by an option, by their column and the option. ``reviews`` are
    those that the decisions would open, where that is asked.

    ``recorded`` and ``stood_already`` are of a run that records: decisions anew, and those on record already.
    """

    groups: Counter[Group] = field(default_factory=Counter)
    rejected: int = 0
    recorded: int = 0
    stood_already: int = 0
    remarks: dict[Remark, tuple[int, int]] = field(default_factory=dict)
    refusals: dict[tuple[str | None, str], Refusal] = field(default_factory=dict)
    readable: Counter[tuple[str, str]] = field(default_factory=Counter)
    reviews: Counter[ReviewKind] = field(default_factory=Counter)

    def reject(self, row: RejectedRow) -> None:
        """Add a row that is not decided."""
        self.rejected += 1
        for fault in row.faults:
            self._refuse(fault, row)
            if isinstance(fault, UnreadCell):
                self.readable.update((fault.field or "", option) for option in fault.options)

    def _refuse(self, fault: Fault, row: RejectedRow) -> None:
        kind = (fault.field, _PARTICULARS.sub("", fault.reason))
        if kind not in self.refusals and len(self.refusals) >= _MOST_REFUSALS:
            fault, kind = _OTHERWISE, (None, _OTHERWISE.reason)
        known = self.refusals.get(kind)
        self.refusals[kind] = (
            Refusal(fault.field, fault.reason, 1, (row.number,), (row.name, row.account_id))
            if known is None
            else known.with_another(fault, row)
        )

    def count(self, decision: Decision) -> None:
        """Add a decision."""
        account = decision.facts.account
        placed = (decision.team, decision.segment, account.region, decision.status, decision.missing_facts)
        self.groups[Group(*placed, account.current_team)] += 1

    def remark(self, remark: Remark, number: int, rows: int = 1) -> None:
        """Add a value that the rules do not know: of so many rows, the first of which has the number."""
        first, before = self.remarks.get(remark, (number, 0))
        self.remarks[remark] = (min(first, number), before + rows)

    @property
    def decided(self) -> int:
        """How many rows were decided."""
        return self.groups.total()

    @property
    def by_teams(self) -> Counter[tuple[str | None, str | None]]:
        """How many rows there are of each current team and each team decided; None where one is not known."""
        counted: Counter[tuple[str | None, str | None]] = Counter()
        for group, rows in self.groups.items():
            counted[group.current_team, group.team] += rows
        return counted

    @property
    def provisional_by_missing_fact(self) -> Counter[str]:
        """How many provisional decisions each missing fact is missing to."""
        counted: Counter[str] = Counter()
        for group, rows in self.groups.items():
            if group.status == Status.PROVISIONAL:
                for fact in group.missing_facts:
                    counted[fact] += rows
        return counted
