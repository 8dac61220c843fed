"""The commands of docs/how/bulk.md run as they stand, and end where the page says."""

import csv
import re
import subprocess
from pathlib import Path

import pyarrow.parquet
import pytest

from tests.scripts import run_script
from tests.servers import REPOSITORY

pytestmark = pytest.mark.slow

PAGE = (REPOSITORY / "docs" / "how" / "bulk.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
ON_FEW = [block for block in BLOCKS if re.search("bulk check|--set|--record|--engine", block)]
ON_ALL = [block for block in BLOCKS if block not in ON_FEW]
SHOWN = [line.strip() for line in re.findall(r"^    (.+)$", PAGE, re.MULTILINE) if line.strip() != "..."]


def run(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    environment = {"CHALKLINE_DATABASE_URL": f"sqlite:///{folder}/chalkline.db", "PYTHONPATH": str(REPOSITORY)}
    return run_script(script, folder, environment)


def test_the_moves_of_a_whole_export_come_out_as_the_page_says(tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(REPOSITORY / "examples")
    made, decided, explained, mended = (run(tmp_path, block) for block in ON_ALL)

    assert [each.returncode for each in (made, decided, explained, mended)] == [0] * 4, (
        decided.stderr + explained.stderr
    )
    assert [line for line in SHOWN if line not in decided.stdout] == []
    assert explained.stdout.startswith("Sample Account 11 -> ")
    rejected = csv.DictReader(mended.stdout.splitlines())
    assert [row["DataFox_Employees__c"] for row in rejected] == ["several"] * 20
    columns = pyarrow.parquet.read_schema(tmp_path / "moves.parquet").names
    named = set(re.findall(r"`(ROUTE-\d/\w+)`", PAGE)) | {"account_id", "missing_facts"}
    assert named <= set(columns)


def test_it_is_recorded_once_and_decided_alike_on_another_engine(tmp_path: Path) -> None:
    """The first of its accounts stand for them all, each of which is recorded in the same way."""
    (tmp_path / "examples").symlink_to(REPOSITORY / "examples")
    run(tmp_path, "python3 examples/make_export.py 500 > accounts.csv")
    checked, tried, recorded, engine = (run(tmp_path, block) for block in ON_FEW)

    assert [each.returncode for each in (checked, tried, recorded, engine)] == [0] * 4, recorded.stderr + engine.stderr
    assert "Reviews that it would open: " in checked.stdout
    assert "first_order_min_employees: 600 (500 is in force)" in tried.stdout
    assert "500 recorded, 0 on record already." in recorded.stdout
    assert "0 recorded, 500 on record already." in recorded.stdout
    assert '"decided":10' in engine.stdout
