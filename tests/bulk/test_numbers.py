"""Numbers that a file holds as numbers: no point of theirs parts thousands, and none stands for another one."""

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.bulk.test_command import bulk
from tests.bulk.workbooks import write_workbook

KINDS = pytest.mark.parametrize("kind", ["xlsx", "parquet", "ndjson", "decimal"])
DIALECTS = pytest.mark.parametrize("dialect", [(), ("--thousands", ","), ("--thousands", ".")])
POINT = ("--thousands", ".")


def _table(folder: Path, kind: str, values: list[Any], column: str = "datafox_employees") -> Path:
    rows = [{"id": f"a{place}", "crm_segment": "MM", column: value} for place, value in enumerate(values)]
    if column == "id":
        rows = [{"crm_segment": "MM", "id": value} for value in values]
    match kind:
        case "xlsx":
            return write_workbook(folder / "in.xlsx", [list(rows[0]), *(list(row.values()) for row in rows)])
        case "ndjson":
            file = folder / "in.ndjson"
            file.write_text("".join(json.dumps(row) + "\n" for row in rows))
            return file
    file = folder / "in.parquet"
    table = pa.Table.from_pylist(rows)
    if kind == "decimal":
        exact = pa.array([Decimal(str(value)) for value in values], pa.decimal128(30, 3))
        table = table.set_column(table.column_names.index(column), column, exact)
    pyarrow.parquet.write_table(table, file)
    return file


def _rows(out: Path) -> list[dict[str, Any]]:
    return sorted(pyarrow.parquet.read_table(out).to_pylist(), key=lambda row: str(row["account_id"]))


@KINDS
@DIALECTS
def test_a_number_with_a_fraction_is_none_of_people_whatever_parts_thousands(
    tmp_path: Path, kind: str, dialect: tuple[str, ...]
) -> None:
    values, out = [1.234, 640.5, 12.0, 0.125], tmp_path / "out.parquet"
    ran = bulk(_table(tmp_path, kind, values), "--out", out, "--json", "--keep", "datafox_employees", *dialect)
    told = json.loads(ran.stdout)

    assert [row["leading_employees"] for row in _rows(out)] == [12]
    assert [str(row["datafox_employees"]).rstrip("0").rstrip(".") for row in _rows(out)] == ["12"]
    assert told["rejected"] == 3
    assert "--thousands" not in ran.stdout
    with (tmp_path / "out.parquet.rejected.csv").open(newline="") as lines:
        again = [row["reason"] for row in csv.DictReader(lines)]
    assert all("is not a whole number" in reason for reason in again)


@KINDS
@DIALECTS
def test_a_whole_number_is_read_whatever_parts_thousands(tmp_path: Path, kind: str, dialect: tuple[str, ...]) -> None:
    values, out = [640.0, 1200.0, 64000.0], tmp_path / "out.parquet"
    ran = bulk(_table(tmp_path, kind, values), "--out", out, *dialect)
    assert ran.exit_code == 0, ran.output
    assert [row["leading_employees"] for row in _rows(out)] == [640, 1200, 64000]


@KINDS
def test_rejected_rows_are_rejected_again_whatever_parts_thousands(tmp_path: Path, kind: str) -> None:
    bulk(_table(tmp_path, kind, [1.234, 640.0]), "--out", tmp_path / "out.csv", *POINT)
    again = tmp_path / "again.csv"
    (tmp_path / "out.csv.rejected.csv").rename(again)
    told = json.loads(bulk(again, "--out", tmp_path / "out.csv", *POINT, "--json").stdout)
    assert (told["decided"], told["rejected"]) == (0, 1)


def test_text_of_a_workbook_has_the_separators_that_are_said(tmp_path: Path) -> None:
    file = _table(tmp_path, "xlsx", ["1.234", 1.234, "640,0"])
    bulk(file, "--out", tmp_path / "out.parquet", *POINT)
    assert [row["leading_employees"] for row in _rows(tmp_path / "out.parquet")] == [1234, 640]


def test_a_number_of_a_workbook_goes_along_as_it_is(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["id", "linkedin_employees", "note"],
        ["a", 1, 1.234],
        ["b", "201-500", 1.234],
        ["c", 1.0, "1.234"],
    ]
    file = write_workbook(tmp_path / "in.xlsx", rows)
    keep = [word for name in ("note", "linkedin_employees") for word in ("--keep", name)]
    assert bulk(file, "--out", tmp_path / "out.parquet", *keep).exit_code == 0
    kept = [(row["note"], row["linkedin_employees"]) for row in _rows(tmp_path / "out.parquet")]
    assert kept == [("1.234", "1"), ("1.234", "201-500"), ("1.234", "1")]


@pytest.mark.parametrize("kind", ["xlsx", "parquet", "ndjson"])
def test_an_id_that_is_a_number_is_written_out_where_it_is_exact_and_else_refused(tmp_path: Path, kind: str) -> None:
    exact = [1234567890123456.0, 2.0**53 - 1, 12.0]
    file, out = _table(tmp_path, kind, [*exact, 2.0**53, 1e22], "id"), tmp_path / "out.parquet"
    told = json.loads(bulk(file, "--out", out, "--json").stdout)

    assert [row["account_id"] for row in _rows(out)] == sorted(str(int(each)) for each in exact)
    assert told["rejected"] == 2
    reasons = [
        row["reason"] for row in csv.DictReader((tmp_path / f"{out.name}.rejected.csv").read_text().splitlines())
    ]
    assert all("is a number of more digits than the file holds; bring the column as text" in each for each in reasons)


def test_an_id_in_a_column_of_few_digits_is_refused_from_where_they_run_out(tmp_path: Path) -> None:
    table = pa.table({"id": pa.array([2.0**24 - 1, 2.0**24], pa.float32()), "crm_segment": ["MM"] * 2})
    pyarrow.parquet.write_table(table, tmp_path / "in.parquet")
    bulk(tmp_path / "in.parquet", "--out", tmp_path / "out.parquet")
    assert [row["account_id"] for row in _rows(tmp_path / "out.parquet")] == [str(2**24 - 1)]
