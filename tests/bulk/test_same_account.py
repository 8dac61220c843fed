"""An account in several rows is found by its id however that is written, and no row is left out as a footer."""

import csv
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from service.bulk import duplicates
from service.bulk.engines.open import Engine
from service.domain.policies import BUILT_IN
from service.entrypoints.common.tables.reading import Leader, Reading
from service.entrypoints.common.tables.sources import UnusableInputError
from service.entrypoints.common.tables.tables_in import open_table
from tests.builders import ON
from tests.bulk.tables import as_table, one_by_one
from tests.crm.mapped import USUAL

HEADER = ("id", "crm_segment", "datafox_employees")


def _csv(file: Path, rows: list[tuple[str, ...]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([HEADER, *rows])


def _parquet(file: Path, rows: list[tuple[str, ...]]) -> None:
    columns = zip(*rows, strict=True)
    pyarrow.parquet.write_table(pa.table(dict(zip(HEADER, map(list, columns), strict=True))), file)


def _workbook(file: Path, rows: list[tuple[str, ...]]) -> None:
    book = openpyxl.Workbook()
    for row in (HEADER, *rows):
        book.worksheets[0].append(row)
    book.save(file)


KINDS: dict[str, Callable[[Path, list[tuple[str, ...]]], None]] = {
    "a.csv": _csv,
    "a.parquet": _parquet,
    "a.xlsx": _workbook,
}


@pytest.mark.parametrize("again", ["q1 ", " q1", "\u00a0q1", "q1\u3000"])
@pytest.mark.parametrize("name", KINDS)
def test_blanks_around_an_id_make_no_other_account(duckdb: Engine, name: str, again: str, tmp_path: Path) -> None:
    KINDS[name](tmp_path / name, [("q1", "MM", "640"), (again, "SMB", "40"), ("q2", "SMB", "41")])
    out = tmp_path / "o.parquet"
    asked = {"first": ["q1", "q2"], "last": ["q1", "q2"]}

    decided = as_table(duckdb, tmp_path / name, out)
    assert decided.decisions["account_id"].to_pylist() == ["q2"]
    assert len(decided.rejected) == 2
    assert one_by_one(tmp_path / name).rejected == decided.rejected
    for leader, accounts in asked.items():
        led = as_table(duckdb, tmp_path / name, out, reading=Reading(leader=Leader(leader)))
        assert sorted(led.decisions["account_id"].to_pylist()) == accounts
        assert 640 in led.decisions["leading_employees"].to_pylist() or leader == "last"


def test_both_forms_of_an_id_in_blanks_are_one_account(duckdb: Engine, tmp_path: Path) -> None:
    _csv(tmp_path / "a.csv", [("0018a00001XyZaB", "MM", "640"), (" 0018a00001XyZaBAAV ", "SMB", "40")])

    assert len(as_table(duckdb, tmp_path / "a.csv", tmp_path / "o.parquet").rejected) == 2


def test_a_table_begins_anew_only_where_an_account_stands_in_several_rows(tmp_path: Path) -> None:
    rows = [("q1", "MM", "640"), ("q2", "SMB", "41")]
    for name, more, begins_anew in (("once.csv", [], False), ("twice.csv", [(" q1", "SMB", "40")], True)):
        _csv(tmp_path / name, [*rows, *more])
        with open_table(str(tmp_path / name), ON, BUILT_IN, USUAL, may_begin_anew=True) as table:
            list(table.in_blocks().pieces)
            assert (table.anew() is not None) == begins_anew


def test_accounts_that_only_look_alike_are_all_decided(
    duckdb: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duplicates, "_HASHES", "SELECT 7::UBIGINT AS hashed FROM ids")
    _csv(tmp_path / "a.csv", [("q1", "MM", "640"), ("q2", "SMB", "41"), ("q2", "SMB", "42"), ("q3", "SMB", "many")])

    decided = as_table(duckdb, tmp_path / "a.csv", tmp_path / "o.parquet")

    assert decided.decisions["account_id"].to_pylist() == ["q1"]
    assert sorted(line for line, *_ in decided.rejected) == ["3", "4", "5"]
    assert (decided.summary.decided, decided.summary.rejected) == (1, 3)


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
@pytest.mark.parametrize("footer", [1, 2])
def test_rows_are_never_left_out_as_a_footer(duckdb: Engine, name: str, footer: int, tmp_path: Path) -> None:
    KINDS[name](tmp_path / name, [("q1", "MM", "640"), ("q2", "SMB", "41"), ("q3", "SMB", "42")])

    with pytest.raises(UnusableInputError, match="no footer: --footer"):
        as_table(duckdb, tmp_path / name, tmp_path / "o.parquet", reading=Reading(footer=footer))
    with pytest.raises(UnusableInputError, match="no footer: --footer"):
        one_by_one(tmp_path / name, reading=Reading(footer=footer))


def test_a_quotation_mark_that_is_never_closed_hides_no_row_in_a_footer(duckdb: Engine, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f'{",".join(HEADER)}\nq1,MM,640\n"Confidential\nq2,SMB,41\n')

    with pytest.raises(UnusableInputError, match=r'"q2,SMB,41.* no footer: --footer'):
        as_table(duckdb, tmp_path / "a.csv", tmp_path / "o.parquet", reading=Reading(footer=2))


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_a_footer_is_left_out_as_asked(duckdb: Engine, name: str, tmp_path: Path) -> None:
    rows = [("q1", "MM", "640"), ("q2", "SMB", "41"), ("",), ("Copyright (c) 2022, sample company, inc.",)]
    KINDS[name](tmp_path / name, rows)

    decided = as_table(duckdb, tmp_path / name, tmp_path / "o.parquet", reading=Reading(footer=2))
    assert decided.decisions["account_id"].to_pylist() == ["q1", "q2"]
    assert decided.rejected == []


def test_a_footer_longer_than_the_file_and_one_of_json_are_refused(duckdb: Engine, tmp_path: Path) -> None:
    _csv(tmp_path / "a.csv", [("q1", "MM", "640")])
    with pytest.raises(UnusableInputError, match="has 2 lines, and --footer 9 leaves none"):
        as_table(duckdb, tmp_path / "a.csv", tmp_path / "o.parquet", reading=Reading(footer=9))
    (tmp_path / "a.ndjson").write_text('{"id": "q1"}\n{"id": "q2"}\n')
    with pytest.raises(UnusableInputError, match="JSON has no footer"):
        as_table(duckdb, tmp_path / "a.ndjson", tmp_path / "o.parquet", reading=Reading(footer=1))
