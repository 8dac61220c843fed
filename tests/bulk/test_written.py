"""What is written of each account: what was decided, beside what the table says of it."""

import csv
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from service.bulk import write_workbook as workbook_out
from service.domain.spreadsheets import restored
from tests.bulk.test_command import bulk
from tests.bulk.workbooks import write_workbook
from tests.commands import run_command

NAMES = ("id", "name", "current_team", "datafox_employees", "Segment Owner")
ROWS: list[dict[str, Any]] = [
    dict(zip(NAMES, row, strict=True))
    for row in (
        ("a", " Moves ", "MM_TERRITORY", 50, " A, B "),
        ("b", "=Stays", "SMB", 50, "=1+1"),
        ("c", None, None, 50, None),
        ("d", "No team", "SMB", None, "x"),
        ("e", "A range", "SMB", "51-99", 'two\n"lines"'),
        ("f", "A word", "Key Accounts Named", "9000", "y"),
    )
]
KINDS = pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet", "ndjson", "json"])


def _table(file: Path, rows: list[dict[str, Any]] = ROWS) -> Path:
    match file.suffix:
        case ".csv":
            with file.open("w", newline="") as lines:
                table = csv.DictWriter(lines, list(rows[0]))
                table.writeheader()
                table.writerows(rows)
        case ".parquet":
            texts = [{name: None if value is None else str(value) for name, value in row.items()} for row in rows]
            pyarrow.parquet.write_table(pa.Table.from_pylist(texts), file)
        case ".xlsx":
            write_workbook(file, [list(rows[0]), *(list(row.values()) for row in rows)])
        case ".ndjson":
            file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        case _:
            file.write_text(json.dumps(rows))
    return file


@KINDS
def test_each_account_has_its_name_its_team_of_now_whether_it_moves_and_what_is_kept(tmp_path: Path, kind: str) -> None:
    file = _table(tmp_path / f"accounts.{kind}")
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


KEPT = ("region", "row", "name", "team", "input_team", "ROUTE-3/1", "moves")
"""Names of columns of the file of decisions, and of what it is made from."""


@KINDS
@pytest.mark.parametrize("record", [(), ("--record",)], ids=["decided", "recorded"])
def test_whatever_name_a_column_has_that_is_kept_no_column_of_the_file_has_another_s(
    tmp_path: Path, kind: str, record: tuple[str, ...]
) -> None:
    rows = [{"id": f"a{place}"} | {name: f"{name} {place}" for name in KEPT} for place in range(2)]
    file, keep = _table(tmp_path / f"accounts.{kind}", rows), [word for name in KEPT for word in ("--keep", name)]
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
    assert bulk(_table(tmp_path / "accounts.csv"), "--out", first).exit_code == 0
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
    file = _table(tmp_path / "accounts.ndjson", [{"id": "a", "Note": "1", "TEAM": "3"}, {"id": "b", "note": "2"}])
    keep = [word for name in ("Note", "note", "note", "TEAM") for word in ("--keep", name)]
    assert bulk(file, "--out", tmp_path / "out.parquet", *keep).exit_code == 0
    kept = pyarrow.parquet.read_table(tmp_path / "out.parquet")
    assert [kept[name].to_pylist() for name in ("Note", "input_note", "input_TEAM")] == [
        ["1", None],
        [None, "2"],
        ["3", None],
    ]


def test_what_is_kept_is_harmless_in_csv(tmp_path: Path) -> None:
    bulk(_table(tmp_path / "accounts.csv"), "--out", tmp_path / "out.csv", "--keep", "segment owner")
    with (tmp_path / "out.csv").open(newline="") as lines:
        rows = {row["account_id"]: row for row in csv.DictReader(lines)}

    assert [rows[each]["Segment Owner"] for each in "abcef"] == [" A, B ", "'=1+1", "", 'two\n"lines"', "y"]
    assert [rows[each]["moves"] for each in "abcdef"] == ["true", "false", "", "", "false", "true"]
    assert rows["b"]["name"] == "'=Stays"


@pytest.mark.parametrize("name", ["=1+1", "+x", "-x", "@x"])
def test_the_heading_of_what_is_kept_is_harmless_in_csv(tmp_path: Path, name: str) -> None:
    file = _table(tmp_path / "accounts.ndjson", [{"id": "a", name: "1"}])
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
    bulk(_table(tmp_path / "accounts.csv", rows), "--out", out, "--keep", "change")
    if suffix == "csv":
        written = [row["change"] for row in csv.DictReader(out.read_text().splitlines())]
    else:
        sheet = openpyxl.load_workbook(out).active
        assert sheet is not None
        names, *lines = sheet.values
        written = [str(line[names.index("change")]) for line in lines]
    assert written == ["-3", "+4.5", "'-3+4"]


def test_a_workbook_has_the_same_and_no_formula(tmp_path: Path) -> None:
    file, keep = _table(tmp_path / "accounts.ndjson"), ("--keep", "Segment Owner")
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
    ran = bulk(_table(tmp_path / "accounts.csv"), "--out", tmp_path / "out.xlsx")
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
    ran = bulk(_table(tmp_path / "accounts.csv"), "--out", tmp_path / "out.csv")
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
    file = _table(tmp_path / "accounts.csv", rows)
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
    file = _table(tmp_path / "accounts.ndjson", rows)
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
