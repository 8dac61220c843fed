"""What becomes of a table: a file of decisions with its legend, and one of rejected rows, each written as it comes.

What was decided is counted likewise, a block at a time.
"""

from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from service.bulk.columns import BESIDE, MISSING, MOVES, NAME, SEPARATOR, STATUS, TEAM, written_columns
from service.bulk.destination import Destination
from service.bulk.facts import ACCOUNT_ID, ROW
from service.bulk.legend import write_legend
from service.bulk.rejected import RejectedOut
from service.bulk.rows import Table
from service.domain.decision import Decision
from service.domain.policy import Policy
from service.domain.review_queue import review_kind
from service.domain.rows import Group, RejectedRow, Remark, Summary
from service.domain.spreadsheets import neutralised
from service.domain.vocabulary import current_team, segment

_COUNTED = (TEAM, segment.name, BESIDE[0], STATUS, MISSING, current_team.name)
_OF_ITS_OWN = (ACCOUNT_ID, NAME)
"""Texts of which each row has another."""
_NOT_KEPT = (ROW, NAME)
"""What goes along before the columns of the table that are kept."""


class DecisionsOut:
    """A file of decisions, whole once it is closed.

    As CSV it says true, false, or nothing for what is unknown. Neither so nor as a workbook has it a cell that a
    spreadsheet would run.
    """

    def __init__(self, path: Path, columns: pa.Schema, suffix: str) -> None:
        if suffix == ".csv":
            names = [neutralised(name) for name in columns.names]
            columns = pa.schema([field.with_name(name) for field, name in zip(columns, names, strict=True)])
        self._columns = columns
        self._texts = [place for place, field in enumerate(columns) if pa.types.is_string(field.type)]
        self._is_csv = suffix == ".csv"
        self._file: Any
        if self._is_csv:
            self._file = pyarrow.csv.CSVWriter(path, columns)
        elif suffix == ".xlsx":
            from service.bulk.write_workbook import WorkbookWriter  # noqa: PLC0415 - a library for this alone

            self._file = WorkbookWriter(path, columns)
        else:
            few = [columns.names[place] for place in self._texts if columns.names[place] not in _OF_ITS_OWN]
            self._file = pyarrow.parquet.ParquetWriter(path, columns, use_dictionary=few, write_statistics=False)

    def write(self, decisions: pa.Table) -> None:
        """Write some more, in the columns of the file."""
        chosen = decisions.rename_columns(self._columns.names).cast(self._columns)
        for place in self._texts if self._is_csv else ():
            chosen = chosen.set_column(place, self._columns.field(place), _harmless(chosen.column(place)))
        self._file.write_table(chosen)

    def close(self) -> None:
        """Write what ends the file."""
        self._file.close()


def _harmless(cells: pa.ChunkedArray) -> pa.Array:
    coded = cells.combine_chunks().dictionary_encode()
    return pa.array([neutralised(text) for text in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)


class Outputs:
    """The files of a run and its summary. Several threads may have something to write.

    Without a destination there are no files, and the summary has the reviews that the decisions would open.
    """

    def __init__(self, to: Destination | None, policy: Policy, table: Table) -> None:
        self.summary = Summary()
        self._writing = Lock()
        self._columns = written_columns(policy, table.layout.kept)
        self._ours = frozenset(written_columns(policy).names)
        self._decisions: DecisionsOut | None = None
        self._rejected: RejectedOut | None = None
        if to is None:
            return
        write_legend(to.legend, policy)
        self._rejected = RejectedOut(to.rejected, table.names, table.encoding, table.read_cells)
        self._decisions = DecisionsOut(to.decisions, self._columns, to.suffix)

    def write(self, decided: pa.Table, along: pa.Table) -> None:
        """Count and write what was decided of some rows, with what goes along with each."""
        with self._writing:
            count_decisions(self.summary, decided)
            if self._decisions is not None:
                self._decisions.write(self._written(decided, along))

    def _written(self, decided: pa.Table, along: pa.Table) -> pa.Table:
        # A team is left only where both are known.
        moves = pc.not_equal(decided[TEAM], decided[current_team.name])
        ours = {NAME: along[NAME], MOVES: moves}
        kept = iter(along.columns[len(_NOT_KEPT) :])
        columns = [
            next(kept) if name not in self._ours else ours[name] if name in ours else decided[name]
            for name in self._columns.names
        ]
        return pa.table(columns, names=self._columns.names)

    def look_at(self, decision: Decision) -> None:
        """Count the review that a decision would open, where nothing else is made of decisions."""
        kind = review_kind(decision) if self._decisions is None else None
        if kind is not None:
            with self._writing:
                self.summary.reviews[kind] += 1

    def reject(self, row: RejectedRow) -> None:
        """Count and write a row that is not decided."""
        with self._writing:
            self.summary.reject(row)
            if self._rejected is not None:
                self._rejected.write(row)

    def remark(self, remark: Remark, number: int, rows: int = 1) -> None:
        """Tell of a value that the rules do not know: of so many rows, the first of which has the number."""
        with self._writing:
            self.summary.remark(remark, number, rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._writing:
            decisions, self._decisions = self._decisions, None
            rejected, self._rejected = self._rejected, None
        # A thread that still reads when a run is broken off finds no file to write to.
        if decisions is not None:
            decisions.close()
        if rejected is not None:
            rejected.close(whole=kind is None)


def count_decisions(summary: Summary, decisions: pa.Table) -> None:
    """Add the decisions of a block, in the columns of ``decisions`` and those beside them."""
    grouped = decisions.group_by(list(_COUNTED), use_threads=False).aggregate([([], "count_all")])
    for row in grouped.to_pylist():
        team, placed, region, status, missing, current = (row[name] for name in _COUNTED)
        facts = tuple(missing.split(SEPARATOR)) if missing else ()
        summary.groups[Group(team, placed, region, status, facts, current)] += row["count_all"]
