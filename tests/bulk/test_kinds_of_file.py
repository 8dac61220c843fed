"""The same accounts give the same decisions whatever kind of file they come in, and in whatever dialect."""

import asyncio
import csv
import gzip
import io
import json
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet
import pytest

from service.bulk.engines.open import Engine, open_engine
from service.bulk.facts import ACCOUNT_ID
from service.crm.dialect import DayOrder, Dialect, Thousands
from service.domain.policies import BUILT_IN
from service.domain.rows import StatedRow
from service.entrypoints.common.tables.reading import AS_IT_STANDS, Reading
from service.entrypoints.common.tables.tables_in import open_table
from service.store.recording import Asked
from service.usecases.record_table import record_table
from tests.builders import ON
from tests.bulk.exports import COLUMNS, flat, requests
from tests.bulk.tables import Decided, as_table, one_by_one, same, written_to
from tests.bulk.test_recording import TODAY, TOLD, open_for_tests, record_one_by_one, rows_of
from tests.crm.mapped import USUAL

ACCOUNTS = int(os.environ.get("CHALKLINE_EXAMPLES", "1")) * 1_000
RECORDED = ACCOUNTS // 4
_BRACKETS = ("1-10", "11-50", "51-200", "201-500", "501-1000", "1001-5000", "10001+")
_COUNTS = {name for name in COLUMNS if name.endswith(("_employees", "_it", "_count"))}
_FLAGS = {"customer", "first_order_available", "key_account"}

Cells = dict[str, Any]
"""What a row states, by the names of facts: days as days, numbers as numbers, brackets as text."""


def _accounts() -> list[Cells]:
    random = Random(7)
    found = []
    for body in requests(ACCOUNTS, seed=7):
        cells = flat(body)
        if random.random() < 0.2:
            cells["linkedin_employees"] = random.choice(_BRACKETS)
        cells = {name: cells.get(name) for name in COLUMNS}
        cells["crm_created_on"] = cells["crm_created_on"] and date.fromisoformat(cells["crm_created_on"])
        found.append(cells)
    return found


def _as_csv(cell: Callable[[str, Any], str], delimiter: str = ",") -> Callable[[list[Cells]], str]:
    def write(accounts: list[Cells]) -> str:
        text = io.StringIO(newline="")
        lines = csv.writer(text, delimiter=delimiter)
        lines.writerow(COLUMNS)
        lines.writerows([["" if row[name] is None else cell(name, row[name]) for name in COLUMNS] for row in accounts])
        return text.getvalue()

    return write


def _plain(_: str, value: Any) -> str:  # noqa: ANN401 - what a cell holds
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _american(name: str, value: Any) -> str:  # noqa: ANN401 - as above
    if isinstance(value, date):
        return f"{value.month}/{value.day}/{value.year}"
    if name in _COUNTS:
        return "-".join(f"{int(end):,}" for end in value.split("-")) if _is_closed(value) else _grouped(value)
    return str(value).upper() if isinstance(value, bool) else str(value)


def _german(name: str, value: Any) -> str:  # noqa: ANN401 - as above
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    if name in _COUNTS:
        return _american(name, value).translate(str.maketrans(",.", ".,"))
    return {True: "WAHR", False: "FALSCH"}[value] if isinstance(value, bool) else str(value)


def _is_closed(value: object) -> bool:
    return isinstance(value, str) and "-" in value


def _grouped(value: Any) -> str:  # noqa: ANN401 - as above
    return f"{int(value.rstrip('+')):,}+" if isinstance(value, str) else f"{value:,}"


def _workbook(accounts: list[Cells]) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Accounts")
    sheet.append(COLUMNS)
    for row in accounts:
        sheet.append([row[name] for name in COLUMNS])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _parquet(accounts: list[Cells]) -> bytes:
    columns = {name: [row[name] for row in accounts] for name in COLUMNS}
    # A column of LinkedIn's is text where it holds brackets, and numbers with gaps are fractions to pandas.
    columns["linkedin_employees"] = [None if cell is None else str(cell) for cell in columns["linkedin_employees"]]
    table = pa.table(columns)
    for name, kind in (("datafox_employees", pa.float64()), ("zoominfo_employees", pa.decimal128(18, 2))):
        table = table.set_column(COLUMNS.index(name), name, table[name].cast(pa.int32()).cast(kind))
    file = io.BytesIO()
    pyarrow.parquet.write_table(table, file)
    return file.getvalue()


def _json_lines(accounts: list[Cells]) -> str:
    rows = ({name: str(cell) if isinstance(cell, date) else cell for name, cell in row.items()} for row in accounts)
    return "".join(json.dumps(row) + "\n" for row in rows)


def _json(accounts: list[Cells]) -> str:
    return json.dumps([json.loads(line) for line in _json_lines(accounts).splitlines()])


