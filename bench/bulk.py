"""Whole tables: ``python -m bench.bulk``.

Decides an export of a million accounts, from CSV to Parquet with every clause's outcome, against DuckDB alone reading
and writing the same columns, both in this process and warm, in turns; records one into PostgreSQL, against binary COPY
of the same bytes, and into SQLite, against row by row; and prints the largest resident memory of deciding a hundred
thousand accounts and a million. The commands that record into PostgreSQL, and whose memory is measured, are processes
of their own, and their start counts.
"""

import argparse
import asyncio
import gc
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import psycopg
from prometheus_client import CollectorRegistry

from bench.machine import describe, median
from service import wiring
from service.bulk.columns import written_columns
from service.bulk.destination import destination
from service.bulk.engines.open import open_engine
from service.bulk.outputs import Outputs
from service.domain.fy23 import fy23
from service.domain.policies import BUILT_IN
from service.entrypoints.cli.bulk import decide
from service.entrypoints.common.tables.tables_in import open_table
from service.settings import Settings
from service.store.recording import Asked
from service.usecases.record_table import record_table
from tests.databases import SqliteDatabases, postgres_databases
from tests.servers import REPOSITORY

ON = date(2022, 3, 15)
_DECIDED = (0, 1)
"""The exit codes of a run that has decided its table; with 1 some rows were rejected."""
_MAKER = REPOSITORY / "examples" / "make_export.py"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--recorded", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--maker", type=Path, default=_MAKER, help="A script that writes an export of so many rows.")
    asked = parser.parse_args()
    print(describe(), f"duckdb {duckdb.__version__}", sep="\n")
    with tempfile.TemporaryDirectory(prefix="chalkline-bench-") as name:
        folder = Path(name)
        files = {rows: _export(folder, rows, asked.maker) for rows in (asked.rows // 10, asked.rows, asked.recorded)}
        if asked.rounds:
            _deciding(folder, files[asked.rows], asked.rounds)
            _memory(folder, files[asked.rows // 10], files[asked.rows])
        if asked.recorded:
            _recording(folder, files[asked.recorded])
            _recording_into_sqlite(folder, files[asked.recorded])


def _export(folder: Path, rows: int, maker: Path) -> Path:
    file = folder / f"accounts_{rows}.csv"
    with file.open("wb") as out:
        subprocess.run([sys.executable, maker, str(rows)], stdout=out, check=True)  # noqa: S603 - as asked
    return file


def _deciding(folder: Path, file: Path, rounds: int) -> None:
    out, same = folder / "decisions.parquet", folder / "same.csv"
    _decide(file, out)
    _duckdb(file, folder / "peer.parquet")
    duckdb.execute(f"COPY (SELECT * FROM '{out}') TO '{same}'").fetchall()  # noqa: S608 - our own files
    gc.collect()
    gc.freeze()  # as the command does with what it loads
    peers: dict[str, Callable[[], None]] = {
        "chalkline bulk classify": lambda: _decide(file, out),
        "DuckDB, the export to Parquet": lambda: _duckdb(file, folder / "peer.parquet"),
        "DuckDB, the decisions to Parquet": lambda: _duckdb(same, folder / "peer.parquet"),
    }
    took: dict[str, list[float]] = {name: [] for name in peers}
    worked: dict[str, list[float]] = {name: [] for name in peers}
    for _ in range(rounds):
        for name, run in peers.items():
            began, before = time.perf_counter(), time.process_time()
            run()
            took[name].append(time.perf_counter() - began)
            worked[name].append(time.process_time() - before)
    ours, *others = took.values()
    print(f"\nDeciding {file.stem}, {len(written_columns(fy23()))} columns, seconds (median of {rounds} rounds)")
    print(f"{'chalkline bulk classify':36}{median(ours):8.2f}")
    for name, theirs in zip(list(took)[1:], others, strict=True):
        ratios = [one / another for one, another in zip(theirs, ours, strict=True)]
        print(f"{name:36}{median(theirs):8.2f}   ratio {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
    # On cores that other work shares, it says more than the time that passes.
    print("Processor time: " + ", ".join(f"{name} {median(each):.2f} s" for name, each in worked.items()))


def _decide(file: Path, out: Path) -> None:
    mapping = wiring.mapping(Settings())
    with (
        destination(out) as to,
        open_table(str(file), ON, BUILT_IN, mapping, may_begin_anew=True) as table,
        closing(open_engine("duckdb")) as engine,
    ):
        decide(table, ON, BUILT_IN, engine, to)


def _classify(file: Path, out: Path, *more: str, url: str = "") -> str:
    command = [sys.executable, "-m", "bench.bulk_run", str(file), "--out", str(out), "--on", str(ON), "--json", *more]
    environment = os.environ | ({"CHALKLINE_DATABASE_URL": url} if url else {})
    ran = subprocess.run(  # noqa: S603 - our own command
        command, cwd=REPOSITORY, env=environment, check=False, capture_output=True, text=True
    )
    if ran.returncode not in _DECIDED:
        raise SystemExit(ran.stderr)
    return ran.stderr


def _duckdb(file: Path, out: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT * FROM read_csv('{file}')) TO '{out}'").fetchall()  # noqa: S608 - as above


def _memory(folder: Path, *files: Path) -> None:
    print("\nLargest resident memory of deciding, MiB")
    for file in files:
        print(f"{file.stem:36}{float(_classify(file, folder / 'decisions.parquet').split()[-1]):8.0f}")


def _recording(folder: Path, file: Path) -> None:
    with postgres_databases() as server, server.fresh() as ours, server.fresh() as theirs:
        began = time.perf_counter()
        _classify(file, folder / "decisions.parquet", "--record", url=ours)
        recording = time.perf_counter() - began
        copying = [_copy(folder, ours, theirs) for _ in range(3)]
        began = time.perf_counter()
        _classify(file, folder / "decisions.parquet", "--record", url=ours)
        again = time.perf_counter() - began
    print(f"\nRecording {file.stem} into PostgreSQL, seconds")
    print(f"{'chalkline bulk classify --record':36}{recording:8.2f}")
    print(f"{'the same once more, nothing new':36}{again:8.2f}")
    print(f"{'binary COPY of the same bytes':36}{median(copying):8.2f}   ratio {median(copying) / recording:.2f}")


def _recording_into_sqlite(folder: Path, file: Path) -> None:
    out = folder / "decisions.parquet"
    databases = SqliteDatabases(folder)
    with databases.fresh() as url:
        together, again = (_record(url, file, out, together=True) for _ in range(2))
    with databases.fresh() as url:
        by_rows = _record(url, file, out, together=False)
    print(f"\nRecording {file.stem} into SQLite, in this process, seconds")
    print(f"{'together, accounts alike decided once':36}{together:8.2f}")
    print(f"{'the same once more, nothing new':36}{again:8.2f}")
    print(f"{'row by row through the recorder':36}{by_rows:8.2f}   ratio {by_rows / together:.2f}")


def _record(url: str, file: Path, out: Path, *, together: bool) -> float:
    database = wiring.database(Settings(database_url=url), CollectorRegistry())
    began = time.perf_counter()
    with (
        destination(out) as to,
        open_table(str(file), ON, BUILT_IN, wiring.mapping(Settings())) as table,
        Outputs(to, fy23(), rows := table.in_blocks()) as outputs,
    ):
        recording = database if together else replace(database, copies=list)
        asked = Asked("bench", "cli", "1")
        asyncio.run(record_table(recording, rows, ON, date.max, asked, outputs, lambda: None))
    database.engine.dispose()
    return time.perf_counter() - began


def _copy(folder: Path, source: str, target: str) -> float:
    """Seconds for binary COPY of every row that was recorded, into tables with the same indexes."""
    tables = ("decisions", "accounts", "facets", "reviews")
    with psycopg.connect(source) as reading:
        for table in tables:
            with (
                (folder / table).open("wb") as file,
                reading.cursor().copy(f"COPY {table} TO STDOUT (FORMAT binary)".encode()) as copy,
            ):
                file.writelines(copy)
    with psycopg.connect(target, autocommit=True) as clearing:
        # The triggers refuse to empty the tables, as they should; the peer is given new ones with the same indexes.
        for table in tables:
            clearing.execute(f"DROP TABLE IF EXISTS peer_{table}".encode())
            clearing.execute(f"CREATE TABLE peer_{table} (LIKE {table} INCLUDING ALL)".encode())
        clearing.execute("CHECKPOINT")
    began = time.perf_counter()
    with psycopg.connect(target) as writing:
        for table in tables:
            with (
                (folder / table).open("rb") as file,
                writing.cursor().copy(f"COPY peer_{table} FROM STDIN (FORMAT binary)".encode()) as copy,
            ):
                while piece := file.read(1 << 20):
                    copy.write(piece)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
