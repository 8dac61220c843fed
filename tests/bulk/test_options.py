"""Options that say nothing of a table, or the opposite of what is always so, are refused with a sentence."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.bulk.test_command import bulk
from tests.bulk.workbooks import write_workbook
from tests.commands import run_command, run_for_text

ROWS = [["id", "customer"], ["a", "true"]]


def _table(file: Path) -> Path:
    match file.suffix:
        case ".xlsx":
            return write_workbook(file, ROWS)
        case ".parquet":
            pyarrow.parquet.write_table(pa.table({"id": ["a"], "customer": ["true"]}), file)
        case ".csv":
            file.write_text("id,customer\na,true\n")
        case _:
            file.write_text('{"id": "a", "customer": "true"}\n')
    return file


@pytest.mark.parametrize(
    ("option", "word", "says"),
    [
        ("--false", "true", "true always means true"),
        ("--false", " Yes ", "yes always means true"),
        ("--true", "0", "0 always means false"),
        ("--true", "", "A word has something in it"),
        ("--false", "  ", "A word has something in it"),
    ],
)
def test_a_word_is_not_turned_round_and_has_something_in_it(tmp_path: Path, option: str, word: str, says: str) -> None:
    ran = bulk(_table(tmp_path / "in.csv"), "--out", tmp_path / "out.csv", option, word)
    assert ran.exit_code == 2
    assert says in " ".join(ran.stderr.split())


def test_a_word_that_means_it_already_may_be_said(tmp_path: Path) -> None:
    assert bulk(_table(tmp_path / "in.csv"), "--out", tmp_path / "out.csv", "--true", "yes").exit_code == 0


@pytest.mark.parametrize(
    ("kind", "option", "says"),
    [
        ("csv", ("--sheet", "Accounts"), "is no workbook, of which --sheet would say nothing"),
        ("ndjson", ("--sheet", "Accounts"), "is no workbook, of which --sheet would say nothing"),
        ("parquet", ("--sheet", "Accounts"), "is Parquet, of which --sheet would say nothing"),
        ("parquet", ("--encoding", "utf-16"), "is Parquet, of which --encoding would say nothing"),
        ("parquet", ("--footer", "1"), "is Parquet, of which --footer would say nothing"),
        ("xlsx", ("--encoding", "windows-1252"), "is a workbook, of which --encoding would say nothing"),
    ],
)
def test_an_option_that_says_nothing_of_a_kind_of_file_is_refused(
    tmp_path: Path, kind: str, option: tuple[str, str], says: str
) -> None:
    ran = bulk(_table(tmp_path / f"in.{kind}"), "--out", tmp_path / "out.csv", *option)
    assert ran.exit_code == 2
    assert says in " ".join(ran.stderr.split())


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_the_address_of_a_database_without_a_table_is_refused_without_its_password(tmp_path: Path, scheme: str) -> None:
    for command in (["bulk", "classify", "--out", str(tmp_path / "out.csv")], ["bulk", "check"], ["classify"]):
        ran = run_command(*command, f"{scheme}://somebody:s3cret@127.0.0.1/name")
        assert ran.returncode == 2
        assert b"#SCHEMA.TABLE" in ran.stderr
        assert b"s3cret" not in ran.stderr + ran.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["classify", "x.csv", "--days", "mdyy"], "'--days': 'mdyy' is not one of 'ymd', 'mdy', 'dmy'.\n"),
        (["keys", "revoke", "nope"], '"nope" is not an identifier, such as 0198c0de-0000-7000-a000-000000000001.\n'),
        (["leads", "add", "l", "--kind", "trial"], "'--kind': 'trial' is not one of 'trial_request'"),
    ],
)
def test_an_option_that_cannot_be_meant_is_told_in_plain_words(words: list[str], says: str) -> None:
    ran = run_for_text(*words)

    assert ran.returncode == 2
    assert says in ran.stderr
