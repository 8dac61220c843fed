"""Requests to Support (OPP-6) and web direct purchases (OPP-7) at the console: cases in the address."""

from collections.abc import Iterator

import pytest

from service.domain.keys import Scope
from tests.api import Api
from tests.browser.visits import HOSTILE
from tests.console.sending import send_twice, wrong_beside
from tests.console.test_reviews import told
from tests.console.visiting import Person

TRIAGE, PURCHASES = "/console/support-requests", "/console/web-directs"
HOURS = "time_zone=Europe/Berlin&mon=yes&tue=yes&wed=yes&thu=yes&fri=yes&from=09:00&until=17:00"
NIGHT = f"{TRIAGE}?customer=yes&needs_sales_manager=no&{HOURS}&received_at=2022-03-18T18:00"


@pytest.fixture(scope="module")
def worker(api: Api) -> Iterator[Person]:
    with Person(api) as found:
        yield found.sign_in("worker", Scope.READ, Scope.CLASSIFY)


@pytest.fixture(scope="module")
def reader(api: Api) -> Iterator[Person]:
    with Person(api) as found:
        yield found.sign_in("reader", Scope.READ)


@pytest.mark.parametrize(
    ("path", "says"),
    [
        (f"{NIGHT}&net_arr_affected=no&breaches_at=2022-03-19T18:00", "The SMB team takes it"),
        (f"{NIGHT}&net_arr_affected=yes&breaches_at=2022-03-25T18:00", "The sales owner takes it"),
        (f"{NIGHT}&net_arr_affected=yes&breaches_at=2022-03-19T18:00", "It is one for the sales owner"),
        (f"{NIGHT}&net_arr_affected=no&breaches_at=2022-03-25T18:00", "Support takes it"),
        (f"{NIGHT}&net_arr_affected=no&breaches_at=2022-03-25T18:00", "Support is back 21 March 2022, 08:00"),
        (f"{NIGHT}&net_arr_affected=no", "when it breaches what Support promises"),
        (f"{TRIAGE}?needs_sales_manager=yes", "when Support is at work"),
    ],
)
def test_a_request_in_the_address_is_triaged(reader: Person, path: str, says: str) -> None:
    assert says in told(reader.get(path))


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ("customer=perhaps", {"customer"}),
        ("received_at=noon", {"received_at"}),
        (HOURS.replace("Berlin", "Mars"), {"time_zone"}),
        (HOURS.replace("09:00", "9"), {"from"}),
        ("time_zone=Europe/Berlin&from=09:00&until=17:00", {"days"}),
        ("mon=yes", {"time_zone", "from", "until"}),
    ],
)
def test_what_is_wrong_of_a_request_is_said_beside_its_field(reader: Person, asked: str, wrong: set[str]) -> None:
    page = reader.get(f"{TRIAGE}?{asked}&net_arr_affected=yes", 422)

    assert wrong_beside(page).keys() == wrong
    assert 'value="yes" selected' in page


def test_a_purchase_is_checked_in_the_address_and_recorded_once(api: Api, worker: Person) -> None:
    api.classify(id="bought-1", df=60, on=None)
    typed = {"account_id": "bought-1", "purchased_on": "2026-01-05", "open_opportunities": f"opp-1 {HOSTILE}\nopp-2"}
    page = f"{PURCHASES}?account_id=bought-1&purchased_on=2026-01-05"
    assert "Look at the account's open opportunities" in told(worker.get(page))
    assert "Say whether it is a duplicate" in told(worker.get(f"{page}&looked=yes"))
    checked = worker.http.get(PURCHASES, params=typed | {"duplicate": "no"})
    assert "Reach out to the main contact" in told(checked.text)
    assert "<script>alert" not in checked.text

    first, again = send_twice(worker, f"{page}&looked=yes&duplicate=no", PURCHASES, {"outreach_logged": "yes"})

    assert (first.status_code, first.headers["location"]) == (303, f"{PURCHASES}?account_id=bought-1")
    assert again.headers["location"] == first.headers["location"]
    (kept,) = api.get("/v1/web-directs", account_id="bought-1")["items"]
    assert (kept["next"], kept["missing_facts"]) == ("reach_out", ["on_sequence", "next_step_on"])
    listed = told(worker.get(first.headers["location"]))
    assert "Bought on 5 January 2026 : Reach out to the main contact" in listed
    assert "No duplicate, as a person said." in listed
    assert f'href="{PURCHASES}?account_id=bought-1"' in worker.get("/console/accounts/bought-1")


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ("account_id=no+id", {"account_id"}),
        ("account_id=acc-1&duplicate=perhaps", {"duplicate", "purchased_on"}),
        ("account_id=acc-1&purchased_on=soon", {"purchased_on"}),
        ("account_id=acc-1&purchased_on=2026-01-05&open_opportunities=a%00b", {"open_opportunities"}),
    ],
)
def test_what_is_wrong_of_a_purchase_is_said_beside_its_field(worker: Person, asked: str, wrong: set[str]) -> None:
    page = worker.get(f"{PURCHASES}?{asked}&next_step_on=2026-02-01", 422)

    assert wrong_beside(page).keys() == wrong
    assert 'value="2026-02-01"' in page


def test_a_purchase_that_cannot_be_recorded_keeps_its_form(api: Api, worker: Person) -> None:
    api.classify(id="bought-2", df=60, on=None)
    for account_id, bought, status in (("bought-2", "2999-01-01", 422), ("nobody", "2026-01-05", 404)):
        page = f"{PURCHASES}?account_id={account_id}&purchased_on={bought}&looked=yes"
        refused = send_twice(worker, page, PURCHASES, {})[0]
        assert (refused.status_code, "Nothing was recorded" in refused.text) == (status, True)
        assert f'value="{bought}"' in refused.text


def test_who_may_only_look_sees_what_was_recorded_and_no_form(reader: Person) -> None:
    page = reader.get(f"{PURCHASES}?account_id=bought-1&purchased_on=2026-01-05")

    assert "needs a key with the scope classify" in page
    assert "Tell what is to be done" not in page
    assert reader.post(PURCHASES, account_id="bought-1").status_code == 403
    reader.get(f"{PURCHASES}?account_id=no+id", 422)
