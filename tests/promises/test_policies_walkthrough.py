"""The commands of docs/how/policies.md run as they stand, on the examples, and say what the page says."""

import json
import re
from pathlib import Path

import pyarrow.parquet
import pytest

from tests.scripts import run_script
from tests.servers import REPOSITORY

pytestmark = pytest.mark.slow

PAGE = (REPOSITORY / "docs" / "how" / "policies.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


def test_a_threshold_is_tried_as_the_page_says(tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(REPOSITORY / "examples")
    here = {"CHALKLINE_DATABASE_URL": f"sqlite:///{tmp_path}/chalkline.db"}
    told = [run_script(block, tmp_path, here) for block in BLOCKS]

    assert [each.returncode for each in told] == [0] * 8, [each.stderr for each in told]
    recorded, noted, compared, standing, history, drafted, published, applied = (each.stdout for each in told)
    assert "10 recorded, 0 on record already." in recorded
    assert noted.startswith("note ")
    assert "first_order_min_employees     500    600" in compared
    said = " ".join(standing.split())
    assert "10 decisions examined: 1 with another team, 0 changed otherwise, 9 the same, 0 not replayed." in said
    assert "Key Accounts First Order to Mid-Market Territory: 1 (account 001SAMPLE000001YPA by decision" in said
    assert "ROUTE-3/3: yes becomes no in 1" in said
    body = json.loads(history)
    assert (body["examined"], body["moved"], body["stays"], body["not_replayed"]) == (10, 1, 9, 0)
    assert body["parameters"] == {"first_order_min_employees": {"before": 500, "after": 600}}
    assert body["movements"][0]["from"] == "MMKAFO"
    assert body["flips"][0] == {
        "clause": "ROUTE-3/3",
        "answers": [{"before": True, "after": False, "decisions": 1}],
    }
    assert "of fy23 revision 1, not published" in drafted
    assert compared in drafted
    assert "published as revision 2" in published
    assert "fy23 revision 2, from 2022-03-01" in published
    assert "10 recorded, 0 on record already." in published
    # All that there is stands under the second revision by then.
    assert applied.count("0 accounts decided anew, 0 moved, 0 unchanged.") == 2
    assert applied.count("Nothing was recorded.") == 1
    moved = pyarrow.parquet.read_table(tmp_path / "moves.parquet").to_pylist()
    assert next(each["team"] for each in moved if each["account_id"] == "001SAMPLE000001YPA") == "MM_TERRITORY"
