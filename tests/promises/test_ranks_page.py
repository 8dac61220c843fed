"""The requests of docs/how/ranks.md are sent as they stand, and are answered as it says."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

from tests.api import serving
from tests.application import Clock
from tests.databases import SqliteDatabases
from tests.scripts import run_script
from tests.servers import REPOSITORY

PAGE = (REPOSITORY / "docs" / "how" / "ranks.md").read_text()
GIVE, REAFFIRM, RANK, HISTORY, BOOK = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


def test_the_requests_of_the_page_are_answered_as_it_says(sqlite_databases: SqliteDatabases, tmp_path: Path) -> None:
    clock = Clock(datetime(2022, 3, 14, 9, tzinfo=UTC))
    with sqlite_databases.fresh() as url, serving(url, clock=clock) as api:
        api.classify(id="sample-1", name="Sample Manufacturing GmbH", df=60, owner_id="sample-user", on=None)
        seller = {"name": "Sample Seller", "role": "ae", "crm_user_id": "sample-user", "active_from": "2022-02-01"}
        assert api.http.put("/v1/people/seller-1", json=seller).status_code == 201
        environment = {"API": api.url, "KEY": api.http.headers["Authorization"].removeprefix("Bearer ")}
        told = [run_script(block, tmp_path, environment) for block in (GIVE, GIVE)]
        clock.at = datetime(2023, 2, 2, 9, tzinfo=UTC)
        told += [run_script(block, tmp_path, environment) for block in (RANK, REAFFIRM, HISTORY, BOOK)]

    assert [each.returncode for each in told] == [0] * len(told), [each.stderr for each in told]
    given, again, stale, anew, history, book = (json.loads(each.stdout) for each in told)
    assert (given["citation"]["item"], given["stale"], given["has_place"]) == ("item 1", False, True)
    assert again["id"] == given["id"]
    assert (stale["stale"], stale["has_place"]) == (True, False)
    assert (anew["reaffirmed"], anew["stale"]) == (True, False)
    assert [each["ranked_on"] for each in history["items"]] == ["2023-02-02", "2022-03-14"]
    assert [each["name"] for each in book["items"]] == ["Sample Manufacturing GmbH"]
    assert (book["counts"]["1"], book["places_taken"]) == (1, 1)
