"""The columns that are kept go along as they are, whatever they are called, and harmless."""

import csv
import json
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from tests.bulk.test_command import bulk
from tests.bulk.written import table_file
from tests.commands import run_command

KEPT = ("region", "row", "name", "team", "input_team", "ROUTE-3/1", "moves")
"""Names of columns of the file of decisions, and of what it is made from."""
KINDS = pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet", "ndjson", "json"])


@KINDS
@pytest.mark.parametrize("record", [(), ("--record",)], ids=["decided", "recorded"])
def test_whatever_name_a_column_has_that_is_kept_no_column_of_the_file_has_another_s(
    tmp_path: Path, kind: str, record: tuple[str, ...]
) -> None:
    rows = [{"id": f"a{place}"} | {name: f"{name} {place}" for name in KEPT} for place in range(2)]
    file, keep = (
        table_file(tmp_path / f"accounts.{kind}", rows),
        [word for name in KEPT for word in ("--keep", name)],
    )
    address = f"sqlite:///{tmp_path / 'record.db'}"
    if record:
        migrated = run_command("migrate", environment={"CHALKLINE_DATABASE_URL": address})
        assert migrated.returncode == 0, migrated.stderr
    for out in ("out.parquet", "out.csv"):
        ran = bulk(file, "--out", tmp_path / out, *keep, *record, CHALKLINE_DATABASE_URL=address)
        assert ran.exit_code == 0, ran.output
    kept = pyarrow.parquet.read_table(tmp_path / "out.parquet").sort_by("account_id")
    with (tmp_path / "out.csv").open(newline="") as lines:
        written = sorted(csv.DictReader(lines), key=lambda row: row["account_id"])

    named = ["region", "row", "input_name", "input_input_team", "input_team", "input_ROUTE-3/1", "input_moves"]
    assert kept.column_names[12:19] == named
    assert len(kept.column_names) == len({name.casefold() for name in kept.column_names})
    for name, as_named in zip(KEPT, named, strict=True):
        assert kept[as_named].to_pylist() == [f"{name} {place}" for place in range(2)]
        assert [row[as_named] for row in written] == kept[as_named].to_pylist()
    assert kept["name"].to_pylist() == ["name 0", "name 1"]
    assert list(written[0]) == kept.column_names


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_the_columns_of_a_file_of_decisions_go_along_when_it_is_read_again(tmp_path: Path, suffix: str) -> None:
    first, second = tmp_path / f"first.{suffix}", tmp_path / f"second.{suffix}"
    assert bulk(table_file(tmp_path / "accounts.csv"), "--out", first).exit_code == 0
    legend = (tmp_path / f"first.{suffix}.legend.csv").read_text()
    clauses = [row["column"] for row in csv.DictReader(legend.splitlines())]
    renamed = tmp_path / f"again.{suffix}"
    if suffix == "csv":
        renamed.write_text(first.read_text().replace('"account_id"', '"id"', 1))
    else:
        table = pyarrow.parquet.read_table(first)
        pyarrow.parquet.write_table(table.rename_columns(["id", *table.column_names[1:]]), renamed)
    kept = [*clauses, "status", "team"]
    ran = bulk(renamed, "--out", second, *[word for name in kept for word in ("--keep", name)])

    assert ran.exit_code == 0, ran.output
    read = pyarrow.csv.read_csv(second) if suffix == "csv" else pyarrow.parquet.read_table(second)
    assert [name for name in read.column_names if name.startswith("input_")] == [f"input_{name}" for name in kept]


def test_of_columns_to_keep_that_json_tells_apart_by_case_each_has_its_name(tmp_path: Path) -> None:
    file = table_file(tmp_path / "accounts.ndjson", [{"id": "a", "Note": "1", "TEAM": "3"}, {"id": "b", "note": "2"}])
    keep = [word for name in ("Note", "note", "note", "TEAM") for word in ("--keep", name)]
    assert bulk(file, "--out", tmp_path / "out.parquet", *keep).exit_code == 0
    kept = pyarrow.parquet.read_table(tmp_path / "out.parquet")
    assert [kept[name].to_pylist() for name in ("Note", "input_note", "input_TEAM")] == [
        ["1", None],
        [None, "2"],
        ["3", None],
    ]


