"""A file decided as a table, and row by row: two ways to the same answers."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from service.bulk.columns import BESIDE, decision_columns
from service.bulk.decisions import DecidedRows
from service.bulk.destination import destination
from service.bulk.engines.open import Engine
from service.bulk.outputs import Outputs, count_decisions
from service.crm.mapping import FieldMapping
from service.domain.policies import BUILT_IN
from service.domain.rows import RejectedRow, Summary
from service.domain.spreadsheets import neutralised
from service.entrypoints.cli.classify import decide_rows
from service.entrypoints.cli.tables_in import open_table
from service.usecases.classify_table import classify_table
from tests.builders import ON
from tests.crm.mapped import USUAL


class Decided(NamedTuple):
    """What came of a file: its decisions, the lines of its rejected rows, and the count."""

    decisions: pa.Table
    rejected: list[tuple[str, ...]]
    summary: Summary


@contextmanager
def written_to(out: Path, on: date = ON) -> Iterator[Outputs]:
    """The files of a run, in their places once it has ended well."""
    with destination(out) as to, Outputs(to, decision_columns(BUILT_IN.on(on))) as outputs:
        yield outputs


def as_table(engine: Engine, file: Path | str, out: Path, on: date = ON, mapping: FieldMapping = USUAL) -> Decided:
    """Decide a file with an engine."""
    with (
        open_table(str(file), on, BUILT_IN, mapping) as table,
        written_to(out, on) as outputs,
    ):
        summary = classify_table(table.in_blocks(), on, BUILT_IN, engine, outputs, lambda: None)
    rejected = out.with_name(f"{out.name}.rejected.csv")
    lines = list(csv.reader(io.StringIO(rejected.read_text(), newline="")))[1:] if rejected.exists() else []
    return Decided(pyarrow.parquet.read_table(out), [tuple(line) for line in lines], summary)


def one_by_one(file: Path, on: date = ON, mapping: FieldMapping = USUAL) -> Decided:
    """Decide a file row by row, as ``chalkline classify`` does."""
    decided: list[tuple[int, Any]] = []
    rejected: list[tuple[str, ...]] = []
    summary, counted = Summary(), Summary()
    with open_table(str(file), on, BUILT_IN, mapping) as table:
        for place, each in enumerate(decide_rows(table.rows, on, BUILT_IN, table.column_at, summary)):
            if isinstance(each, RejectedRow):
                for fault in each.faults:
                    cells = (str(each.number), each.account_id or "", fault.field or "", fault.reason)
                    rejected.append(tuple(map(_written, cells)))
            else:
                decided.append((place, each))
    decisions = DecidedRows(BUILT_IN.on(on)).table(decided)
    count_decisions(counted, decisions)
    assert summary.groups == counted.groups
    return Decided(decisions.drop_columns(list(BESIDE)), rejected, summary)


def _written(cell: str) -> str:
    return neutralised(cell).encode("utf-8", "backslashreplace").decode()


def same(table: Decided, rows: Decided) -> None:
    """Both ways say the same of every row, rejected ones included, whatever the order in which rows were rejected."""
    assert table.decisions.num_rows == rows.decisions.num_rows
    for name in rows.decisions.column_names:
        assert table.decisions[name].to_pylist() == rows.decisions[name].to_pylist(), name
    assert sorted(table.rejected) == sorted(rows.rejected)
    assert (table.summary.decided, table.summary.rejected) == (rows.summary.decided, rows.summary.rejected)
    assert table.summary.groups == rows.summary.groups
