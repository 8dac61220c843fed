"""Each decision keeps who told its facts, and a history says it of each that changed, by whatever door it came."""

import os
from pathlib import Path
from typing import Any

from service.domain.keys import Scope
from tests.builders import ON, Request, request
from tests.commands import run_for_text
from tests.inbox.client import Crm
from tests.inbox.conftest import NOW
from tests.inbox.messages import KEY_ACCOUNT, change, milliseconds

HOUR = 3_600_000


def _by_key(name: str) -> dict[str, Any]:
    return {"kind": "key", "id": name, "line": None}


def _changes(crm: Crm, account: str) -> list[dict[str, Any]]:
    """Who told what changed with the newest decision, by fact."""
    newest = crm.api.get(f"/v1/accounts/{account}/history")["items"][0]
    return [{"fact": each["fact"], **(each["told_by"] or {"kind": None})} for each in newest["changes"]]


def _stated(account: str, **facts: object) -> Request:
    return {"account": {"id": account, "crm_created_on": "2021-06-01", **facts}, "effective_on": ON.isoformat()}


def test_what_a_request_states_is_told_by_the_key_it_came_with(shared: Crm) -> None:
    api, other = shared.api, shared.api.key("enrichment", Scope.CLASSIFY)
    api.classify(request(id="told-1", region="EMEA"))
    assert api.http.post("/v1/classifications", json=request(id="told-1", region="APAC"), headers=other).is_success

    assert _changes(shared, "told-1") == [{"fact": "region", **_by_key("enrichment")}]


def test_what_an_event_states_is_told_by_the_event_and_the_rest_by_those_before(shared: Crm) -> None:
    shared.account("told-2", KEY_ACCOUNT, 1)
    (later,) = shared.changes(change("told-2", at=milliseconds(NOW) + HOUR, LAM_Dev_Count__c=80))
    assert _changes(shared, "told-2") == [{"fact": "lam_dev_count", "kind": "event", "id": later["id"], "line": None}]

    words = shared.api.http.get("/v1/accounts/told-2", headers={"Accept": "text/plain"}).text
    assert f"lam_dev_count: not known -> 80 (event {later['id']})" in words


def test_what_a_person_stated_stays_that_persons_when_an_event_brings_the_decision(shared: Crm) -> None:
    shared.account("told-3", KEY_ACCOUNT, 1)
    shared.api.classify(_stated("told-3", region="LATAM"))
    shared.api.classify(_stated("told-3", region="APAC"))
    with_region = shared.changes(change("told-3", at=milliseconds(NOW) + HOUR, LAM_Dev_Count__c=80))

    told = {each["fact"]: (each["kind"], each["id"]) for each in _changes(shared, "told-3")}
    assert told["lam_dev_count"] == ("event", with_region[0]["id"])
    assert told["max_family_employees"][0] == "event"
    assert told["max_family_employees"][1] != with_region[0]["id"]
    assert "region" not in told


def test_a_line_of_a_file_tells_what_stands_in_it(crm: Crm, database_url: str, tmp_path: Path) -> None:
    table = tmp_path / "sample accounts.csv"
    environment = os.environ | {"CHALKLINE_DATABASE_URL": database_url}
    for region in ("EMEA", "APAC"):
        table.write_text(f"id,crm_created_on,region\nacc-1,2021-06-01,EMEA\n\nacc-2,2021-06-01,{region}\n")
        ran = run_for_text(
            "bulk", "classify", str(table), "--record", "--out", tmp_path / "decided.csv", environment=environment
        )
        assert ran.returncode == 0, ran.stderr

    assert _changes(crm, "acc-2") == [{"fact": "region", "kind": "file", "id": "sample accounts.csv", "line": 4}]


def test_a_move_rests_on_what_was_told_before(shared: Crm) -> None:
    shared.account("told-4", KEY_ACCOUNT, 1)
    found = {"discovered_by": "ae@example.com", "employees": 430, "potential_users": 60, "evidence": "The chart"}
    assert shared.api.http.post("/v1/accounts/told-4/discoveries", json=found).status_code == 201
    (later,) = shared.changes(change("told-4", at=milliseconds(NOW) + HOUR, Account_Demographics_Region__c="LATAM"))

    assert {"fact": "region", "kind": "event", "id": later["id"], "line": None} in _changes(shared, "told-4")
