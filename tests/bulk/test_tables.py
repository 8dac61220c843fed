import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from service.bulk.engines.open import Engine
from service.crm.mapping import read_mapping
from service.domain.policies import BUILT_IN
from service.domain.rows import StatedRow
from service.entrypoints.common.tables.tables_in import open_table
from tests.builders import ON
from tests.bulk.exports import COLUMNS, as_csv, flat, requests
from tests.bulk.tables import as_table, one_by_one, same
from tests.crm.mapped import USUAL_TEXT
from tests.servers import REPOSITORY

EXAMPLES = REPOSITORY / "examples"
pytestmark = [
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.mark.parametrize("name", ["accounts", "accounts_salesforce", "accounts_with_mistakes"])
def test_the_examples_are_decided_as_row_by_row(duckdb: Engine, name: str, tmp_path: Path) -> None:
    same(as_table(duckdb, EXAMPLES / f"{name}.csv", tmp_path / "o.parquet"), one_by_one(EXAMPLES / f"{name}.csv"))


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
