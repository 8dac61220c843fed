"""Rejected rows: told in a few lines, and written as they were, to be mended and read again."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from service.bulk import read_csv as csv_blocks
from service.bulk import rejected as rejected_rows
from service.domain.spreadsheets import neutralised, protected, restored
from tests.bulk.test_command import bulk
from tests.bulk.workbooks import write_workbook
from tests.entrypoints.test_classify_command import chalkline

HEADER = ("id", "name", "=extra", "datafox_employees", "crm_created_on", "note")


def _written(
    file: Path, rows: Sequence[tuple[str, ...]], *, delimiter: str = ",", header: tuple[str, ...] = HEADER
) -> Path:
    with file.open("w", newline="", encoding="utf-8", errors="surrogateescape") as lines:
        csv.writer(lines, delimiter=delimiter).writerows([header, *rows])
    return file


def _read(file: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(file.read_bytes().decode("utf-8", "surrogateescape"), newline="")))


MISTAKES = [
    ("a-1", 'Acme, the "first"', "x", "1.200", "2021-06-01", ""),
    ("a-2", "Fine", "", "640", "2021-06-01", "decided"),
    ("a-3", "=cmd()", "-5", "many", "01.06.2021", "two\nlines"),
    ("a-4", "'=kept", "@x", "", "never", "  padded  "),
    ("a-5", "Gr\udcff\udce9e", "+1", "640", "2021-06-01", "'"),
    ("", "No id", "\tx", "640", "2021-06-01", ""),
]


MENDED = {
    b"1.200": b"1200",
    b"many": b"640",
    b"01.06.2021": b"2021-06-01",
    b"never": b"",
    b"Gr\xff\xe9e": "Größe".encode(),
    b",No id": b"a-6,No id",
}


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_rejected_rows_are_written_as_they_were_with_their_lines_and_reasons(tmp_path: Path, delimiter: str) -> None:
    file = _written(tmp_path / "accounts.csv", MISTAKES, delimiter=delimiter)
    ran = bulk(file, "--out", tmp_path / "out.csv")
    header, *lines = _read(tmp_path / "out.csv.rejected.csv")

    assert ran.exit_code == 1
    assert header == ["line", "reason", *map(protected, HEADER)]
    assert [line[0] for line in lines] == ["2", "4", "6", "7", "8"]
    assert lines[1][1].startswith('datafox_employees: "many" is not a whole number')
    assert "; crm_created_on: " in lines[1][1]
    assert [tuple(map(restored, line[2:])) for line in lines] == [MISTAKES[place] for place in (0, 2, 3, 4, 5)]
    # And no cell of it would run in a spreadsheet.
    assert all(neutralised(cell) == cell for line in (header, *lines) for cell in line)


def test_rejected_rows_can_be_read_again_and_are_rejected_again_until_they_are_mended(tmp_path: Path) -> None:
    bulk(_written(tmp_path / "accounts.csv", MISTAKES), "--out", tmp_path / "out.csv")
    rejected = (tmp_path / "out.csv.rejected.csv").rename(tmp_path / "mended.csv")
    first = _read(rejected)
    again = bulk(rejected, "--out", tmp_path / "again.csv", "--strict")
    listed = chalkline(rejected, "--on", "2022-03-15").stdout.decode()

    assert again.exit_code == 2, "the column =extra is not known"
    assert "=extra" in again.stderr
    assert "line" not in again.stderr.partition("these are")[2]
    again = bulk(rejected, "--out", tmp_path / "again.csv")
    assert "0 accounts decided, 5 rejected." in again.stdout
    assert "0 accounts decided, 5 rejected." in listed
    assert "line\n" not in again.stdout
    second = _read(tmp_path / "again.csv.rejected.csv")
    assert [line[1:] for line in second] == [line[1:] for line in first]

    text = rejected.read_bytes()
    for wrong, right in MENDED.items():
        text = text.replace(wrong, right)
    rejected.write_bytes(text)
    mended = bulk(rejected, "--out", tmp_path / "again.csv", "--keep", "name", "--keep", "=extra")
    decided = list(csv.DictReader((tmp_path / "again.csv").read_text().splitlines()))

    assert mended.exit_code == 0, mended.stdout
    assert [row["account_id"] for row in decided] == ["a-1", "a-3", "a-4", "a-5", "a-6"]
    names = [row["input_name"] for row in decided]
    assert names == [neutralised(name) for name in (MISTAKES[0][1], "=cmd()", "'=kept", "Größe", "No id")]
    assert not (tmp_path / "again.csv.rejected.csv").exists()


def test_a_row_that_is_no_row_of_csv_stays_the_line_that_it_was(tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    file.write_text('id,datafox_employees\na,64000\n"never closed,1\nb,1,2\nc,1,,\n')
    bulk(file, "--out", tmp_path / "out.csv")
    lines = _read(tmp_path / "out.csv.rejected.csv")

    assert [line[0] for line in lines] == ["line", "3", "4"]
    assert [line[2:] for line in lines] == [["id", "datafox_employees"], ['"never closed,1'], ["b", "1", "2"]]


def test_a_tables_own_column_of_reasons_is_kept_however_often_it_is_read_again(tmp_path: Path) -> None:
    header, row = ("id", "reason", "datafox_employees"), ("a", "my own", "many")
    file = _written(tmp_path / "0.csv", [row], header=header)
    for run in range(1, 4):
        bulk(file, "--out", tmp_path / f"{run}.csv")
        file = tmp_path / f"{run}.csv.rejected.csv"
        lines = _read(file)
        assert lines[0] == ["chalkline_line", "chalkline_reason", *header]
        assert lines[1][2:] == list(row)


ROWS = [{"id": f"a-{place}", "name": f"=Name {place}", "datafox_employees": place * 700} for place in range(5)]
for _row in (ROWS[1], ROWS[3]):
    _row["crm_created_on"] = "31.12.2021"


@pytest.mark.parametrize("kind", ["json", "ndjson"])
def test_a_rejected_row_of_json_is_json_in_one_cell_and_is_read_again_from_there(tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"accounts.{kind}"
    texts = [json.dumps(row) for row in ROWS]
    more = '"not a row"', '{"account": {"id": "b", "regio": "EMEA"}}'
    file.write_text("\n".join((*texts, *more)) if kind == "ndjson" else f"[{','.join((*texts, *more))}]")
    bulk(file, "--out", tmp_path / "out.csv")
    rejected = (tmp_path / "out.csv.rejected.csv").rename(tmp_path / "mended.csv")
    header, *lines = _read(rejected)

    assert header == ["line", "reason", "json"]
    assert [line[0] for line in lines] == ["2", "4", "6", "7"]
    assert [json.loads(line[2]) for line in lines] == [ROWS[1], ROWS[3], *map(json.loads, more)]
    assert chalkline(rejected).stdout.decode().count("4 rejected.") == 1
    rejected.write_text(rejected.read_text().replace("31.12.2021", "2021-12-31"))
    again = bulk(rejected, "--out", tmp_path / "again.csv", "--keep", "name")
    assert "2 accounts decided, 2 rejected." in again.stdout
    remaining = _read(tmp_path / "again.csv.rejected.csv")
    assert [line[2:] for line in remaining] == [["json"], *(line[2:] for line in lines[2:])]
    decided = list(csv.DictReader((tmp_path / "again.csv").read_text().splitlines()))
    assert [row["input_name"] for row in decided] == ["'=Name 1", "'=Name 3"]


def test_a_rejected_row_of_parquet_has_all_its_columns_and_is_read_again(tmp_path: Path) -> None:
    more = {"note": "=1+1", "tags": ["x", "y"], "share": 0.5, "region": None}
    rows = [{"id": f"a-{place}", "crm_created_on": "2021-06-01"} | more for place in range(40_000)]
    for place in (7, 20_000, 39_999):
        rows[place]["crm_created_on"] = "never"
    pyarrow.parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "accounts.parquet", row_group_size=9_999)
    bulk(tmp_path / "accounts.parquet", "--out", tmp_path / "out.parquet")
    rejected = tmp_path / "out.parquet.rejected.csv"
    header, *lines = _read(rejected)

    assert header[2:] == ["id", "crm_created_on", "note", "tags", "share", "region"]
    assert [line[0] for line in lines] == ["8", "20001", "40000"]
    assert lines[1][2:] == ["a-20000", "never", "'=1+1", "['x', 'y']", "0.5", ""]
    again = bulk(rejected, "--out", tmp_path / "again.csv")
    assert "0 accounts decided, 3 rejected." in again.stdout
    assert [line[2:] for line in _read(tmp_path / "again.csv.rejected.csv")] == [line[2:] for line in (header, *lines)]


def test_a_rejected_row_of_a_workbook_is_the_text_of_its_cells_and_is_read_again_from_either_kind(
    tmp_path: Path,
) -> None:
    rows = [HEADER, ("a-1", "=cmd()", -5, "many", date(2021, 6, 1), ""), ("a-2", "Fine", 1, 640, "2021-06-01", "")]
    bulk(write_workbook(tmp_path / "accounts.xlsx", rows), "--out", tmp_path / "out.csv")
    lines = _read(tmp_path / "out.csv.rejected.csv")

    assert lines[0] == ["line", "reason", *map(protected, HEADER)]
    assert [line[2:] for line in lines[1:]] == [["a-1", "'=cmd()", "-5", "many", "2021-06-01", ""]]
    lines[1][5] = "640"
    for mended in (_mended(tmp_path / "mended.csv", lines), write_workbook(tmp_path / "mended.xlsx", lines)):
        again = bulk(mended, "--out", tmp_path / "again.csv", "--keep", "=extra")
        (row,) = csv.DictReader((tmp_path / "again.csv").read_text().splitlines())
        assert "1 account decided, 0 rejected." in again.stdout
        assert (row["name"], row["'=extra"]) == ("'=cmd()", "-5")


def _mended(file: Path, lines: list[list[str]]) -> Path:
    with file.open("w", newline="") as text:
        csv.writer(text).writerows(lines)
    return file


@pytest.mark.parametrize("encoding", ["windows-1252", "utf-16"])
def test_rejected_rows_are_written_in_the_encoding_that_they_are_read_in_again(tmp_path: Path, encoding: str) -> None:
    file, options = tmp_path / "accounts.csv", ("--encoding", encoding, "--days", "dmy")
    file.write_bytes("id;name;crm_created_on\r\na;Größe;31.12.2021\r\nb;Ä;31.02.2021\r\n".encode(encoding))
    bulk(file, "--out", tmp_path / "out.csv", *options)
    rejected = tmp_path / "out.csv.rejected.csv"
    text = rejected.read_bytes().decode(encoding)
    rejected.write_bytes(text.replace("31.02.", "28.02.").encode(encoding))
    again = bulk(rejected, "--out", tmp_path / "again.csv", *options)

    assert text.splitlines()[1].endswith(",b,Ä,31.02.2021")
    assert "1 account decided, 0 rejected." in again.stdout
    assert ",Ä," in (tmp_path / "again.csv").read_text().replace('"', "")


def test_rejected_rows_have_no_footer_to_be_passed_over(tmp_path: Path) -> None:
    (tmp_path / "mended.csv").write_text("line,reason,id\n2,why,a\n3,why,b\n")
    ran = bulk(tmp_path / "mended.csv", "--out", tmp_path / "out.csv", "--footer", "1")
    assert ran.exit_code == 2
    assert "leave --footer away" in ran.stderr


def test_the_rows_of_an_account_that_stands_in_several_are_written_as_they_were(tmp_path: Path) -> None:
    rows = [("id", "note", "datafox_employees"), ("a", "x", "640"), ("b", "=y", "640"), ("a", "z", "many")]
    tables: dict[str, Callable[[Path], object]] = {
        "csv": lambda file: _mended(file, [list(row) for row in rows]),
        "xlsx": lambda file: write_workbook(file, rows),
        "ndjson": lambda file: file.write_text(
            "".join(json.dumps(dict(zip(rows[0], row, strict=True))) + "\n" for row in rows[1:])
        ),
    }
    for kind, write in tables.items():
        write(tmp_path / f"accounts.{kind}")
        ran = bulk(tmp_path / f"accounts.{kind}", "--out", tmp_path / "out.csv", "--keep", "note")
        _, *lines = _read(tmp_path / "out.csv.rejected.csv")
        cells = [json.loads(line[2]).values() for line in lines] if kind == "ndjson" else [line[2:] for line in lines]

        assert "1 account decided, 2 rejected." in ran.stdout
        assert list(map(tuple, cells)) == [rows[1], rows[3]]
        assert all("is one account's on" in line[1] for line in lines)
        assert [row["note"] for row in csv.DictReader((tmp_path / "out.csv").read_text().splitlines())] == ["'=y"]


def test_rejected_rows_are_in_the_order_of_the_table_however_they_were_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_blocks, "_BLOCK", 2_000)
    monkeypatch.setattr(rejected_rows, "_WAITING", 7)
    kinds = ["a-{},640", "a-{},many", "a-{},1,2", '"a-{},640', "a-{},201-500", "a-{},500-201", ",{}", '"a-{}","6\n40"']
    file = tmp_path / "accounts.csv"
    file.write_text("id,datafox_employees\n" + "".join(kinds[n * n % 8].format(n) + "\n" for n in range(600)))
    ran = bulk(file, "--out", tmp_path / "out.csv", "--json")
    numbers = [int(line[0]) for line in _read(tmp_path / "out.csv.rejected.csv")[1:]]

    assert json.loads(ran.stdout)["rejected"] == len(numbers) > 200
    assert numbers == sorted(set(numbers))


def test_reasons_are_told_by_column_and_kind_with_a_count_and_the_first_place(tmp_path: Path) -> None:
    days = [31 if place % 100 == 7 else 10 for place in range(3_000)]
    rows = [f"a-{place},{place}.5,2021-06-{day},Name {place}" for place, day in enumerate(days)]
    file = tmp_path / "accounts.csv"
    file.write_text("\n".join(["id,datafox_employees,crm_created_on,name", *rows, "a,b", "a,b,c", "a,b,c,d,e"]))
    ran = bulk(file, "--out", tmp_path / "out.csv")
    told = json.loads(bulk(file, "--out", tmp_path / "out.csv", "--json").stdout)
    listed = chalkline(file).stdout.decode()

    for text in (ran.stdout, listed):
        lines = text.partition("Rejected\n")[2].partition("\n\n")[0]
        assert " ".join(lines.split()) == (
            '3,000 rows, first line 2, datafox_employees: "0.5" is not a whole number; write digits only, for example '
            '1200 [Name 0, a-0] 30 rows, first line 9, crm_created_on: "2021-06-31" is not a day of the calendar '
            "[Name 7, a-7] lines 3,002, 3,003 and 3,004: has 2 cells where the header has 4"
        )
        assert max(map(len, text.splitlines())) <= 80
    assert [(each["column"], each["rows"], each["first_row"]) for each in told["rejected_for"]] == [
        ("datafox_employees", 3_000, 2),
        ("crm_created_on", 30, 9),
        (None, 3, 3_002),
    ]


def test_accounts_in_two_rows_each_are_one_kind_of_reason(tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    file.write_text("id\n" + "".join(f"a-{place % 1_500}\n" for place in range(3_000)))
    told = json.loads(bulk(file, "--out", tmp_path / "out.csv", "--json").stdout)
    assert [(each["column"], each["rows"], each["first_row"]) for each in told["rejected_for"]] == [("id", 3_000, 2)]


def test_reasons_without_end_are_told_up_to_a_bound(tmp_path: Path) -> None:
    file = tmp_path / "accounts.ndjson"
    names = ["".join("abcdefghij"[int(digit)] for digit in str(place)) for place in range(500)]
    file.write_text("".join(json.dumps({"account": {"id": name, name: 1}}) + "\n" for name in names))
    told = json.loads(bulk(file, "--out", tmp_path / "out.csv", "--json").stdout)

    assert told["rejected"] == 500
    assert len(told["rejected_for"]) == 201
    assert sum(each["rows"] for each in told["rejected_for"]) == 500
    assert told["rejected_for"][-1]["rows"] == 300
