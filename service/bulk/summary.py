"""What came of a table, in numbers: counted as it is decided, a block at a time."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

import pyarrow as pa

from service.bulk.columns import BESIDE, MISSING, SEPARATOR, STATUS, TEAM
from service.bulk.rows import Remark
from service.domain.decision import Status
from service.domain.vocabulary import segment

_COUNTED = (TEAM, segment.name, BESIDE[0], STATUS, MISSING)


class Kind(NamedTuple):
    """What rows are counted by."""

    team: str | None
    segment: str | None
    region: str | None
    status: str
    missing_facts: str


@dataclass(slots=True)
class Tally:
    """The count so far. ``remarks`` has the first row of each value that the rules do not know, and how many rows.

    ``recorded`` and ``stood_already`` are of a run that records: decisions anew, and those on record already.
    """

    kinds: Counter[Kind] = field(default_factory=Counter)
    rejected: int = 0
    recorded: int = 0
    stood_already: int = 0
    remarks: dict[Remark, tuple[int, int]] = field(default_factory=dict)

    def count(self, decisions: pa.Table) -> None:
        """Add the decisions of a block."""
        grouped = decisions.group_by(list(_COUNTED), use_threads=False).aggregate([([], "count_all")])
        for row in grouped.to_pylist():
            self.kinds[Kind(*(row[name] for name in _COUNTED))] += row["count_all"]

    def remark(self, remark: Remark, row: int, times: int) -> None:
        """Add a value that the rules do not know."""
        first, before = self.remarks.get(remark, (row, 0))
        self.remarks[remark] = (min(first, row), before + times)

    @property
    def decided(self) -> int:
        """How many rows were decided."""
        return self.kinds.total()

    @property
    def provisional_by_missing_fact(self) -> Counter[str]:
        """How many provisional decisions each missing fact is missing to."""
        counted: Counter[str] = Counter()
        for kind, rows in self.kinds.items():
            if kind.status == Status.PROVISIONAL:
                for fact in kind.missing_facts.split(SEPARATOR):
                    counted[fact] += rows
        return counted
