"""What a person states leads until the CRM tells another value than before it, whichever comes first, by any door."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from service.bulk.rows import Layout, Table
from service.crm.payloads import moment_of
from service.domain.rows import StatedRow
from service.store.database import Database, open_database
from service.store.decisions import standing_decision
from service.store.tables.events import CrmWriteRow
from service.usecases.record_table import record_table
from tests.builders import ON, Request, facts, third_party
from tests.bulk.tables import written_to
from tests.inbox.client import Crm
from tests.inbox.conftest import NOW
from tests.inbox.messages import KEY_ACCOUNT, PLAIN_ACCOUNT, change, company_event, milliseconds, plain_event
from tests.inbox.recording import submissions_of
from tests.store.jobs import ASKED, AT, recording, submission

HOUR = 3_600_000
NOW_MS = milliseconds(NOW)


def _stated(account: str, **facts: object) -> Request:
    """A request that states so much and no more."""
    return {"account": {"id": account, **facts}, "effective_on": ON.isoformat()}


def test_the_next_events_of_the_crm_do_not_undo_what_a_person_stated(crm: Crm) -> None:
    crm.account("acc-1", KEY_ACCOUNT, 1)
    crm.api.classify(_stated("acc-1", region="APAC", name="Acme GmbH"))

    crm.changes(change("acc-1", at=NOW_MS + HOUR, LAM_Dev_Count__c=80))
    known = crm.facts("acc-1")
    assert (known["region"], known["name"], known["lam_dev_count"]) == ("APAC", "Acme GmbH", 80)
    assert known["max_family_employees"] == 640

    # All of it again, as it was before.
    later: dict[str, str | None] = {"SystemModstamp": (NOW + timedelta(hours=2)).isoformat(), "LAM_Dev_Count__c": "90"}
    crm.account("acc-1", {**KEY_ACCOUNT, **later}, 2)
    assert (crm.facts("acc-1")["region"], crm.facts("acc-1")["lam_dev_count"]) == ("APAC", 90)

    crm.changes(change("acc-1", at=NOW_MS + 3 * HOUR, Account_Demographics_Region__c="LATAM"))
    assert (crm.facts("acc-1")["region"], crm.facts("acc-1")["name"]) == ("LATAM", "Acme GmbH")


@pytest.mark.parametrize("first", ["an-event", "a-person"])
def test_it_is_so_whichever_comes_first_and_by_every_door_of_events(shared: Crm, first: str) -> None:
    def by_the_crm(number: int, at: int, region: str) -> None:
        key = f"{first}-{at}-{region}"
        shared.changes(change(f"acc-{first}", at=at, Account_Demographics_Region__c=region, sequence=number))
        shared.plain(plain_event(f"signed-{first}", _iso(at), **PLAIN_ACCOUNT | {"region": region}), f"msg-{key}")
        shared.hubspot(company_event(ids[2], number, at, "account_demographics_region", region))

    def by_a_person() -> None:
        for account in ids:
            shared.api.classify(_stated(str(account), region="APAC", crm_created_on="2021-06-01"))

    ids = (f"acc-{first}", f"signed-{first}", 940 + (first == "a-person"))
    events = [(1, NOW_MS - 2 * HOUR, "EMEA"), (2, NOW_MS + HOUR, "EMEA")]
    if first == "an-event":
        by_the_crm(*events[0])
        by_a_person()
    else:
        by_a_person()
        by_the_crm(*events[0])
    by_the_crm(*events[1])
    assert [shared.facts(str(account))["region"] for account in ids] == ["APAC"] * 3

    # One of before, which comes late, is what the CRM had told by then: to tell the other again is news.
    by_the_crm(3, NOW_MS - HOUR, "LATAM")
    assert [shared.facts(str(account))["region"] for account in ids] == ["EMEA"] * 3


def test_each_of_several_statements_is_kept_and_what_they_leave_out_states_nothing(crm: Crm) -> None:
    crm.changes(change("acc-1", at=NOW_MS - HOUR, Lead_Motion__c="outbound", Account_Demographics_Region__c="EMEA"))
    counts = [{"source": "datafox", "employees": 12, "wholly_wrong": True, "gap": "Counts one office"}]
    evidence = third_party(640, url="https://example.org/filing")
    crm.api.classify(_stated("acc-1", key_account=True) | {"employee_counts": [*counts, evidence]})
    crm.api.classify(_stated("acc-1", name="Acme", region=None, customer=False))
    assert crm.standing("acc-1")["facts"]["motion"] == "existing"

    crm.changes(change("acc-1", at=NOW_MS + HOUR, LAM_Dev_Count__c=7))
    stands = crm.standing("acc-1")["facts"]
    known = {
        "id": "acc-1",
        "key_account": True,
        "name": "Acme",
        "region": "EMEA",
        "customer": False,
        "lam_dev_count": 7,
    }
    assert (stands["account"], stands["motion"]) == (known, "outbound")
    assert [count["employees"] for count in stands["employee_counts"]] == [12, 640]
    assert stands["employee_counts"][0]["gap"] == "Counts one office"
    assert stands["employee_counts"][1]["url"] == "https://example.org/filing"

    crm.api.classify(_stated("acc-1", name="Acme Holding"))
    crm.changes(change("acc-1", at=NOW_MS + 2 * HOUR, LAM_Dev_Count__c=8))
    again = crm.standing("acc-1")["facts"]
    assert again["account"] == known | {"name": "Acme Holding", "lam_dev_count": 8}
    assert again["employee_counts"] == stands["employee_counts"]


def test_what_was_written_back_ends_no_statement_beside_other_news_of_one_post(crm: Crm) -> None:
    crm.changes(change("acc-1", at=NOW_MS - HOUR, kind="CREATE", Name="Acme", Account_Demographics_Region__c="EMEA"))
    crm.api.classify(_stated("acc-1", current_team="MMKAN"))
    _write_back(crm, "MM_TERRITORY")

    for place, echo_at in enumerate((2, 5)):
        echo = change("acc-1", at=NOW_MS + echo_at, Account_Owner_Team__c="MM_TERRITORY")
        crm.changes(change("acc-1", at=NOW_MS + 3 + place, Name=f"Acme {place}"), echo)
        known = crm.facts("acc-1")
        assert (known["name"], known["current_team"]) == (f"Acme {place}", "MMKAN")


def test_a_team_that_was_news_is_so_when_its_event_is_retried_although_it_was_written_since(crm: Crm) -> None:
    crm.changes(change("acc-1", at=NOW_MS - HOUR, kind="CREATE", Name="Acme"))
    crm.api.classify(_stated("acc-1", current_team="MMKAN"))
    crm.api.clock.advance(minutes=1)
    told: dict[str, Any] = {"Account_Owner_Team__c": "MM_TERRITORY", "LAM_Dev_Count__c": "many"}
    (event,) = crm.changes(change("acc-1", at=NOW_MS + 2, **told))
    assert crm.facts("acc-1")["current_team"] == "MM_TERRITORY"
    _write_back(crm, "MM_TERRITORY")

    assert crm.api.http.post(f"/v1/events/{event['id']}/retry").json()["status"] == "applied"

    assert crm.facts("acc-1")["current_team"] == "MM_TERRITORY"


def test_what_a_bad_value_made_unknown_is_not_what_a_person_said_before(crm: Crm) -> None:
    crm.changes(change("acc-1", at=NOW_MS - HOUR, LAM_Dev_Count__c=80, Account_Demographics_Region__c="EMEA"))
    crm.api.classify(_stated("acc-1", lam_dev_count=90))
    (bad,) = crm.changes(change("acc-1", at=NOW_MS + HOUR, LAM_Dev_Count__c="many"))
    assert bad["remarks"][0]["field"] == "LAM_Dev_Count__c"
    assert "lam_dev_count" not in crm.facts("acc-1")


def test_a_discovery_and_history_state_no_fact_again(crm: Crm) -> None:
    crm.account("acc-1", KEY_ACCOUNT, 1)
    found = {"discovered_by": "ae@example.com", "employees": 430, "potential_users": 60, "evidence": "The chart"}
    assert crm.api.http.post("/v1/accounts/acc-1/discoveries", json=found).status_code == 201
    history = _stated("acc-1", region="APAC") | {"effective_on": "2022-03-01"}
    assert not crm.api.classify(history | {"motion": "outbound"})["stands"]

    crm.changes(change("acc-1", at=NOW_MS - HOUR, Account_Demographics_Region__c="LATAM"))
    assert crm.facts("acc-1")["region"] == "LATAM"
    assert crm.standing("acc-1")["team"] == "MM_TERRITORY"


def test_what_is_stated_in_one_commit_with_events_or_by_a_table_is_kept_too(database_url: str, tmp_path: Path) -> None:
    async def tell(database: Database, hours: int, **fields: Any) -> None:  # noqa: ANN401 - what they hold
        event = change("acc-1", at=milliseconds(AT, hours=hours), **fields)
        await database.recorder.record(submissions_of(database, [event], hours + 9))

    async def record() -> None:
        async with recording(database_url, batches=batches) as database:
            await tell(database, -3, Account_Demographics_Region__c="EMEA", CreatedDate="2021-06-01")
            stated = database.recorder.record([submission("acc-1", region="APAC", zi=640)])
            again = tell(database, -1, Account_Demographics_Region__c="EMEA", Name="Acme")
            await asyncio.gather(stated, again)
            regions.append(_region(database))
        rows = [StatedRow(number=1, facts=facts(region="LATAM"), remarks=(), dedup_requested_by=None)]
        table = Table(pieces=iter(rows), layout=Layout(), column_at=str)
        database = open_database(database_url, clock=lambda: AT, random_bits=lambda: 1 << 40, observe=lambda *_: None)
        with written_to(tmp_path / "out.parquet", table) as outputs:
            await record_table(database, table, ON, AT.date(), ASKED, outputs, lambda: None)
        database.engine.dispose()
        async with recording(database_url) as database:
            await tell(database, 1, Account_Demographics_Region__c="EMEA", Name="Acme Holding")
            regions.append(_region(database))

    regions: list[str | None] = []
    batches: list[int] = []
    asyncio.run(record())
    assert batches == [1, 2]
    assert regions == ["APAC", "LATAM"]


def _write_back(crm: Crm, team: str) -> None:
    """Have a team be what the CRM took last."""
    with Session(crm.api.database.engine) as session:
        session.add(CrmWriteRow(account_id="acc-1", accepted="{}", team=team, since=crm.api.clock()))
        session.commit()


def _region(database: Database) -> str | None:
    standing = standing_decision(database.engine, "acc-1")
    assert standing is not None
    assert standing.source == "salesforce-changes"
    return standing.decision.facts.account.region


def _iso(instant_ms: int) -> str:
    return moment_of(instant_ms).isoformat()
