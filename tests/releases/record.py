"""Record what this release decides and answers, for later ones to be held to: ``python -m tests.releases.record NAME``.

A walk through the service on each database. NAME is that of the newest migration; it names the folder that is made.
"""

import argparse
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from service.domain.decision import DoubleCheck, Kind
from service.domain.report import report
from service.domain.terms import Basis, NoticeCode
from service.store.decisions import find_decision
from service.store.migrations import NEWEST
from tests.api import Api, Decision
from tests.databases import SqliteDatabases, postgres_databases
from tests.releases.recording import Recording, rows_of
from tests.releases.walk import walked

HERE = Path(__file__).parent


def recorded(urls: Mapping[str, str]) -> Recording:
    """What the service records and answers on a walk over a fresh database of each kind, alike on every one."""
    tables, told = {}, []
    for kind, url in urls.items():
        with walked(url) as api:
            decisions = decisions_of(api)
            if missing := gaps(decisions):
                sys.exit(f"The walk leaves out {missing}")
            told.append((api.clock(), _answers(api, decisions), _reports(api, decisions)))
            with api.database.engine.connect() as connection:
                tables[kind] = rows_of(connection)
    asked_at, answers, reports = told[0]
    if any(others != told[0] for others in told):
        sys.exit("The databases answer differently")
    return Recording(revision=NEWEST, asked_at=asked_at, tables=tables, answers=answers, reports=reports)


def decisions_of(api: Api) -> list[Decision]:
    """Every decision that the service recorded."""
    items: list[Decision] = api.get("/v1/decisions", limit=500)["items"]
    return items


def gaps(decisions: list[Decision]) -> set[object]:
    """What decisions lack of all that they can say."""
    every: set[object] = {*Kind, *NoticeCode, *Basis, *DoubleCheck, None}
    every |= {"ROUTE-1", "MOVE-1", "MOVE-2", "MOVE-3", "MOVE-5", "HAND-1"}
    every |= {(f"ROUTE-{number}", outcome) for number in range(2, 7) for outcome in (True, False, None)}
    for decision in decisions:
        every -= {decision["kind"], decision["rule"], decision["leading_source"], decision["smb_double_check"]}
        every -= {notice["code"] for notice in decision["advice"] + decision["actions"]}
        last = {clause["rule"]: clause["outcome"] for clause in decision["explanation"]}
        every -= {(rule, outcome) for rule, outcome in last.items() if rule == decision["rule"]}
    return every


def report_of(api: Api, decision_id: str) -> str:
    """A decision as a person reads it."""
    found = find_decision(api.database.engine, UUID(decision_id))
    assert found is not None, decision_id
    return report(found.decision, found.decision.policy)


def _reports(api: Api, decisions: list[Decision]) -> dict[str, str]:
    return {decision["id"]: report_of(api, decision["id"]) for decision in _one_of_each_sort(decisions)}


def _answers(api: Api, decisions: list[Decision]) -> dict[str, Any]:
    """What is answered about everything that was recorded, by path."""
    paths = [
        *("/v1/policies", "/v1/policies/fy23", "/v1/policies/fy23?version=1", "/v1/policies/drafts"),
        "/v1/changeovers",
    ]
    for noun in ("reviews", "handoffs", "events", "conduct"):
        paths += [f"/v1/{noun}/{item['id']}" for item in api.get(f"/v1/{noun}", limit=500)["items"]]
    for account in sorted({decision["account_id"] for decision in decisions}):
        paths += [f"/v1/accounts/{account}", f"/v1/accounts/{account}/history"]
    first = {decision["account_id"]: decision for decision in decisions}  # they come newest first
    paths += [f"/v1/accounts/{account}?as_of={decision['recorded_at']}" for account, decision in first.items()]
    for decision in decisions:
        paths += [f"/v1/decisions/{decision['id']}", f"/v1/decisions/{decision['id']}/replay"]
    # Each of these decides some dozens of times. They are of classifications alone.
    classifications = [decision for decision in decisions if decision["kind"] in {Kind.CLASSIFICATION, Kind.REVIEW}]
    paths += [f"/v1/decisions/{decision['id']}/what-if" for decision in _one_of_each_sort(classifications)]
    return {path: api.get(path) for path in paths}


def _one_of_each_sort(decisions: list[Decision]) -> list[Decision]:
    parts = ("kind", "rule", "status", "team", "leading_source", "smb_double_check")
    return list({tuple(decision[part] for part in parts): decision for decision in decisions}.values())


def main() -> None:
    """Write the recordings of both databases."""
    parser = argparse.ArgumentParser(prog="python -m tests.releases.record", description=__doc__)
    parser.add_argument("name", help="the folder to make")
    folder = HERE / parser.parse_args().name
    with (
        tempfile.TemporaryDirectory() as files,
        SqliteDatabases(Path(files)).fresh() as sqlite_url,
        postgres_databases() as postgres,
        postgres.fresh() as postgres_url,
    ):
        recording = recorded({"sqlite": sqlite_url, "postgresql": postgres_url})
    folder.mkdir(exist_ok=True)
    recording.write(folder)


if __name__ == "__main__":
    main()
