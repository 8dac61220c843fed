"""The rows of a table, as they come to be decided or are refused, and what came of all of them in numbers."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, TypeAlias

from service.domain.decision import Decision, Status
from service.domain.errors import DomainError
from service.domain.facts import Facts


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

    ``stamp`` is what it says of when it changed, where that is asked.
    """

    number: int
    facts: Facts
    effective_on: date | None = None
    dedup_requested_by: str | None = None
    remarks: tuple[Remark, ...] = ()
    stamp: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """A row that is not decided, with everything that is wrong with it. Its account where that is known."""

    number: int
    account_id: str | None
    name: str | None = None
    faults: tuple[Fault, ...]
    stamp: str = ""


Row: TypeAlias = StatedRow | RejectedRow


def refused(
    number: int, account_id: str, error: DomainError, column_at: Callable[[str], str], name: str | None = None
) -> RejectedRow:
    """A row that the rules refuse. ``column_at`` names the column of a pointer into a request."""
    column = None if error.pointer is None else column_at(error.pointer)
    faults = (Fault(field=column, reason=str(error)),)
    return RejectedRow(number=number, account_id=account_id, name=name, faults=faults)


class Group(NamedTuple):
    """What decided rows are counted by."""

    team: str | None
    segment: str | None
    region: str | None
    status: str
    missing_facts: tuple[str, ...]


@dataclass(slots=True)
class Summary:
    """What came of the rows so far. ``remarks`` has the first row of each, and in how many rows it is due.

    ``readable`` says of cells that could not be read, by their column and the option that would read them, how many
    they are.

    ``recorded`` and ``stood_already`` are of a run that records: decisions anew, and those on record already.
    """

    groups: Counter[Group] = field(default_factory=Counter)
    rejected: int = 0
    recorded: int = 0
    stood_already: int = 0
    remarks: dict[Remark, tuple[int, int]] = field(default_factory=dict)
    readable: Counter[tuple[str, str]] = field(default_factory=Counter)

    def reject(self, row: RejectedRow) -> None:
        """Add a row that is not decided."""
        self.rejected += 1
        for fault in row.faults:
            if isinstance(fault, UnreadCell):
                self.readable.update((fault.field or "", option) for option in fault.options)

    def count(self, decision: Decision) -> None:
        """Add a decision."""
        region = decision.facts.account.region
        self.groups[Group(decision.team, decision.segment, region, decision.status, decision.missing_facts)] += 1

    def remark(self, remark: Remark, number: int, rows: int = 1) -> None:
        """Add a value that the rules do not know: of so many rows, the first of which has the number."""
        first, before = self.remarks.get(remark, (number, 0))
        self.remarks[remark] = (min(first, number), before + rows)

    @property
    def decided(self) -> int:
        """How many rows were decided."""
        return self.groups.total()

    @property
    def provisional_by_missing_fact(self) -> Counter[str]:
        """How many provisional decisions each missing fact is missing to."""
        counted: Counter[str] = Counter()
        for group, rows in self.groups.items():
            if group.status == Status.PROVISIONAL:
                for fact in group.missing_facts:
                    counted[fact] += rows
        return counted
