"""Options that say nothing of a table, or the opposite of what is always so, are refused with a sentence."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.bulk.test_command import bulk
from tests.bulk.workbooks import write_workbook

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
