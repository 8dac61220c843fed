"""What is written of each account: what was decided, beside what the table says of it."""

import csv
import json
import re
from datetime import date
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from service.bulk import write_workbook as workbook_out
from service.domain.spreadsheets import restored
from tests.bulk.test_command import bulk
from tests.bulk.written import ROWS, table_file

KINDS = pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet", "ndjson", "json"])


@KINDS
def test_each_account_has_its_name_its_team_of_now_whether_it_moves_and_what_is_kept(tmp_path: Path, kind: str) -> None:
    file = table_file(tmp_path / f"accounts.{kind}")
    ran = bulk(file, "--out", tmp_path / "out.parquet", "--keep", "Segment Owner", "--keep", "current_team")
    rows = pyarrow.parquet.read_table(tmp_path / "out.parquet").to_pylist()

    assert ran.exit_code == 0, ran.output
    assert list(rows[0])[:14] == [
        *("account_id", "name", "current_team", "status", "segment", "team", "moves", "rule", "leading_source"),
        *("leading_employees", "leading_range", "missing_facts", "Segment Owner", "input_current_team"),
    ]
    assert list(rows[0])[14].startswith("SEG-")
    rows.sort(key=lambda row: str(row["account_id"]))
    assert [row["name"] for row in rows] == ["Moves", "=Stays", None, "No team", "A range", "A word"]
    assert [row["current_team"] for row in rows] == ["MM_TERRITORY", "SMB", None, "SMB", "SMB", "MMKAN"]
    assert [row["team"] for row in rows] == ["SMB", "SMB", "SMB", None, "SMB", "OUTSIDE_COMMERCIAL"]
    # Where either team is not known, nobody knows whether the account moves.
    assert [row["moves"] for row in rows] == [True, False, None, None, False, True]
    assert [row["Segment Owner"] for row in rows] == [row["Segment Owner"] for row in ROWS]
    assert [row["input_current_team"] for row in rows] == [row["current_team"] for row in ROWS]


def test_a_workbook_has_the_same_and_no_formula(tmp_path: Path) -> None:
    file, keep = table_file(tmp_path / "accounts.ndjson"), ("--keep", "Segment Owner")
    for out in ("out.parquet", "out.xlsx"):
        assert bulk(file, "--out", tmp_path / out, *keep).exit_code == 0
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    assert sheet is not None
    names, *rows = sheet.values
    expected = pyarrow.parquet.read_table(tmp_path / "out.parquet").to_pylist()

    written = [dict(zip(names, row, strict=True)) for row in rows]
    assert (written[1]["name"], written[1]["Segment Owner"]) == ("'=Stays", "'=1+1")
    assert {cell.data_type for cells in sheet.iter_rows() for cell in cells} <= {"s", "n", "b", "inlineStr"}
    unprotected = [{name: _unprotected(value) for name, value in row.items()} for row in written]
    assert unprotected == [{name: None if value == "" else value for name, value in row.items()} for row in expected]


def _unprotected(value: object) -> object:
    return restored(value) if isinstance(value, str) else value


def test_more_rows_than_a_sheet_has_room_for_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_out, "_MOST_ROWS", len(ROWS))
    ran = bulk(table_file(tmp_path / "accounts.csv"), "--out", tmp_path / "out.xlsx")
    assert ran.exit_code == 2
    assert "write a .parquet or a .csv file" in " ".join(ran.stderr.split())
    assert [path.name for path in tmp_path.iterdir()] == ["accounts.csv"]


def test_what_parquet_has_keeps_its_kind(tmp_path: Path) -> None:
    rows = [
        {"id": f"a-{place}", "owned": date(2021, 6, place + 1), "seats": place, "share": place / 4}
        for place in range(9)
    ]
    rows[4]["crm_created_on"] = "2021-06-01"
    rows[5]["datafox_employees"] = "51-99"  # read by itself
    table = pa.Table.from_pylist([{"crm_created_on": None, "datafox_employees": None} | row for row in rows])
    table = table.append_column("words", pa.array([str(place % 2) for place in range(9)]).dictionary_encode())
    pyarrow.parquet.write_table(table, tmp_path / "accounts.parquet")
    keep = [word for name in ("owned", "seats", "share", "words", "id") for word in ("--keep", name)]
    for out in ("out.parquet", "out.csv"):
        assert bulk(tmp_path / "accounts.parquet", "--out", tmp_path / out, *keep).exit_code == 0
    kept = pyarrow.parquet.read_table(tmp_path / "out.parquet").sort_by("account_id")

    for name in ("owned", "seats", "share", "id"):
        assert kept[name].equals(table[name])
    assert kept["words"].to_pylist() == table["words"].to_pylist()
    with (tmp_path / "out.csv").open(newline="") as lines:
        first = min(csv.DictReader(lines), key=lambda row: row["account_id"])
    assert [first[name] for name in ("owned", "seats", "share", "words")] == ["2021-06-01", "0", "0", "0"]


def test_a_legend_says_of_each_column_of_a_clause_what_it_asks_and_where_the_handbook_says_so(tmp_path: Path) -> None:
    ran = bulk(table_file(tmp_path / "accounts.csv"), "--out", tmp_path / "out.csv")
    legend = list(csv.DictReader((tmp_path / "out.csv.legend.csv").read_text().splitlines()))
    columns = (tmp_path / "out.csv").read_text().splitlines()[0].split(",")

    assert "What each clause is: " in ran.stdout
    assert [row["column"] for row in legend] == [name.strip('"') for name in columns][12:]
    by_column = {row["column"]: row for row in legend}
    assert by_column["ROUTE-3/test"]["text"] == "1 and 2 and (3 or 4)"
    assert by_column["ROUTE-3/3"] == {
        "column": "ROUTE-3/3",
        "rule": "ROUTE-3",
        "title": "Enough employees",
        "text": "max_family_employees >= 500",
        "heading": "Fiscal Year 2023 Account Moves",
        "item": "condition 3",
        "gist": "at least 500 full-time employees by Max Family Employees",
    }


def test_the_summary_has_a_matrix_of_teams_in_the_handbooks_words_within_80_columns(tmp_path: Path) -> None:
    rows = [row | {"region": f"A region of its own: {row['id'] * 90}"} for row in ROWS]
    file = table_file(tmp_path / "accounts.csv", rows)
    printed = bulk(file, "--out", tmp_path / "out.csv").stdout
    told = json.loads(bulk(file, "--out", tmp_path / "out.csv", "--json").stdout)

    assert max(map(len, printed.splitlines())) <= 80
    heading, *lines = printed.partition("decided\n")[2].partition("\n\n")[0].splitlines()
    assert re.split("  +", heading) == ["Current team", "SMB", "outside Commercial", "none yet"]
    assert [line.split() for line in lines] == [
        ["SMB", "2", "0", "1"],
        ["Mid-Market", "Territory", "1", "0", "0"],
        ["Key", "Accounts", "Named", "0", "1", "0"],
        ["not", "known", "1", "0", "0"],
    ]
    assert "2 accounts move, 2 stay; of 2 one of the two teams is not known." in printed
    assert {(pair["current_team"], pair["team"]): pair["rows"] for pair in told["matrix"]} == {
        ("SMB", "SMB"): 2,
        ("SMB", None): 1,
        ("MM_TERRITORY", "SMB"): 1,
        ("MMKAN", "OUTSIDE_COMMERCIAL"): 1,
        (None, "SMB"): 1,
    }
