"""A file decided as a table, and row by row: two ways to the same answers."""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from service.bulk.columns import written_columns
from service.bulk.decisions import DecidedRows
from service.bulk.destination import destination
from service.bulk.engines.open import Engine
from service.bulk.outputs import Outputs, count_decisions
from service.bulk.rows import Table
from service.crm.mapping import FieldMapping
from service.domain.decision import Decision
from service.domain.policies import BUILT_IN
from service.domain.rows import RejectedRow, Row, StatedRow, Summary
from service.domain.spreadsheets import neutralised, protected
from service.entrypoints.cli.bulk import decide
from service.entrypoints.cli.classify import decide_rows
from service.entrypoints.common.tables.reading import AS_IT_STANDS, Reading
from service.entrypoints.common.tables.tables_in import open_table
from tests.builders import ON
from tests.crm.mapped import USUAL


class Decided(NamedTuple):
    """What came of a file: its decisions, its rejected rows as they are written, and the count."""

    decisions: pa.Table
    rejected: list[tuple[str, ...]]
    summary: Summary


@contextmanager
def written_to(out: Path, table: Table, on: date = ON) -> Iterator[Outputs]:
    """The files of a run, in their places once it has ended well."""
    with destination(out) as to, Outputs(to, BUILT_IN.on(on), table) as outputs:
        yield outputs


def as_table(
    engine: Engine,
    file: Path | str,
    out: Path,
    on: date = ON,
    mapping: FieldMapping = USUAL,
    reading: Reading = AS_IT_STANDS,
    *,
    keep: Sequence[str] = (),
) -> Decided:
    """Decide a file with an engine, as ``chalkline bulk classify`` does."""
    with (
        destination(out) as to,
        open_table(str(file), on, BUILT_IN, mapping, reading, keep=keep, may_begin_anew=True) as table,
    ):
        _, summary = decide(table, on, BUILT_IN, engine, to)
    return Decided(pyarrow.parquet.read_table(out), rejected_rows(out), summary)


def rejected_rows(out: Path) -> list[tuple[str, ...]]:
    """The lines of the file of rejected rows, without its header."""
    file = out.with_name(f"{out.name}.rejected.csv")
    text = file.read_bytes().decode("utf-8", "surrogateescape") if file.exists() else ""
    return [tuple(line) for line in csv.reader(io.StringIO(text, newline=""))][1:]


def one_by_one(
    file: Path,
    on: date = ON,
    mapping: FieldMapping = USUAL,
    reading: Reading = AS_IT_STANDS,
    *,
    keep: Sequence[str] = (),
) -> Decided:
    """Decide a file row by row, as ``chalkline classify`` does."""
    decided: list[tuple[int, Any]] = []
    rejected: list[tuple[str, ...]] = []
    kept: list[tuple[object, ...]] = []
    summary, counted = Summary(), Summary()
    with open_table(str(file), on, BUILT_IN, mapping, reading, keep=keep) as table:
        seen: list[Row] = []
        rows = map(partial(_noted, seen), table.rows)
        for place, each in enumerate(decide_rows(rows, on, BUILT_IN, table.column_at, summary)):
            if isinstance(each, RejectedRow):
                reasons = "; ".join(": ".join(filter(None, (fault.field, fault.reason))) for fault in each.faults)
                rejected.append((str(each.number), neutralised(reasons), *map(protected, each.cells)))
            else:
                decided.append((place, each))
                row = seen[-1]
                assert isinstance(row, StatedRow)
                kept.append(row.kept)
    decisions = DecidedRows(BUILT_IN.on(on)).table(decided)
    count_decisions(counted, decisions)
    assert summary.groups == counted.groups
    whole = _with_what_goes_along(decisions, [each for _, each in decided], list(zip(*kept, strict=True)), keep)
    return Decided(whole, rejected, summary)


def _noted(seen: list[Row], row: Row) -> Row:
    seen[:] = [row]
    return row


def _with_what_goes_along(
    table: pa.Table, decisions: list[Decision], kept: list[tuple[object, ...]], keep: Sequence[str]
) -> pa.Table:
    accounts = [each.facts.account for each in decisions]
    teams = [(each.team, each.facts.account.current_team) for each in decisions]
    moves = [None if None in pair else pair[0] != pair[1] for pair in teams]
    table = table.append_column("name", pa.array([account.name for account in accounts], pa.string()))
    table = table.append_column("moves", pa.array(moves, pa.bool_()))
    fields = [pa.field(name, pa.string()) for name in keep]
    columns = written_columns(BUILT_IN.on(ON), fields)
    for name, values in zip([each for each in columns.names if each not in table.column_names], kept, strict=True):
        table = table.append_column(name, pa.array(values, pa.string()))
    return table.select(columns.names)


def same(table: Decided, rows: Decided) -> None:
    """Both ways say the same of every row, rejected ones included."""
    assert table.decisions.column_names == rows.decisions.column_names
    assert table.decisions.num_rows == rows.decisions.num_rows
    for name in rows.decisions.column_names:
        assert table.decisions[name].to_pylist() == rows.decisions[name].to_pylist(), name
    assert table.rejected == rows.rejected
    assert (table.summary.decided, table.summary.rejected) == (rows.summary.decided, rows.summary.rejected)
    assert table.summary.groups == rows.summary.groups
    assert table.summary.refusals == rows.summary.refusals
    assert table.summary.readable == rows.summary.readable
