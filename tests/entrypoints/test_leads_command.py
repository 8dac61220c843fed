"""``chalkline leads`` and ``chalkline co-selling``: what is on record, at the command line."""

import json
import os
from datetime import UTC, datetime

from tests.api import serving
from tests.application import Clock
from tests.commands import run_for_text
from tests.databases import SqliteDatabases


def test_overdue_leads_are_listed_and_calls_are_counted(sqlite_databases: SqliteDatabases) -> None:
    began = datetime(2022, 3, 15, 9, tzinfo=UTC)
    with sqlite_databases.fresh() as url, serving(url, clock=Clock(began)) as api:
        for kind in ("trial_request", "inquiry"):
            body = {"id": f"cli-{kind}", "kind": kind, "assigned_at": began.isoformat(), "sdr": "An SDR"}
            assert api.http.post("/v1/leads", json=body).status_code == 201
        assert api.http.post("/v1/co-selling", json={"asm": "An ASM", "account_id": "cli-1"}).status_code == 201
        environment = {**os.environ, "CHALKLINE_DATABASE_URL": url}

        overdue, of_sdr, counted, as_json, to_come = (
            run_for_text(*words, environment=environment)
            for words in (
                ("leads", "--overdue"),
                ("leads", "--sdr", "an sdr", "--json"),
                ("co-selling", "an asm", "--on", "2022-03-21"),
                ("co-selling", "an asm", "--on", "2022-03-22", "--json"),
                ("co-selling", "an asm", "--on", "2999-01-01"),
            )
        )

    assert " ".join(overdue.stdout.split()).startswith("cli-trial_request trial request of An SDR: OVERDUE, due ")
    assert "cli-inquiry" not in overdue.stdout
    assert {json.loads(line)["id"] for line in of_sdr.stdout.splitlines()} == {"cli-trial_request", "cli-inquiry"}
    assert " ".join(counted.stdout.split()).startswith("1 co-selling call from 2022-03-15 to 2022-03-21: not enough")
    assert (json.loads(as_json.stdout)["count"], json.loads(as_json.stdout)["met"]) == (0, False)
    assert to_come.returncode == 2
