import csv
import json
import subprocess
from pathlib import Path

import pyarrow.parquet
import pytest
from typer.testing import CliRunner, Result

from service import cli_wiring
from service.entrypoints.cli.app import create_cli
from tests.commands import run_command
from tests.crm.mapped import USUAL_TEXT
from tests.servers import REPOSITORY

EXAMPLES = REPOSITORY / "examples"


def bulk(*arguments: object, **environment: str) -> Result:
    """The command, in this process."""
    command = ["bulk", "classify", *map(str, arguments), "--on", "2022-03-15"]
    return CliRunner(env={"COLUMNS": "80", **environment}).invoke(create_cli(cli_wiring.context), command)


def bulk_process(*arguments: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return run_command("bulk", "classify", *arguments, "--on", "2022-03-15", environment={"COLUMNS": "80"}, stdin=stdin)


def test_the_summary_counts_teams_missing_facts_and_values_that_are_not_ours(tmp_path: Path) -> None:
    ran = bulk_process(EXAMPLES / "accounts_salesforce.csv", "--out", tmp_path / "out.parquet", "--json")
    told = json.loads(ran.stdout)

    assert (ran.returncode, ran.stderr) == (0, b"")
    assert (told["decided"], told["rejected"]) == (10, 0)
    assert sum(kind["rows"] for kind in told["accounts"]) == 10
    assert told["provisional_by_missing_fact"] == {"max_family_employees": 1, "key_account": 1}
    assert {value["value"] for value in told["unknown_values"]} == {"Analyst", "Enterprise West", "PubSec"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.parquet", "out.parquet.legend.csv"]


def test_csv_has_true_false_or_nothing_for_each_clause(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    bulk(EXAMPLES / "accounts.csv", "--out", out)
    with out.open(newline="") as lines:
        rows = list(csv.DictReader(lines))

    assert len(rows) == 50
    assert {row["ROUTE-3/4"] for row in rows} == {"true", "false", ""}


MARKETED = (
    "Id,CreatedDate,First_Order_Available__c,ZI_Employees__c,Lead_Motion__c\n"
    "001SAMPLE000001,2022-03-01,true,640,Inbound MQL\n"
)


def test_a_value_that_a_webhook_reads_is_read_in_a_table_too(tmp_path: Path) -> None:
    (tmp_path / "marketed.csv").write_text(MARKETED)
    (tmp_path / "plain.csv").write_text(MARKETED.replace("Inbound MQL", "inbound_mql"))
    ran = [bulk(tmp_path / f"{name}.csv", "--out", tmp_path / f"{name}.parquet") for name in ("marketed", "plain")]
    tables = [pyarrow.parquet.read_table(tmp_path / f"{name}.parquet") for name in ("marketed", "plain")]

    assert [each.exit_code for each in ran] == [0, 0]
    assert tables[0].equals(tables[1])


def test_the_field_mapping_rules_tables_as_it_rules_events(tmp_path: Path) -> None:
    mapping, file, out = (tmp_path / name for name in ("mapping.toml", "accounts.csv", "out.parquet"))
    mapping.write_text(
        USUAL_TEXT.replace('"ZI_Employees__c"', '"Mitarbeiter"').replace('"Inbound MQL" =', '"Kam von selbst" =')
    )
    file.write_text(MARKETED.replace("ZI_Employees__c", "Mitarbeiter").replace("Inbound MQL", "kam von selbst"))
    ran = bulk(file, "--out", out, CHALKLINE_FIELD_MAPPING=str(mapping))

    assert ran.exit_code == 0
    assert pyarrow.parquet.read_table(out)["leading_employees"].to_pylist() == [640]


def test_rejected_rows_go_to_a_file_of_their_own_and_the_next_run_without_any_removes_it(tmp_path: Path) -> None:
    out = tmp_path / "out.parquet"
    first = bulk(EXAMPLES / "accounts_with_mistakes.csv", "--out", out)
    rejected = (tmp_path / "out.parquet.rejected.csv").read_text()
    second = bulk(EXAMPLES / "accounts.csv", "--out", out)

    assert (first.exit_code, second.exit_code) == (1, 0)
    assert "2 accounts decided, 9 rejected." in first.stdout
    assert rejected.startswith("line,reason,id,name,region,")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.parquet", "out.parquet.legend.csv"]


@pytest.mark.parametrize("suffix", ["csv", "ndjson"])
def test_standard_input_is_read_as_a_file_is(tmp_path: Path, suffix: str) -> None:
    out = tmp_path / "out.parquet"
    text = (EXAMPLES / "accounts.csv").read_bytes()
    if suffix == "ndjson":
        row = b'{"id": "a-%d", "crm_created_on": "2021-06-01", "datafox_employees": 640}\n'
        text = b"".join(row % number for number in range(50))
    ran = bulk_process("-", "--out", out, stdin=text)

    assert ran.returncode == 0, ran.stderr
    assert pyarrow.parquet.read_metadata(out).num_rows == 50


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nowhere.csv",), "cannot be read"),
        (("README.md",), "No column states the account's id"),
        ((EXAMPLES / "accounts.csv", "--engine", "oracle"), "no such engine"),
        (("pyproject.parquet",), "cannot be read"),
    ],
)
def test_unusable_input_ends_with_2_and_a_sentence_and_leaves_no_file(
    tmp_path: Path, arguments: tuple[object, ...], says: str
) -> None:
    ran = bulk(*arguments, "--out", tmp_path / "out.parquet")

    assert (ran.exit_code, ran.stdout) == (2, "")
    assert says in ran.stderr
    assert isinstance(ran.exception, SystemExit)
    assert list(tmp_path.iterdir()) == []


def test_recording_takes_no_other_engine(tmp_path: Path) -> None:
    ran = bulk(EXAMPLES / "accounts.csv", "--out", tmp_path / "out.parquet", "--record", "--engine", "polars")
    assert ran.exit_code == 2
    assert "--engine" in ran.stderr


def test_an_output_of_another_kind_is_refused(tmp_path: Path) -> None:
    ran = bulk(EXAMPLES / "accounts.csv", "--out", tmp_path / "out.xls")
    assert ran.exit_code == 2
    assert ".parquet" in ran.stderr


def test_a_gap_in_a_table_is_as_long_as_in_a_request_and_no_longer(tmp_path: Path) -> None:
    rows = [f"acc-{length},12,{'x' * length},640" for length in (1000, 1001)]
    table = "\n".join(["id,datafox_employees,datafox_gap,zoominfo_employees", *rows])
    (tmp_path / "gaps.csv").write_text(table)

    ran = bulk(tmp_path / "gaps.csv", "--out", tmp_path / "out.csv")

    assert "1 account decided, 1 rejected." in ran.stdout
    (rejected,) = csv.DictReader((tmp_path / "out.csv.rejected.csv").read_text().splitlines())
    assert (rejected["line"], rejected["id"], rejected["datafox_gap"]) == ("3", "acc-1001", "x" * 1001)
    assert rejected["reason"].startswith("datafox_gap: ")
    assert "at most 1000 characters" in rejected["reason"]