AMERICAN = Dialect(days=DayOrder.MDY, thousands=Thousands.COMMA)
GERMAN = Dialect(days=DayOrder.DMY, thousands=Thousands.POINT, true=frozenset({"wahr"}), false=frozenset({"falsch"}))
KINDS: dict[str, tuple[str, Callable[[list[Cells]], str | bytes], Reading]] = {
    "packed CSV": ("a.csv.gz", lambda accounts: gzip.compress(_as_csv(_plain)(accounts).encode()), AS_IT_STANDS),
    "UTF-16": (
        "a.txt",
        lambda accounts: _as_csv(_plain, "\t")(accounts).encode("utf-16"),
        Reading(encoding="utf-16"),
    ),
    "Excel, American": ("a.csv", _as_csv(_american), Reading(dialect=AMERICAN)),
    "Excel, German": (
        "a.csv",
        lambda accounts: _as_csv(_german, ";")(accounts).encode("windows-1252"),
        Reading(dialect=GERMAN, encoding="windows-1252"),
    ),
    "workbook": ("a.xlsx", _workbook, AS_IT_STANDS),
    "Parquet": ("a.parquet", _parquet, AS_IT_STANDS),
    "NDJSON": ("a.ndjson", _json_lines, AS_IT_STANDS),
    "packed NDJSON": ("a.ndjson.gz", lambda accounts: gzip.compress(_json_lines(accounts).encode()), AS_IT_STANDS),
    "JSON": ("a.json", _json, AS_IT_STANDS),
}


@pytest.fixture(scope="module")
def accounts() -> list[Cells]:
    return _accounts()


@pytest.fixture(scope="module")
def from_csv(accounts: list[Cells], tmp_path_factory: pytest.TempPathFactory) -> Decided:
    """What the accounts come to as a plain CSV file, row by row."""
    file = tmp_path_factory.mktemp("plain") / "a.csv"
    file.write_text(_as_csv(_plain)(accounts), newline="")
    return one_by_one(file)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_gives_the_same_decisions(
    kind: str, accounts: list[Cells], from_csv: Decided, tmp_path: Path
) -> None:
    file, reading = _file(kind, accounts, tmp_path)

    assert from_csv.summary.rejected == 0
    for decided in (
        as_table(open_engine("duckdb"), file, tmp_path / "out.parquet", reading=reading),
        one_by_one(file, reading=reading),
    ):
        assert decided.decisions.num_rows == ACCOUNTS
        same(_in_order(decided), _in_order(from_csv))


@pytest.mark.parametrize("kind", ["Excel, German", "workbook", "Parquet"])
def test_every_engine_decides_ranges_and_numbers_alike(
    kind: str, engine: Engine, accounts: list[Cells], from_csv: Decided, tmp_path: Path
) -> None:
    file, reading = _file(kind, accounts, tmp_path)
    same(_in_order(as_table(engine, file, tmp_path / "out.parquet", reading=reading)), _in_order(from_csv))


@pytest.mark.parametrize("kind", ["Excel, German", "workbook", "Parquet", "NDJSON"])
def test_what_is_recorded_of_every_kind_of_file_is_what_the_api_records(
    kind: str, database_url: str, accounts: list[Cells], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    file, reading = _file(kind, accounts[:RECORDED], tmp_path)
    plain, _ = _file("packed CSV", accounts[:RECORDED], tmp_path)
    opened = open_for_tests(database_url)
    with (
        open_table(str(file), ON, BUILT_IN, USUAL, reading) as table,
        written_to(tmp_path / "out.parquet", rows := table.in_blocks()) as outputs,
    ):
        asyncio.run(
            record_table(opened, rows, ON, TODAY, Asked("chalkline bulk", "cli", "run-1"), outputs, lambda: None)
        )
    opened.engine.dispose()
    with open_table(str(plain), ON, BUILT_IN, USUAL) as table:
        stated = [row for row in table.rows if isinstance(row, StatedRow)]

    told = f"SELECT {TOLD}, leading_employees FROM decisions ORDER BY account_id"  # noqa: S608 - our own names
    with request.getfixturevalue(
        f"{'sqlite_databases' if 'sqlite' in database_url else 'postgres'}"
    ).fresh() as another:
        asyncio.run(record_one_by_one(another, stated))
        assert rows_of(database_url, told) == rows_of(another, told)
    assert len(stated) == RECORDED


def _file(kind: str, accounts: list[Cells], folder: Path) -> tuple[Path, Reading]:
    name, write, reading = KINDS[kind]
    written = write(accounts)
    (folder / name).write_bytes(written if isinstance(written, bytes) else written.encode())
    return folder / name, reading


def _in_order(decided: Decided) -> Decided:
    """What came of a file by its accounts: ranges are decided one by one, behind the other rows."""
    return decided._replace(decisions=decided.decisions.sort_by(ACCOUNT_ID))
