"""The columns that a table has and nobody reads: always named, with the name that may have been meant."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.bulk.test_command import bulk
from tests.bulk.workbooks import write_workbook
from tests.entrypoints.test_classify_command import chalkline

COLUMNS = ("id", "crm_created_on", "datafox_employees", "max_family_employes", "note", "Website", "Fremdes")
CELLS = ("a", "2021-06-01", "640", "640", "seen", "x", "y")


def _table(folder: Path, kind: str) -> Path:
    file = folder / f"accounts.{kind}"
    row = dict(zip(COLUMNS, CELLS, strict=True))
    match kind:
        case "csv":
            file.write_text(f"{','.join(COLUMNS)}\n{','.join(CELLS)}\n")
        case "xlsx":
            write_workbook(file, [COLUMNS, CELLS])
        case "parquet":
            pyarrow.parquet.write_table(pa.Table.from_pylist([row]), file)
        case "json":
            file.write_text(json.dumps([row]))
        case _:
            # The second row has what the first has not.
            first = {name: row[name] for name in COLUMNS[:3]}
            file.write_text(f"{json.dumps(first)}\n{json.dumps(row)}\n")
    return file


KINDS = pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet", "json", "ndjson"])


@KINDS
def test_columns_that_are_not_known_and_not_used_are_named_with_what_may_have_been_meant(
    tmp_path: Path, kind: str
) -> None:
    file = _table(tmp_path, kind)
    printed = bulk(file, "--out", tmp_path / "out.csv").stdout
    told = json.loads(bulk(file, "--out", tmp_path / "out.csv", "--json").stdout)
    listed = chalkline(file, "--on", "2022-03-15").stdout.decode()
    document = json.loads(chalkline(file, "--on", "2022-03-15", "--json").stdout)

    for text in (printed, listed):
        assert "Columns not known\n  max_family_employes: did you mean max_family_employees?\n  Fremdes\n" in text
        assert "Columns not used\n  note\n  Website\n" in text
    for each in (told, document):
        assert each["unknown_columns"] == ["max_family_employes", "Fremdes"]
        assert each["did_you_mean"] == {"max_family_employes": "max_family_employees"}
        assert each["columns_not_used"] == ["note", "Website"]


@KINDS
def test_a_strict_reader_takes_no_table_with_a_column_that_is_not_known(tmp_path: Path, kind: str) -> None:
    file = _table(tmp_path, kind)
    decided = bulk(file, "--out", tmp_path / "out.csv", "--strict")
    listed = chalkline(file, "--strict")

    assert (decided.exit_code, listed.returncode) == (2, 2)
    for said in (decided.stderr, listed.stderr.decode()):
        assert "max_family_employes: did you mean max_family_employees?; Fremdes" in said
        assert "note" not in said
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_a_table_whose_columns_are_all_known_is_taken_however_strict_the_reader(tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    file.write_text("id,note,datafox_employees\na,seen,64000\n")
    assert bulk(file, "--out", tmp_path / "out.csv", "--strict").exit_code == 0


def test_a_name_is_near_only_where_no_column_states_its_fact(tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    file.write_text("id,customer,custommer,DataFox_Employes__c\na,false,,64000\n")
    told = json.loads(bulk(file, "--out", tmp_path / "out.csv", "--json").stdout)

    assert told["unknown_columns"] == ["custommer", "DataFox_Employes__c"]
    assert told["did_you_mean"] == {"DataFox_Employes__c": "DataFox_Employees__c"}
