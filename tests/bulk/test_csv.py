"""Exports as CSV, however they are spelled and whatever is wrong with a line, are decided as row by row."""

import csv
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from service.bulk import read_csv as csv_blocks
from service.bulk.engines.open import Engine
from tests.bulk.engines import NAMES, opened
from tests.bulk.exports import as_csv, requests
from tests.bulk.tables import Decided, as_table, one_by_one, same
from tests.servers import REPOSITORY

KEPT = ("Name", "CreatedDate", "Lead_Motion__c")
pytestmark = [
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def _large(file: Path) -> Decided:
    """An export of 1,500 accounts with a mistake here and there, and what comes of it row by row."""
    make = [sys.executable, str(REPOSITORY / "examples" / "make_export.py"), "1500"]
    lines = subprocess.run(make, capture_output=True, check=True, text=True).stdout
    file.write_text(_spoiled(lines), encoding="utf-8", errors="surrogateescape", newline="")
    return one_by_one(file, keep=KEPT)


def _spoiled(text: str) -> str:
    random = Random(1)
    header, *lines = text.splitlines(keepends=True)
    for place in random.sample(range(len(lines)), len(lines) // 200):
        line = lines[place]
        lines[place] = random.choice(
            (
                line.replace(",", ";"),
                line.replace("0", "x"),
                "\n" + line,
                line.replace("NORAM", '"NO\nRAM"').replace("EMEA", " emea "),
                line.replace("20", "19", 1),
                line.replace("true", "perhaps"),
                line.replace(",", ",\udcff", 2),
                '"' + line,
                line.rstrip("\n") + ",,\n",
                line.rstrip("\n") + "\r\n",
            )
        )
    return header + "".join(lines)


@pytest.mark.slow
def test_an_export_of_1_500_accounts_is_decided_by_every_engine_as_row_by_row(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_blocks, "_BLOCK", 1 << 16)  # several blocks
    # One test, for reading the export row by row takes longer than all engines together.
    file = tmp_path / "accounts.csv"
    expected = _large(file)
    assert expected.summary.decided > 1_450
    assert 0 < expected.summary.rejected < 50
    # Spark is last: where there is no Java, the others are tried before the test is skipped.
    for name in NAMES:
        for engine in opened(name, request):
            _decides_as(engine, file, expected)


def _decides_as(engine: Engine, file: Path, expected: Decided) -> None:
    actual = as_table(engine, file, file.with_name("decisions.parquet"), keep=KEPT)
    assert actual.decisions.num_rows == expected.decisions.num_rows
    by_id = [("account_id", "ascending")]
    assert actual.decisions.sort_by(by_id).equals(expected.decisions.sort_by(by_id).cast(actual.decisions.schema))
    assert actual.rejected == expected.rejected
    assert actual.summary.groups == expected.summary.groups


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_spelling_of_csv_is_read_as_row_by_row(
    duckdb: Engine, delimiter: str, quoting: int, end: str, tmp_path: Path
) -> None:
    file = tmp_path / "accounts.csv"
    text = as_csv(requests(60, seed=3), delimiter=delimiter, quoting=quoting).replace("\n", end)
    file.write_text(text, newline="", encoding="utf-8-sig")
    same(as_table(duckdb, file, tmp_path / "o.parquet"), one_by_one(file))


HEADER = "id,name,region,customer,datafox_employees,crm_created_on\n"
WHOLE = "a-{n},Name {n},EMEA,false,640,2021-06-01\n"
ODD = (
    '"a-1","A ""quoted"" name",EMEA,false,640,2021-06-01\n',
    '"a-1","Two\nlines",EMEA,false,640,2021-06-01\n',
    '"a-1","never closed,EMEA,false,640,2021-06-01\n',
    'a-1,"closed"too early,EMEA,false,640,2021-06-01\n',
    'a-1,in the "middle",EMEA,false,640,2021-06-01\n',
    '"ab,"cd",x",EMEA,false,640,2021-06-01\n',
    "a-1,too,few\n",
    "a-1,Name,EMEA,false,640,2021-06-01,,\n",
    "a-1,Name,EMEA,false,640,2021-06-01,more\n",
    ",,,,,\n",
    " , ,\t,,,\n",
    "\n",
    "   \n",
    ",Name,EMEA,false,640,2021-06-01\n",
    " a-1 , Name ,\u00a0emea\u00a0, FALSE ,\u3000640 ,2021-06-01T23:30:00-05:00\n",
    "=cmd,Name,EMEA,false,640,2021-06-01\n",
    "a-1,\x07,EMEA,false,640,2021-06-01\n",
    "a-1,\u00a0,EMEA,false,640,2021-06-01\n",
    "a-1,\u65e5\u672c,EMEA,false,640,2021-06-01\n",
    "a-1,Name,=1+1,maybe,640.0,2021-13-01\n",
    "a-1,Name,EMEA,false,100000001,2021-06-01\n",
    "a-1,Name,EMEA,false,-5,20210601\n",
    "a-1,Na\rme,EMEA,false,640,2021-06-01\n",
    "a-1,\udcff,EMEA,false,640,2021-06-01\n",
    "a-1," + "x" * 256 + ",EMEA,false,640,2021-06-01\n",
    "a-1,Name,DACH,,,\n",
    "a-1,no newline at the end,EMEA,false,640,2021-06-01",
)


@pytest.mark.parametrize("block", [16 << 20, 150])
@pytest.mark.parametrize("odd", ODD)
def test_an_odd_line_is_read_or_rejected_as_row_by_row_and_harms_no_other(
    duckdb: Engine, odd: str, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_blocks, "_BLOCK", block)
    before, after = ("".join(WHOLE.format(n=n) for n in range(start, start + 8)) for start in (10, 20))
    file = tmp_path / "accounts.csv"
    whole = HEADER + before + odd + ("" if not odd.endswith("\n") else after)
    file.write_text(whole, encoding="utf-8", errors="surrogateescape", newline="")
    actual, expected = as_table(duckdb, file, tmp_path / "o.parquet"), one_by_one(file)

    assert actual.rejected == expected.rejected
    rows = [sorted(map(str, each.decisions.to_pylist())) for each in (actual, expected)]
    assert rows[0] == rows[1]
    assert len(rows[0]) >= 8
