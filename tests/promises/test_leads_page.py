"""The requests of docs/how/leads.md are sent as they stand, and are answered as it says."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

from service.domain.leads import LeadSequence
from service.domain.terms import LeadKind
from service.domain.triage import RequestTaker
from service.domain.web_direct import WebDirectStep
from tests.api import serving
from tests.application import Clock
from tests.databases import SqliteDatabases
from tests.scripts import run_script
from tests.servers import REPOSITORY

PAGE = (REPOSITORY / "docs" / "how" / "leads.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


def test_the_requests_of_the_page_are_answered_as_it_says(sqlite_databases: SqliteDatabases, tmp_path: Path) -> None:
    clock = Clock(datetime(2022, 3, 21, 9, tzinfo=UTC))
    with sqlite_databases.fresh() as url, serving(url, clock=clock) as api:
        key = api.http.headers["Authorization"].removeprefix("Bearer ")
        environment = {"API": api.url, "KEY": key, "CHALKLINE_DATABASE_URL": url}
        told = [run_script(block, tmp_path, environment) for block in BLOCKS]

    assert [each.returncode for each in told] == [0] * 9, [each.stderr for each in told]
    written, triaged = told.pop(2), told.pop(4)
    assigned, touched, overdue, triage, web_direct, logged, counted = (json.loads(each.stdout) for each in told)
    assert written.stdout.count("lead-2  other mql of sdr-1: due 2022-03-15 12:00, touched 2022-03-15 11:20") == 2
    assert triaged.stdout.startswith("The SMB team takes it.\nSupport is back 2022-03-21 08:00.")
    assert (assigned["first_channel"], assigned["overdue"], assigned["ae_on"]) == ("phone", True, "2022-03-30")
    assert (touched["in_time"], touched["overdue"]) == (False, False)
    assert overdue == {"items": []}
    assert (triage["taken_by"], triage["for_sales_owner"]) == ("smb_team", False)
    assert web_direct["next"] == "reach_out"
    assert logged["asm"] == "asm-1"
    assert (counted["count"], counted["first"], counted["met"]) == (1, "2022-03-15", False)


def test_what_the_page_lists_is_what_there_is() -> None:
    for name in (*LeadKind, *LeadSequence, *RequestTaker, *WebDirectStep):
        assert f"`{name}`" in PAGE
