"""Leads at the console: past their hour at home and in the list, assigned and touched by forms; co-selling calls."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from service.domain.keys import Scope
from tests.api import Api, serving
from tests.browser.visits import HOSTILE
from tests.console.sending import send, send_twice, wrong_beside
from tests.console.visiting import Person
from tests.databases import SqliteDatabases

LEADS = "/console/leads"


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


@pytest.fixture(scope="module")
def worker(api: Api) -> Iterator[Person]:
    """Somebody who records leads and calls, over a database of each kind."""
    with Person(api) as found:
        yield found.sign_in("worker", Scope.READ, Scope.CLASSIFY)


ASSIGNED = {"id": "form-1", "kind": "other_mql", "assigned_at": "2026-01-05T08:30", "sdr": HOSTILE, "has_phone": "yes"}


def test_a_lead_is_assigned_once_and_touched_on_its_page(api: Api, worker: Person) -> None:
    first, again = send_twice(worker, LEADS, LEADS, ASSIGNED)

    assert (first.status_code, first.headers["location"]) == (303, f"{LEADS}/form-1")
    assert again.headers["location"] == f"{LEADS}/form-1"
    shown = worker.http.get(f"{LEADS}/form-1").text
    assert "<script>alert" not in shown
    assert "Nobody reached out yet" in shown
    assert api.get("/v1/leads/form-1")["assigned_at"] == "2026-01-05T08:30:00Z"

    path = f"{LEADS}/form-1"
    touched, twice = send_twice(worker, path, path, {"channel": "phone", "at": "2026-01-05T08:45"})

    assert (touched.status_code, twice.headers["location"]) == (303, path)
    lead = api.get("/v1/leads/form-1")
    assert (lead["touched_at"], lead["in_time"]) == ("2026-01-05T08:45:00Z", True)
    assert worker.get(path).count("recorded by <bdi>worker</bdi>") == 1


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"id": "no id"}, {"id"}),
        ({"kind": "", "sdr": ""}, {"kind", "sdr"}),
        ({"assigned_at": "2026-02-30T08:30"}, {"assigned_at"}),
        ({"assigned_at": "2999-01-01T08:30"}, {"assigned_at"}),
        ({"sdr": "Sample Double"}, {"sdr"}),
    ],
)
def test_what_an_assignment_lacks_is_said_beside_its_field_with_what_was_typed(
    api: Api, worker: Person, typed: dict[str, str], wrong: set[str]
) -> None:
    for number in (1, 2):
        person = {"name": "Sample Double", "role": "sdr", "active_from": "2022-02-01"}
        assert api.http.put(f"/v1/people/double-{number}", json=person).status_code in {200, 201}

    refused = send(worker, LEADS, LEADS, ASSIGNED | {"account_id": "acc-kept"} | typed)

    assert refused.status_code == 422
    assert wrong_beside(refused.text).keys() == wrong
    assert 'value="acc-kept"' in refused.text
    assert all(f'value="{text}"' in refused.text for text in typed.values() if text)
    assert "RFC 3339" not in refused.text


def test_what_a_touch_lacks_is_said_beside_its_field(api: Api, worker: Person) -> None:
    body = {"id": "form-2", "kind": "inquiry", "assigned_at": "2026-01-05T08:00:00Z", "sdr": "An SDR"}
    assert api.http.post("/v1/leads", json=body).status_code == 201
    path = f"{LEADS}/form-2"

    refused = send(worker, path, path, {"channel": "", "at": "2999-01-01T08:30"})
    later = send(worker, path, path, {"channel": "email", "at": "2999-01-01T08:30"})

    assert (refused.status_code, set(wrong_beside(refused.text))) == (422, {"channel"})
    assert (later.status_code, set(wrong_beside(later.text))) == (422, {"at"})
    assert 'value="email" selected' in later.text
    worker.get(f"{LEADS}/nobody", 404)


def test_a_call_is_logged_once_and_shows_on_its_account(api: Api, worker: Person) -> None:
    api.classify(id="called-1", df=60, on=None)
    body = {"id": "form-3", "kind": "other_mql", "assigned_at": "2026-01-05T08:00:00Z", "sdr": HOSTILE}
    assert api.http.post("/v1/leads", json=body | {"account_id": "called-1"}).status_code == 201
    path = "/console/co-selling"
    typed = {"asm": "Form ASM", "account_id": "called-1", "at": "2026-01-05T08:30"}

    first, again = send_twice(worker, f"{path}?account_id=called-1", path, typed)
    wrong = send(worker, path, path, typed | {"asm": "", "at": "2999-01-01T00:00"})

    assert (first.status_code, first.headers["location"]) == (303, f"{path}?asm=Form+ASM")
    assert again.headers["location"] == first.headers["location"]
    assert "1 call: not enough" in worker.get(f"{path}?asm=form+asm")
    assert (wrong.status_code, set(wrong_beside(wrong.text))) == (422, {"asm"})
    account = worker.http.get("/console/accounts/called-1").text
    assert f'href="{LEADS}/form-3"' in account
    assert "<script>alert" not in account
    assert f'href="{path}?asm=Form+ASM"' in account
    assert f'href="{path}?account_id=called-1"' in account


def test_who_may_only_look_sees_no_form(reader: Person) -> None:
    for path in (LEADS, "/console/co-selling"):
        assert 'method="post" action="' + path not in reader.get(path)
        assert reader.post(path, **ASSIGNED).status_code == 403


def test_a_person_has_their_leads_calls_and_ranks_on_one_page(api: Api, worker: Person) -> None:
    api.classify(id="personal-1", df=60, on=None)
    lead = {"id": "personal-lead", "kind": "other_mql", "assigned_at": "2026-01-05T08:00:00Z", "sdr": "Personal Name"}
    call = {"asm": "personal@example.com", "account_id": "personal-1", "at": "2026-01-05T08:00:00Z"}
    rank = {"rank": "3", "account_executive": "personal name", "note": "A note.", "sources": ["A call."]}
    assert api.http.post("/v1/leads", json=lead).status_code == 201
    assert api.http.post("/v1/co-selling", json=call).status_code == 201
    assert api.http.put("/v1/accounts/personal-1/rank", json=rank).status_code == 201
    person = {"name": "Personal Name", "role": "ae", "email": "personal@example.com", "active_from": "2022-02-01"}
    assert api.http.put("/v1/people/personal", json=person | {"manager_id": "above"}).status_code == 201

    page = worker.get("/console/people/personal")

    assert 'href="/console/leads/personal-lead"' in page
    assert 'href="/console/accounts/personal-1"' in page
    assert "0 of rank 1, 0 of rank 1.5, 0 of rank 2, 1 of rank 3" in page
    assert 'href="/console/people/above"' in page
    assert 'href="/console/people/personal"' in worker.get("/console/people?role=ae")
    worker.get("/console/people/nobody", 404)
