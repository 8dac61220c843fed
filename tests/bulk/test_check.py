"""A table looked at before it is recorded; and decided under a revision that is tried."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from typer.testing import CliRunner, Result

from service import cli_wiring
from service.domain.policies import BUILT_IN
from service.domain.review_queue import review_kind, review_kind_words
from service.domain.rows import RejectedRow, Summary
from service.entrypoints.cli.app import create_cli
from service.entrypoints.cli.classify import decide_rows
from service.entrypoints.common.tables.tables_in import open_table
from service.store.engine import connect_engine
from tests.builders import ON
from tests.bulk.exports import as_csv, requests
from tests.bulk.test_command import EXAMPLES, bulk
from tests.crm.mapped import USUAL
from tests.store.publishing import draft


def check(*arguments: object) -> Result:
    command = ["bulk", "check", *map(str, arguments), "--on", "2022-03-15"]
    return CliRunner(env={"COLUMNS": "80"}).invoke(create_cli(cli_wiring.context), command)


def test_a_page_says_what_is_understood_what_is_rejected_who_moves_and_which_reviews_there_would_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = check(EXAMPLES / "accounts_with_mistakes.csv")

    assert ran.exit_code == 1
    assert ran.stdout.startswith("11 rows: 2 decided, 9 rejected. Nothing is recorded.\n\nColumns understood, ")
    for line in (
        "  id\n",
        "  line 11: has 14 cells where the header has 13\n",
        "Columns not known\n  custommer\n",
        "From the current team to the team that is decided\n",
        "Key Accounts First Order  ",
    ):
        assert line in ran.stdout
    assert max(map(len, ran.stdout.splitlines())) <= 80
    assert list(tmp_path.iterdir()) == []


def test_the_columns_of_a_crm_are_told_with_the_facts_that_they_state() -> None:
    ran = check(EXAMPLES / "accounts_salesforce.csv")
    told = json.loads(check(EXAMPLES / "accounts_salesforce.csv", "--json").stdout)

    assert ran.exit_code == 0
    assert "\n  ZI_Employees__c: zoominfo_employees\n" in ran.stdout
    assert told["columns_understood"]["Type"] == "customer"
    assert told["columns_not_used"] == ["Website"]
    assert (told["rows"], told["decided"], told["rejected"]) == (10, 10, 0)
    assert sum(pair["rows"] for pair in told["matrix"]) == 10


def _by_itself(file: Path) -> dict[str, int]:
    """The reviews that each row opens when it is decided by itself."""
    kinds: dict[str, int] = {}
    with open_table(str(file), ON, BUILT_IN, USUAL) as table:
        for each in decide_rows(table.rows, ON, BUILT_IN, table.column_at, Summary()):
            kind = None if isinstance(each, RejectedRow) else review_kind(each)
            if kind is not None:
                words = f"{kind.blocking} {review_kind_words(kind)}"
                kinds[words] = kinds.get(words, 0) + 1
    return kinds


def test_the_reviews_of_a_table_are_those_that_each_row_opens_by_itself(tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    ranges = "r-1,EMEA,2021-06-01,51-200,640\nr-2,EMEA,2021-06-01,51-200,\nr-3,EMEA,2021-06-01,501-900,\n"
    file.write_text(as_csv(requests(3_000, seed=51)))
    (tmp_path / "ranges.csv").write_text(f"id,region,crm_created_on,datafox_employees,zoominfo_employees\n{ranges}")
    for each in (file, tmp_path / "ranges.csv"):
        told = json.loads(check(each, "--json").stdout)
        found = {f"{kind['blocking']} {kind['words']}": kind["reviews"] for kind in told["reviews"]}

        assert found == _by_itself(each)
    unclear = "Datafox: the range lies in two segments"
    asked = "no source leads; third-party evidence is missing; the size clean-up recommends no segment"
    assert found == {f"True {unclear}; {asked}": 1}


def test_the_most_common_kind_of_review_is_told_first_with_how_many_it_is(tmp_path: Path) -> None:
    rows = [f"a-{place},12,One office,{640 if place % 3 else ''}" for place in range(900)]
    file = tmp_path / "accounts.csv"
    file.write_text("\n".join(["id,datafox_employees,datafox_gap,zoominfo_employees", *rows]))
    printed = check(file).stdout

    assert "Reviews that it would open: 300 that block, 600 that do not\n" in printed
    told = " ".join(printed.partition("kind)\n")[2].split())
    assert told.startswith("600 accounts: Datafox is wholly wrong; Zoominfo leads 300 accounts, blocking: Datafox is")


@pytest.mark.parametrize("arguments", [("nowhere.csv",), (EXAMPLES / "accounts_with_mistakes.csv", "--strict")])
def test_a_table_that_cannot_be_used_ends_with_2_and_a_sentence(arguments: tuple[object, ...]) -> None:
    ran = check(*arguments)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr.startswith("chalkline bulk check: ")


def _teams(out: Path) -> list[Any]:
    return list(pyarrow.parquet.read_table(out).sort_by("account_id")["team"].to_pylist())


HEADER = "id,region,crm_created_on,first_order_available,max_family_employees,datafox_employees,effective_on\n"
ACCOUNTS = HEADER + "".join(
    f"a-{employees},EMEA,2021-06-01,true,{employees},640,{day}\n"
    for employees, day in ((480, ""), (520, ""), (560, "2022-06-01"), (610, ""))
)


def test_a_table_is_decided_with_other_parameters_than_those_in_force_and_says_so(tmp_path: Path) -> None:
    file, out = tmp_path / "accounts.csv", tmp_path / "out.parquet"
    file.write_text(ACCOUNTS)
    bulk(file, "--out", out)
    in_force = _teams(out)
    ran = bulk(file, "--out", out, "--set", "first_order_min_employees=600")
    told = json.loads(bulk(file, "--out", out, "--set", "first_order_min_employees=600", "--json").stdout)

    assert in_force == ["MM_TERRITORY", "MMKAFO", "MMKAFO", "MMKAFO"]
    # On every day.
    assert _teams(out) == ["MM_TERRITORY", "MM_TERRITORY", "MM_TERRITORY", "MMKAFO"]
    assert "Tried, and not in force\n  first_order_min_employees: 600 (500 is in force)\n" in ran.stdout
    assert told["parameters_tried"] == {"first_order_min_employees": {"before": 500, "after": 600}}
    legend = (tmp_path / "out.parquet.legend.csv").read_text()
    assert "max_family_employees >= 600" in legend


def test_a_table_is_decided_under_a_draft_on_whatever_day_that_is_to_hold(database_url: str, tmp_path: Path) -> None:
    engine = connect_engine(database_url)
    made = draft(engine, since=date(2022, 8, 1))
    engine.dispose()
    file, out = tmp_path / "accounts.csv", tmp_path / "out.parquet"
    file.write_text(ACCOUNTS)
    ran = bulk(file, "--out", out, "--draft", made.draft.id, CHALKLINE_DATABASE_URL=database_url)

    assert ran.exit_code == 0, ran.output
    assert _teams(out) == ["MM_TERRITORY", "MM_TERRITORY", "MM_TERRITORY", "MMKAFO"]
    assert "first_order_min_employees: 600 (500 is in force)" in ran.stdout


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--set", "first_order_min_employees=600", "--record"), "What is recorded is decided under what is published"),
        (("--set", "nonsense=600"), "there is no such parameter"),
        (("--set", "600"), "is not PARAMETER=VALUE"),
        (("--set", "smb_max=9", "--set", "smb_max=8"), "smb_max is set twice"),
        (("--set", "first_order_min_employees=600", "--draft", "0198c0de-0000-7000-8000-000000000000"), "either --set"),
    ],
)
def test_what_cannot_be_tried_is_refused(tmp_path: Path, options: tuple[str, ...], says: str) -> None:
    ran = bulk(EXAMPLES / "accounts.csv", "--out", tmp_path / "out.csv", *options)

    assert (ran.exit_code, ran.stdout) == (2, "")
    assert says in " ".join(ran.stderr.split())
    assert list(tmp_path.iterdir()) == []
