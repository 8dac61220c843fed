"""The requests of docs/how/ask.md are sent as they stand, and each answers its question."""

import csv
import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.api import serving
from tests.application import Clock
from tests.databases import SqliteDatabases
from tests.scripts import run_script
from tests.servers import REPOSITORY

PAGE = (REPOSITORY / "docs" / "how" / "ask.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
FIRST_ORDER: dict[str, Any] = {
    "df": 640,
    "max_family_employees": 640,
    "lam_dev_count": 80,
    "first_order_available": True,
}


def test_each_question_is_answered_by_its_one_request(sqlite_databases: SqliteDatabases, tmp_path: Path) -> None:
    clock = Clock(datetime(2022, 3, 14, 9, tzinfo=UTC))
    with sqlite_databases.fresh() as url, serving(url, clock=clock) as api:
        api.classify(id="sample-1", name="Sample Manufacturing GmbH", df=60, on=None)
        clock.advance(days=3)
        api.classify(id="sample-1", name="Sample Manufacturing GmbH", **FIRST_ORDER, on=None)
        api.classify(id="sample-2", zi=700, on=None)
        api.classify(id="sample-3", df=12, wrong={"df": "Counts one office"}, owner_id="sample-user", on=None)
        seller = {"name": "Sample Seller", "role": "ae", "crm_user_id": "sample-user", "active_from": "2022-02-01"}
        assert api.http.put("/v1/people/seller-1", json=seller).status_code == 201
        environment = {"API": api.url, "KEY": api.http.headers["Authorization"].removeprefix("Bearer ")}
        told = [run_script(block, tmp_path, environment) for block in BLOCKS]

    assert [each.returncode for each in told] == [0] * len(BLOCKS), [each.stderr for each in told]
    texts = iter(each.stdout for each in told)
    assert next(texts).startswith("Sample Manufacturing GmbH -> Key Accounts First Order (MMKAFO)")
    assert [json.loads(next(texts))["team"] for _ in ("on", "as of")] == ["SMB", "SMB"]
    (newest,) = json.loads(next(texts))["items"]
    assert {"fact": "lam_dev_count", "before": None, "after": 80}.items() <= newest["changes"][1].items()
    counts = json.loads(next(texts))["items"]
    assert {(each["team"], each["status"]): each["count"] for each in counts} == {
        ("MMKAFO", "final"): 1,
        ("MM_TERRITORY", "provisional"): 1,
        (None, "pending_review"): 1,
    }
    assert [row["account_id"] for row in csv.DictReader(io.StringIO(next(texts)))] == ["sample-1"]
    listed = [[each["account_id"] for each in json.loads(next(texts))["items"]] for _ in ("name", "book", "fact")]
    assert listed == [["sample-1"], ["sample-3"], ["sample-2"]]
    wanted = {each["missing_fact"]: each["count"] for each in json.loads(next(texts))["items"]}
    assert (wanted["lam_dev_count"], wanted["employee_counts"]) == (1, 1)
    assert len(json.loads(next(texts))["items"]) == 3
    (moved,) = csv.DictReader(io.StringIO(next(texts)))
    assert (moved["account_id"], moved["team_before"], moved["team"], moved["rule"]) == (
        *("sample-1", "SMB", "MMKAFO", "ROUTE-3"),
    )
    (rests,) = json.loads(next(texts))["items"]
    assert (rests["account_id"], "explanation" in rests) == ("sample-2", False)
    weeks = [(each["week"], each["team"], each["count"]) for each in json.loads(next(texts))["items"]]
    assert ("2022-W11", "SMB", 1) in weeks
    assert next(texts).startswith("id,account_id,")
    (blocking,) = json.loads(next(texts))["items"]
    assert blocking["account_id"] == "sample-3"
    assert json.loads(next(texts))["items"] == []
