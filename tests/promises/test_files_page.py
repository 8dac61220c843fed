"""The commands of docs/how/files.md run as they stand, and say what the page shows."""

import re
from pathlib import Path

import pytest

from tests.promises.test_bulk_walkthrough import run
from tests.servers import REPOSITORY

pytestmark = pytest.mark.slow

PAGE = (REPOSITORY / "docs" / "how" / "files.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
SHOWN = [line.strip() for line in re.findall(r"^    (.+)$", PAGE, re.MULTILINE) if line.strip() != "..."]


def test_every_export_is_decided_as_the_page_says(tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(REPOSITORY / "examples")
    ran = [run(tmp_path, block) for block in BLOCKS]

    assert [each.returncode for each in ran] == [0] * len(BLOCKS), [each.stderr for each in ran]
    printed = "".join(each.stdout for each in ran)
    assert [line for line in SHOWN if line not in printed] == []
    first, again, *samples = ran
    assert "0 accounts decided, 6,000 rejected." in first.stdout
    assert "5,999 accounts decided, 1 rejected." in again.stdout
    told = [each.stdout.count("20 rows: 20 decided, 0 rejected.") for each in samples]
    assert told == [block.count("chalkline bulk check") for block in BLOCKS[2:]]
