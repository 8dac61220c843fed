"""A file that cannot be read as it stands is decided by the options that its first try names."""

import csv
import os
import re
import shlex
import sys
from pathlib import Path
from subprocess import CompletedProcess, run

import pytest

from tests.commands import run_command

ROOT = Path(__file__).parents[2]
MAKER = ROOT / "examples" / "make_export.py"
ACCOUNTS = int(os.environ.get("CHALKLINE_EXAMPLES", "1")) * 600
NOWHERE = "sqlite:////nonexistent/chalkline.db"


def bulk(*arguments: object) -> CompletedProcess[bytes]:
    environment = {"COLUMNS": "200", "CHALKLINE_DATABASE_URL": NOWHERE}
    return run_command("bulk", "classify", *arguments, "--on", "2022-03-15", environment=environment)


def export(origin: str, folder: Path) -> Path:
    file = folder / f"{origin}.csv"
    file.write_bytes(run([sys.executable, MAKER, str(ACCOUNTS), origin], check=True, capture_output=True).stdout)
    return file


@pytest.mark.parametrize(
    ("origin", "options"),
    [
        ("excel-american", {"--days": "mdy", "--thousands": ","}),
        (
            "excel-german",
            {
                "--days": "dmy",
                "--thousands": ".",
                "--encoding": "windows-1252",
                "--true": "WAHR",
                "--false": "FALSCH",
            },
        ),
        ("salesforce-report", {"--days": "mdy", "--footer": "5"}),
        ("linkedin", {}),
    ],
)
def test_a_sample_export_is_decided_by_the_options_that_its_first_try_names(
    origin: str, options: dict[str, str], tmp_path: Path
) -> None:
    file, out = export(origin, tmp_path), tmp_path / "out.csv"
    first = bulk(file, "--out", out).stdout.decode()
    named = re.search(r"Try again with: (.*)", first)
    words = shlex.split(named[1]) if named else []
    assert dict(zip(words[::2], words[1::2], strict=True)) == options

    again = bulk(file, "--out", out, *words)

    wrong = ACCOUNTS // 5_000
    assert f"{ACCOUNTS - wrong:,} accounts decided, {wrong} rejected." in again.stdout.decode()
    assert again.returncode == (1 if wrong else 0)


def test_an_output_that_is_the_input_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    file = export("linkedin", tmp_path)
    linked = tmp_path / "linked.csv"
    linked.symlink_to(file)
    before = file.read_bytes()
    for out in (file, linked):
        refused = bulk(file, "--out", out)
        assert (refused.returncode, file.read_bytes()) == (2, before)
        assert b"is the input itself" in refused.stderr


ROW = "{id},Sample,EMEA,2021-06-01,false,true,640,640,{changed}\n"
HEADER = "id,name,region,crm_created_on,customer,first_order_available,max_family_employees,datafox_employees,"


@pytest.mark.parametrize(
    ("options", "decided", "says"),
    [
        ((), 1, "is one account's on lines 2 and 4, and --duplicates first, last or newest says which leads"),
        (("--duplicates", "first"), 2, "1 row passed over"),
        (("--duplicates", "newest"), 2, "1 row passed over"),
        (("--duplicates", "newest", "--newest-by", "name"), 1, "none of which is the newest"),
    ],
)
def test_an_account_in_two_rows_is_decided_by_the_one_that_is_said_to_lead_or_not_at_all(
    options: tuple[str, ...], decided: int, says: str, tmp_path: Path
) -> None:
    file, out = tmp_path / "twice.csv", tmp_path / "out.csv"
    rows = [("s-1", "2022-01-01"), ("s-2", "2022-01-01"), ("s-1", "2022-01-02")]
    file.write_text(
        HEADER + "SystemModstamp\n" + "".join(ROW.format(id=account, changed=changed) for account, changed in rows)
    )

    ran = bulk(file, "--out", out, *options)

    rejected = tmp_path / "out.csv.rejected.csv"
    told = ran.stdout.decode() + (rejected.read_text() if rejected.exists() else "")
    assert f"{decided} account" in told
    assert says in told


def test_without_a_column_of_changes_nobody_knows_the_newest(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEADER.rstrip(",") + "\n")
    refused = bulk(tmp_path / "a.csv", "--out", tmp_path / "out.csv", "--duplicates", "newest")
    assert refused.returncode == 2
    assert b"name one with --newest-by COLUMN" in refused.stderr


def test_no_review_is_opened_that_the_segment_of_the_crm_can_stand_in_for(tmp_path: Path) -> None:
    names = ("Account_Demographics_Sales_Segment__c", "LinkedIn_Employees__c")
    kept = [word for name in names for word in ("--keep", name)]
    bulk(export("linkedin", tmp_path), "--out", tmp_path / "out.csv", *kept)
    touched = {"51-200": {"SMB", "Mid-Market"}, "1,001-5,000": {"Mid-Market", "Large"}}
    with (tmp_path / "out.csv").open(newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["leading_source"] in {"", "crm"}]
    stood_in_for = [row for row in rows if row[names[0]] in touched.get(row[names[1]], set())]

    assert {row["status"] for row in stood_in_for} == {"provisional"}
    assert {row["status"] for row in rows} >= {"provisional", "pending_review"}