def test_what_is_kept_is_harmless_in_csv(tmp_path: Path) -> None:
    bulk(table_file(tmp_path / "accounts.csv"), "--out", tmp_path / "out.csv", "--keep", "segment owner")
    with (tmp_path / "out.csv").open(newline="") as lines:
        rows = {row["account_id"]: row for row in csv.DictReader(lines)}

    assert [rows[each]["Segment Owner"] for each in "abcef"] == [" A, B ", "'=1+1", "", 'two\n"lines"', "y"]
    assert [rows[each]["moves"] for each in "abcdef"] == ["true", "false", "", "", "false", "true"]
    assert rows["b"]["name"] == "'=Stays"


@pytest.mark.parametrize("name", ["=1+1", "+x", "-x", "@x"])
def test_the_heading_of_what_is_kept_is_harmless_in_csv(tmp_path: Path, name: str) -> None:
    file = table_file(tmp_path / "accounts.ndjson", [{"id": "a", name: "1"}])
    for suffix in ("csv", "parquet"):
        assert bulk(file, "--out", tmp_path / f"out.{suffix}", f"--keep={name}").exit_code == 0
    with (tmp_path / "out.csv").open(newline="") as lines:
        (row,) = csv.DictReader(lines)

    assert row[f"'{name}"] == "1"
    assert pyarrow.parquet.read_table(tmp_path / "out.parquet")[name].to_pylist() == ["1"]


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_number_that_is_kept_is_no_formula_and_stays_as_it_is(tmp_path: Path, suffix: str) -> None:
    cells = ["-3", "+4.5", "-3+4"]
    rows = [{"id": f"a{place}", "change": cell} for place, cell in enumerate(cells)]
    out = tmp_path / f"out.{suffix}"
    bulk(table_file(tmp_path / "accounts.csv", rows), "--out", out, "--keep", "change")
    if suffix == "csv":
        written = [row["change"] for row in csv.DictReader(out.read_text().splitlines())]
    else:
        sheet = openpyxl.load_workbook(out).active
        assert sheet is not None
        names, *lines = sheet.values
        written = [str(line[names.index("change")]) for line in lines]
    assert written == ["-3", "+4.5", "'-3+4"]


@pytest.mark.parametrize(
    ("keep", "says"),
    [("notes", 'no column "notes" to keep; did you mean "note"?'), ("x", 'no column "x" to keep'), ("tags", "list<")],
)
def test_a_column_that_cannot_be_kept_is_refused(tmp_path: Path, keep: str, says: str) -> None:
    rows = [{"id": "a", "note": "x", "tags": ["a"]}]
    pyarrow.parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "accounts.parquet")
    ran = bulk(tmp_path / "accounts.parquet", "--out", tmp_path / "out.csv", "--keep", keep)

    assert (ran.exit_code, ran.stdout) == (2, "")
    assert says in ran.stderr


def test_a_member_to_keep_that_no_row_of_json_has_is_named_and_others_are_kept_as_json(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{"account": {"id": "a"}}, {"id": "b", "seats": 1.5, "paid": True}]
    file = table_file(tmp_path / "accounts.ndjson", rows)
    keep = [word for name in ("account", "seats", "paid", "sets") for word in ("--keep", name)]
    told = json.loads(bulk(file, "--out", tmp_path / "out.parquet", *keep, "--json").stdout)
    kept = pyarrow.parquet.read_table(tmp_path / "out.parquet").to_pylist()

    assert told["columns_not_met"] == ["sets"]
    assert [[row[name] for name in ("account", "seats", "paid", "sets")] for row in kept] == [
        ['{"id":"a"}', None, None, None],
        [None, "1.5", "true", None],
    ]
    assert "Columns to keep that no row has\n  sets\n" in bulk(file, "--out", tmp_path / "out.csv", *keep).stdout


def test_bytes_that_are_no_text_are_kept_as_escapes(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_bytes(b"id,note\na,fine\nb,Gr\xfc\xdfe\nc,fine\n")
    bulk(tmp_path / "accounts.csv", "--out", tmp_path / "out.parquet", "--keep", "note")
    kept = pyarrow.parquet.read_table(tmp_path / "out.parquet").sort_by("account_id")
    assert kept["note"].to_pylist() == ["fine", "Gr\\udcfc\\udcdfe", "fine"]
