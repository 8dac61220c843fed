"""What becomes of a table: a file of decisions, and one of the rows that are rejected, each written as it comes.

What was decided is counted likewise, a block at a time.
"""

import csv
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from service.bulk.columns import BESIDE, MISSING, SEPARATOR, STATUS, TEAM
from service.bulk.destination import Destination
from service.domain.rows import Group, RejectedRow, Summary
from service.domain.spreadsheets import neutralised
from service.domain.vocabulary import segment

REJECTED_COLUMNS = ("row", "account_id", "column", "reason")
_COUNTED = (TEAM, segment.name, BESIDE[0], STATUS, MISSING)


class DecisionsOut:
    """A file of decisions, whole once it is closed.

    As CSV it says true, false, or nothing for what is unknown, and has no cell that a spreadsheet would run.
    """

    def __init__(self, path: Path, columns: pa.Schema, suffix: str) -> None:
        self._columns = columns
        self._texts = [place for place, field in enumerate(columns) if pa.types.is_string(field.type)]
        self._is_csv = suffix == ".csv"
        if self._is_csv:
            self._file = pyarrow.csv.CSVWriter(path, columns)
        else:
            few = [columns.names[place] for place in self._texts][1:]
            self._file = pyarrow.parquet.ParquetWriter(path, columns, use_dictionary=few, write_statistics=False)

    def write(self, decisions: pa.Table) -> None:
        """Write some more."""
        chosen = decisions.select(self._columns.names).cast(self._columns)
        for place in self._texts if self._is_csv else ():
            chosen = chosen.set_column(place, self._columns.field(place), _harmless(chosen.column(place)))
        self._file.write_table(chosen)

    def close(self) -> None:
        """Write what ends the file."""
        self._file.close()


def _harmless(cells: pa.ChunkedArray) -> pa.Array:
    coded = cells.combine_chunks().dictionary_encode()
    return pa.array([neutralised(text) for text in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)


class RejectedOut:
    """The file of rejected rows, which is there only if there are some: a line for each thing that is wrong."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("w", newline="", encoding="utf-8", errors="backslashreplace")
        self._lines = csv.writer(self._file)
        self._lines.writerow(REJECTED_COLUMNS)
        self.rows = 0

    def write(self, row: RejectedRow) -> None:
        """Write what is wrong with a row."""
        self.rows += 1
        for fault in row.faults:
            cells = (str(row.number), row.account_id or "", fault.field or "", fault.reason)
            self._lines.writerow([neutralised(cell) for cell in cells])

    def close(self) -> None:
        """Leave the file whole, or none where no row was rejected."""
        self._file.close()
        if not self.rows:
            self._path.unlink()


class Outputs:
    """Both files of a run."""

    def __init__(self, to: Destination, columns: pa.Schema) -> None:
        self.rejected = RejectedOut(to.rejected)
        self.decisions = DecisionsOut(to.decisions, columns, to.suffix)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.decisions.close()
        self.rejected.close()


def count_decisions(summary: Summary, decisions: pa.Table) -> None:
    """Add the decisions of a block, in the columns of ``decisions`` and those beside them."""
    grouped = decisions.group_by(list(_COUNTED), use_threads=False).aggregate([([], "count_all")])
    for row in grouped.to_pylist():
        team, placed, region, status, missing = (row[name] for name in _COUNTED)
        facts = tuple(missing.split(SEPARATOR)) if missing else ()
        summary.groups[Group(team, placed, region, status, facts)] += row["count_all"]
