"""A file decided as a table, and row by row: two ways to the same answers."""

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from service.bulk.columns import BESIDE, decision_columns
from service.bulk.decided import DecidedRows
from service.bulk.engines.open import Engine
from service.bulk.outputs import Outputs
from service.bulk.summary import Tally
from service.crm.rows import FaultyRow
from service.domain.policies import BUILT_IN
from service.domain.spreadsheets import neutralised
from service.entrypoints.cli.files import opened, requests_in
from service.entrypoints.cli.outcomes import outcomes
from service.entrypoints.cli.tables_in import opened_table
from service.usecases.classify_table import classify_table
from tests.builders import ON


class Decided(NamedTuple):
    """What came of a file: its decisions, the lines of its rejected rows, and the count."""

    decisions: pa.Table
    rejected: list[tuple[str, ...]]
    tally: Tally


def as_table(engine: Engine, file: Path | str, out: Path, on: date = ON) -> Decided:
    """Decide a file with an engine."""
    with opened_table(str(file), on, BUILT_IN) as table, Outputs(out, decision_columns(BUILT_IN.on(on))) as outputs:
        tally = classify_table(table.table, on, BUILT_IN, engine, outputs, lambda: None)
    rejected = out.with_name(f"{out.name}.rejected.csv")
    lines = list(csv.reader(io.StringIO(rejected.read_text(), newline="")))[1:] if rejected.exists() else []
    return Decided(pyarrow.parquet.read_table(out), [tuple(line) for line in lines], tally)


def one_by_one(file: Path, on: date = ON) -> Decided:
    """Decide a file row by row, as ``chalkline classify`` does."""
    decided: list[tuple[int, Any]] = []
    rejected: list[tuple[str, ...]] = []
    tally = Tally()
    with opened(str(file)) as stream:
        for place, outcome in enumerate(outcomes(requests_in(stream, file.name), on, BUILT_IN)):
            if isinstance(outcome, FaultyRow):
                tally.rejected += 1
                for fault in outcome.faults:
                    cells = (str(fault.row), outcome.account_id or "", fault.column or "", fault.reason)
                    rejected.append(tuple(map(_written, cells)))
            else:
                decided.append((place, outcome.decision))
    table = DecidedRows(BUILT_IN.on(on)).table(decided)
    tally.count(table)
    return Decided(table.drop_columns(list(BESIDE)), rejected, tally)


def _written(cell: str) -> str:
    return neutralised(cell).encode("utf-8", "backslashreplace").decode()


def same(table: Decided, rows: Decided) -> None:
    """Both ways say the same of every row, rejected ones included, whatever the order in which rows were rejected."""
    assert table.decisions.num_rows == rows.decisions.num_rows
    for name in rows.decisions.column_names:
        assert table.decisions[name].to_pylist() == rows.decisions[name].to_pylist(), name
    assert sorted(table.rejected) == sorted(rows.rejected)
    assert (table.tally.decided, table.tally.rejected) == (rows.tally.decided, rows.tally.rejected)
    assert table.tally.kinds == rows.tally.kinds
