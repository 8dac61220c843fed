"""The samples of what each source exports, in examples/sources, are read as docs/how/files.md says of them."""

import csv
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bulk.test_command import bulk
from tests.servers import REPOSITORY

SOURCES = REPOSITORY / "examples" / "sources"
PAGE = (REPOSITORY / "docs" / "how" / "files.md").read_text()
CHECK = r"^(?:CHALKLINE_FIELD_MAPPING=(\S+) )?\.venv/bin/chalkline bulk check (\S+)(.*)$"
COMMANDS = re.findall(CHECK, PAGE, re.MULTILINE)
MADE = {"excel_american": "excel-american", "excel_german": "excel-german", "data_loader": ""} | {
    name: name.replace("_", "-") for name in ("salesforce_report", "linkedin")
}


def _decided(folder: Path, mapping: str, file: str, options: str) -> dict[str, dict[str, str]]:
    out = folder / f"{Path(file).name}.csv"
    environment = {"CHALKLINE_FIELD_MAPPING": str(REPOSITORY / mapping)} if mapping else {}
    ran = bulk(REPOSITORY / file, "--out", out, "--strict", *shlex.split(options), **environment)
    assert ran.exit_code == 0, ran.output
    assert "0 rejected" in ran.stdout
    with out.open(newline="") as lines:
        return {row["account_id"]: row for row in csv.DictReader(lines)}


def test_the_samples_of_all_sources_are_decided_alike(tmp_path: Path) -> None:
    assert {Path(file).name for _, file, _ in COMMANDS} == {path.name for path in SOURCES.iterdir()} - {"hubspot.toml"}
    decided = {Path(file).stem: _decided(tmp_path, mapping, file, options) for mapping, file, options in COMMANDS}
    ranged = decided.pop("linkedin")
    expected = decided["data_loader"]

    assert len(expected) == 20
    for source, rows in decided.items():
        named = {
            number: row | {"name": row["name"].replace("Müster-Konto", "Sample Account")}
            for number, row in rows.items()
        }
        assert named == expected, source
    # Where LinkedIn leads, a range may say less than a number.
    others = {number for number, row in expected.items() if row["leading_source"] != "linkedin"}
    assert ranged.keys() == expected.keys() > others
    for number in others:
        assert (ranged[number]["segment"], ranged[number]["team"]) == (
            expected[number]["segment"],
            expected[number]["team"],
        )


@pytest.mark.parametrize("name", MADE)
def test_a_sample_is_what_the_script_makes(name: str) -> None:
    maker = [sys.executable, str(REPOSITORY / "examples" / "make_export.py"), "20", MADE[name]]
    made = subprocess.run(maker, capture_output=True, check=True, env=os.environ).stdout
    assert made == (SOURCES / f"{name}.csv").read_bytes()
