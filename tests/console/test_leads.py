"""Leads at the console: what is past its hour, at home and in the list; and co-selling calls."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from service.domain.keys import Scope
from tests.api import serving
from tests.console.visiting import Person
from tests.databases import SqliteDatabases


@pytest.fixture(scope="module")
def reader(sqlite_databases: SqliteDatabases) -> Iterator[Person]:
    with sqlite_databases.fresh() as url, serving(url) as api, Person(api) as found:
        yield found.sign_in("reader", Scope.READ)


def test_what_is_past_its_hour_waits_at_home_and_leads_to_whose_it_is(reader: Person) -> None:
    api = reader.api
    for lead_id, hours in (("lead-1", 3), ("lead-2", 1)):
        at = api.clock.at - timedelta(hours=hours)
        body = {"id": lead_id, "kind": "other_mql", "assigned_at": at.isoformat(), "sdr": "An SDR"}
        assert api.http.post("/v1/leads", json=body).status_code == 201

    home = reader.get("/console")
    page = reader.get("/console/leads?sdr=an+sdr&overdue=true")

    assert "lead-2" not in home
    assert "/console/leads?sdr=An" in home
    assert "2 hours late" in home
    assert "lead-1" in page
    assert "the sequence for all other MQLs" in page
    assert "No lead fits" in reader.get("/console/leads?sdr=another")


def test_calls_of_an_asm_are_counted(reader: Person) -> None:
    api = reader.api
    today = api.clock.at.date()
    for number in range(5):
        call = {"asm": "An ASM", "account_id": f"acc-{number}"}
        assert api.http.post("/v1/co-selling", json=call).status_code == 201

    page = reader.get(f"/console/co-selling?asm=an+asm&on={today}")

    assert "5 calls: enough" in page
    assert page.count('href="/console/accounts/acc-') == 5
    assert "0 calls: not enough" in reader.get("/console/co-selling?asm=nobody")


def test_people_lead_to_their_leads_and_calls(reader: Person) -> None:
    for person_id, role in (("sdr-1", "sdr"), ("asm-1", "asm")):
        person = {"name": person_id, "role": role, "active_from": "2022-02-01"}
        assert reader.api.http.put(f"/v1/people/{person_id}", json=person).status_code == 201

    page = reader.get("/console/people")

    assert 'href="/console/leads?sdr=sdr-1"' in page
    assert 'href="/console/co-selling?asm=asm-1"' in page
