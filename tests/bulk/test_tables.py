import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet
import pytest

from service.bulk import read_csv as csv_blocks
from service.bulk.engines.duckdb import DuckDbEngine
from service.bulk.engines.open import Engine
from service.crm.mapping import read_mapping
from service.domain.policies import BUILT_IN
from service.domain.rows import StatedRow
from service.entrypoints.cli.tables_in import open_table
from tests.builders import ON
from tests.bulk.engines import NAMES, opened
from tests.bulk.exports import COLUMNS, as_csv, flat, requests
from tests.bulk.tables import Decided, as_table, one_by_one, same
from tests.crm.mapped import USUAL_TEXT
from tests.servers import REPOSITORY

EXAMPLES = REPOSITORY / "examples"
KEPT = ("Name", "CreatedDate", "Lead_Motion__c")
pytestmark = [
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def duckdb() -> Iterator[Engine]:
    engine = DuckDbEngine()
    yield engine
    engine.close()


def _large(file: Path) -> Decided:
    """An export of 20,000 accounts with a mistake here and there, and what comes of it row by row."""
    make = [sys.executable, str(EXAMPLES / "make_export.py"), "20000"]
    lines = subprocess.run(make, capture_output=True, check=True, text=True).stdout
    file.write_text(_spoiled(lines), encoding="utf-8", errors="surrogateescape", newline="")
    return one_by_one(file, keep=KEPT)


def _spoiled(text: str) -> str:
    random = Random(1)
    header, *lines = text.splitlines(keepends=True)
    for place in random.sample(range(len(lines)), len(lines) // 500):
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
def test_an_export_of_20_000_accounts_is_decided_by_every_engine_as_row_by_row(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_blocks, "_BLOCK", 1 << 20)  # several blocks
    # One test, for reading the export row by row takes longer than all engines together.
    file = tmp_path / "accounts.csv"
    expected = _large(file)
    assert expected.summary.decided > 19_800
    assert 0 < expected.summary.rejected < 200
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


@pytest.mark.parametrize("name", ["accounts", "accounts_salesforce", "accounts_with_mistakes"])
def test_the_examples_are_decided_as_row_by_row(duckdb: Engine, name: str, tmp_path: Path) -> None:
    same(as_table(duckdb, EXAMPLES / f"{name}.csv", tmp_path / "o.parquet"), one_by_one(EXAMPLES / f"{name}.csv"))


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


@pytest.mark.parametrize(
    ("suffix", "form"),
    [
        *((suffix, form) for suffix in (".parquet", ".ndjson", ".jsonl") for form in ("typed", "text")),
        *((suffix, "requests") for suffix in (".ndjson", ".jsonl")),
    ],
)
def test_parquet_and_ndjson_say_the_same_as_csv(duckdb: Engine, suffix: str, form: str, tmp_path: Path) -> None:
    bodies = list(requests(300, seed=5))
    sheet, file = tmp_path / "accounts.csv", tmp_path / f"accounts{suffix}"
    sheet.write_text(as_csv(bodies))
    rows = [{name: flat(body).get(name) for name in COLUMNS} for body in bodies]
    if form == "text":
        rows = [
            {name: None if value is None else json.dumps(value).strip('"') for name, value in row.items()}
            for row in rows
        ]
    if suffix != ".parquet":
        lines = [body | {"effective_on": None} for body in bodies] if form == "requests" else rows
        file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    else:
        pyarrow.parquet.write_table(pa.Table.from_pylist(rows), file)
    expected, actual = one_by_one(sheet), as_table(duckdb, file, tmp_path / "o.parquet")

    assert actual.decisions.to_pylist() == expected.decisions.to_pylist()
    # Requests name their fields otherwise than columns are named.
    reasons = [[line[1].partition(": ")[2] for line in each.rejected] for each in (actual, expected)]
    assert reasons[0] == reasons[1]


def test_whole_numbers_that_became_fractions_in_parquet_are_read_as_what_they_were(
    duckdb: Engine, tmp_path: Path
) -> None:
    file = tmp_path / "accounts.parquet"
    table = {"id": ["a", "b", "c"], "datafox_employees": [640.0, float("nan"), 12.5]}
    pyarrow.parquet.write_table(pa.table(table), file)
    decided = as_table(duckdb, file, tmp_path / "o.parquet")

    assert decided.decisions["leading_employees"].to_pylist() == [640, None]
    reason = 'datafox_employees: "12.5" is not a whole number; write digits only, for example 1200'
    assert decided.rejected == [("3", reason, "c", "12.5")]


def test_a_row_of_another_day_is_decided_under_the_policy_of_that_day(duckdb: Engine, tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    file.write_text(
        "id,crm_created_on,datafox_employees,effective_on\na,2021-06-01,640,2022-01-31\nb,2021-06-01,640,2023-01-01\n"
    )
    same(as_table(duckdb, file, tmp_path / "o.parquet"), one_by_one(file))


def test_values_that_are_not_ours_are_counted_with_the_row_where_each_stands_first(
    duckdb: Engine, tmp_path: Path
) -> None:
    file = tmp_path / "accounts.csv"
    file.write_text("Id,Type,CreatedDate\n" + "".join(f"a-{n},Partner,2021-06-01\n" for n in range(5)) + ",Partner,\n")
    ((remark, found),) = as_table(duckdb, file, tmp_path / "o.parquet").summary.remarks.items()

    assert (remark.field, remark.value, found) == ("Type", "Partner", (2, 5))


OWN_WORDS = read_mapping(
    USUAL_TEXT.replace(
        "[salesforce.not_ours]",
        """[salesforce.values.lam_dev_count]
"100" = "40"
plenty = "500"
[salesforce.values.customer_type]
Partner = "Customer"
[salesforce.values.first_order_available]
vielleicht = "no"
[salesforce.not_ours]
name = ["Acme", "x"]
zoominfo_employees = ["999999", "none"]""",
    ).replace('lam_dev_count = "LAM_Dev_Count__c"', 'lam_dev_count = ["LAM_Dev_Count__c", "Devs"]')
)
WORDS = (
    ("001SAMPLE000001", "Acme", "AMER", "100", "999999", "Partner", "Inbound MQL", "vielleicht"),
    ("001SAMPLE000002YPA", "Beta", "amer", "Plenty", "640", "Former Customer", "inbound mql", "yes"),
    ("001SAMPLE000003", " x ", "EMEA", " 100 ", "NONE", "Prospect", "outbound", ""),
    ("001SAMPLE000004", "", "", "12", "1200", "partner", "INBOUND MQL", "maybe"),
)


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".ndjson"])
def test_what_values_stand_for_is_known_in_a_table_read_in_whichever_way(
    duckdb: Engine, suffix: str, tmp_path: Path
) -> None:
    header = (
        *("Id", "Name", "Account_Demographics_Region__c", "Devs", "ZI_Employees__c", "Type", "Lead_Motion__c"),
        "First_Order_Available__c",
    )
    rows = [dict(zip(header, row, strict=True)) for row in WORDS]
    file = tmp_path / f"accounts{suffix}"
    match suffix:
        case ".csv":
            file.write_text("\n".join(map(",".join, (header, *WORDS))) + "\n")
        case ".parquet":
            pyarrow.parquet.write_table(pa.Table.from_pylist(rows), file)
        case _:
            file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    actual, expected = (
        as_table(duckdb, file, tmp_path / "o.parquet", mapping=OWN_WORDS),
        one_by_one(file, mapping=OWN_WORDS),
    )

    same(actual, expected)
    assert actual.summary.remarks == expected.summary.remarks
    assert {(remark.field, remark.value) for remark in actual.summary.remarks} == {
        ("Name", "Acme"),
        ("Name", "x"),
        ("ZI_Employees__c", "999999"),
        ("ZI_Employees__c", "NONE"),
        ("Type", "Former Customer"),
    }
    assert [line[1] for line in actual.rejected] == ['First_Order_Available__c: "maybe" is neither true nor false']
    with open_table(str(file), ON, BUILT_IN, OWN_WORDS) as table:
        facts = [row.facts for row in table.rows if isinstance(row, StatedRow)]
    assert [(each.account.lam_dev_count, each.account.customer, each.motion) for each in facts] == [
        (40, True, "inbound_mql"),
        (500, None, "inbound_mql"),
        (40, False, "outbound"),
    ]


def test_ranges_and_long_names_in_a_table_say_the_same_as_row_by_row(duckdb: Engine, tmp_path: Path) -> None:
    ranges = ["640", "201-500", "10001+", "1,001\u20145,000", "51-200", "500-201", "", "-5", "0-50"]
    rows = [
        [
            f"acc-{place}",
            "N" * (254 + place % 3),
            "EMEA",
            "2021-06-01",
            *(ranges[(place * step) % 9] for step in (1, 2, 4)),
        ]
        for place in range(60)
    ]
    file = tmp_path / "accounts.csv"
    with file.open("w", newline="") as out:
        names = ["id", "name", "region", "crm_created_on", "datafox_employees", "linkedin_employees"]
        csv.writer(out).writerows([[*names, "max_family_employees"], *rows])
    actual, expected = as_table(duckdb, file, tmp_path / "o.parquet"), one_by_one(file)

    assert actual.rejected == expected.rejected
    decided = [sorted(map(str, each.decisions.to_pylist())) for each in (actual, expected)]
    assert decided[0] == decided[1]
    assert 20 < len(decided[0]) < 60
