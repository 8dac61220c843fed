"""Days are those of the organisation: 24 February 17:00 in San Francisco is 24 February, although 25 in UTC."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet
import pytest

from service.crm.mapping import read_mapping
from tests.api import serving
from tests.application import Clock
from tests.builders import request
from tests.commands import run_command
from tests.crm.mapped import USUAL_TEXT
from tests.entrypoints.test_api_handoffs import start
from tests.inbox.client import Crm
from tests.inbox.conftest import SET_UP
from tests.inbox.messages import PLAIN_ACCOUNT, change, company_event, milliseconds, plain_event
from tests.problems import hold_problem

ZONE = "America/Los_Angeles"
EVENING = datetime(2022, 2, 25, 1, 0, tzinfo=UTC)
THERE = "2022-02-24"
SAID = "2022-02-25T01:00:00.000Z"


@pytest.fixture
def evening(database_url: str) -> Iterator[Crm]:
    """A CRM before a service whose organisation is in San Francisco, where it is 17:00."""
    inbound = replace(SET_UP, mapping=read_mapping(USUAL_TEXT, ZoneInfo(ZONE)))
    with serving(database_url, clock=Clock(EVENING), inbound=inbound) as api:
        yield Crm(api)


def test_today_is_that_of_the_organisation(evening: Crm) -> None:
    api = evening.api
    body = {name: value for name, value in request(id="today", df=40).items() if name != "effective_on"}

    assert api.classify(body)["effective_on"] == THERE
    hold_problem(api.http.post("/v1/classifications", json=body | {"effective_on": "2022-02-25"}), 422, "day_to_come")
    api.clock.advance(hours=7)
    assert api.classify(body)["effective_on"] == "2022-02-25"


def test_what_held_at_an_instant_is_of_its_day_there(evening: Crm) -> None:
    api = evening.api
    api.classify(request(id="then", df=40) | {"effective_on": THERE})

    assert api.get("/v1/accounts/then", as_of=EVENING.isoformat())["decision"]["effective_on"] == THERE


@pytest.mark.parametrize("end", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_the_ends_of_the_calendar_are_asked_about_in_every_zone(evening: Crm, end: str) -> None:
    evening.api.classify(request(id="ends", df=40) | {"effective_on": THERE})

    assert evening.api.http.get("/v1/accounts/ends", params={"as_of": end}).status_code in {404, 422}


def test_an_answer_to_an_escalation_is_of_the_day_there(evening: Crm) -> None:
    api = evening.api
    api.classify(request(id="won", df=640, max_family_employees=640) | {"effective_on": "2022-02-01"})
    handoff = start(api, "won", closed_on="2022-02-24").json()
    path = f"/v1/handoffs/{handoff['id']}"
    api.http.post(f"{path}/escalation", json={"reason": "Two teams work it"})
    answered = api.http.post(f"{path}/escalation-answer", json={"team": "MM_TERRITORY", "reason": "As usual"}).json()

    decision = api.get(f"/v1/decisions/{answered['decision_ids'][-1]}")
    assert decision["facts"]["occasion"]["answer"]["answered_on"] == THERE


def outbound(crm: Crm) -> None:
    crm.account("acc-1", {"CreatedDate": SAID}, 1)


def change_event(crm: Crm) -> None:
    crm.changes(change("acc-1", at=milliseconds(EVENING), kind="CREATE", CreatedDate=milliseconds(EVENING)))


def plain(crm: Crm) -> None:
    crm.plain(plain_event("acc-1", at="2022-02-25T00:59:00Z", **PLAIN_ACCOUNT | {"crm_created_on": SAID}), "msg_1")


def hubspot(crm: Crm) -> None:
    crm.hubspot(company_event(1, 0, milliseconds(EVENING)))


@pytest.mark.parametrize(
    ("tell", "account"), [(outbound, "acc-1"), (change_event, "acc-1"), (plain, "acc-1"), (hubspot, "1")]
)
def test_a_moment_that_a_crm_tells_is_of_its_day_there(evening: Crm, tell: Callable[[Crm], None], account: str) -> None:
    tell(evening)

    assert evening.facts(account)["crm_created_on"] == THERE


def csv(folder: Path) -> Path:
    table = folder / "accounts.csv"
    table.write_text(f"id,crm_created_on\nrow-1,{SAID}\n")
    return table


def ndjson(folder: Path) -> Path:
    table = folder / "accounts.ndjson"
    table.write_text(json.dumps({"id": "row-1", "crm_created_on": SAID}) + "\n")
    return table


def parquet(folder: Path) -> Path:
    table = folder / "accounts.parquet"
    stamped = pa.array([EVENING], pa.timestamp("us", "UTC"))
    pa.parquet.write_table(pa.table({"id": ["row-1"], "crm_created_on": stamped}), table)
    return table


@pytest.mark.parametrize("table", [csv, ndjson, parquet])
def test_a_moment_in_a_table_is_of_its_day_there(tmp_path: Path, table: Callable[[Path], Path]) -> None:
    environment = {"CHALKLINE_DATABASE_URL": os.environ["CHALKLINE_DATABASE_URL"], "CHALKLINE_TIME_ZONE": ZONE}
    ran = run_command("classify", table(tmp_path), "--json", environment=environment)

    (decision,) = json.loads(ran.stdout)["decisions"]
    assert decision["facts"]["account"]["crm_created_on"] == THERE


def test_a_time_zone_that_is_none_is_refused_by_name() -> None:
    ran = run_command("doctor", environment={"CHALKLINE_TIME_ZONE": "Mars/Olympus"})

    assert (ran.returncode, ran.stderr) == (2, b"CHALKLINE_TIME_ZONE: invalid timezone: Mars/Olympus\n")
