"""The commands of docs/how/bulk.md run as they stand, on the examples, and end where the page says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet

from tests.servers import REPOSITORY

PAGE = (REPOSITORY / "docs" / "how" / "bulk.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


def test_the_walkthrough_of_whole_tables_ends_where_it_says(tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(REPOSITORY / "examples")
    environment = {"CHALKLINE_DATABASE_URL": f"sqlite:///{tmp_path}/chalkline.db", "PYTHONPATH": str(REPOSITORY)}
    told = [
        subprocess.run(
            ["bash", "-c", "set -eo pipefail\n" + block.replace(".venv/bin/chalkline", f"{sys.executable} -m service")],
            cwd=tmp_path,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        for block in BLOCKS
    ]
    decided, mended, recorded, engine = told
    assert [each.returncode for each in told] == [0, 0, 0, 0], [each.stderr for each in told]
    assert "10 accounts decided, 0 rejected." in decided.stdout
    assert "row,account_id,column,reason" in mended.stdout
    assert recorded.stdout.count("10 recorded, 0 on record already.") == 1
    assert recorded.stdout.count("0 recorded, 10 on record already.") == 1
    assert '"decided":10' in engine.stdout
    columns = pyarrow.parquet.read_schema(tmp_path / "moves.parquet").names
    named = set(re.findall(r"`(ROUTE-\d/\w+)`", PAGE)) | {"account_id", "missing_facts"}
    assert named <= set(columns)
