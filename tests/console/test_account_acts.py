"""What somebody does about an account at the console: a discovery, a dispute, the start of a handoff."""

import re
from collections.abc import Iterator
from html import unescape

import httpx
import pytest

from service.domain.keys import Scope
from service.usecases.redact import carry_out_next
from service.wiring import new_id
from tests.api import Api, serving
from tests.browser.visits import HOSTILE
from tests.console.sending import form_on, send, send_twice, wrong_beside
from tests.console.test_reviews import told
from tests.console.visiting import Person
from tests.entrypoints.follow_ups import FIRST_ORDER

FOUND = {"discovered_by": "Sample AE", "employees": "430", "potential_users": "60", "evidence": HOSTILE}
WON = {
    "opportunity_id": "opportunity-1",
    "closed_on": "2026-01-02",
    "first_order_ae": "Sample AE",
    "initial_amount": "18000.00",
    "immediate_potential": "2000",
    "total_users": "1,240",
}


@pytest.fixture(scope="module")
def ae(api: Api) -> Iterator[Person]:
    with Person(api) as found:
        yield found.sign_in("sample-ae", Scope.READ, Scope.CLASSIFY, Scope.DISPUTE, Scope.HANDOFF)


def said_on(answer: httpx.Response) -> tuple[str, dict[str, str]]:
    """What a form says that it would do, and what it carries to be recorded."""
    assert answer.status_code == 200, answer.text
    found = re.search(r'role="status">.*?<p class="verdict">(.*?)</p>', answer.text, re.DOTALL)
    assert found is not None, answer.text
    return told(found[1]), form_on(answer.text, answer.url.path)


def test_a_discovery_says_what_it_would_do_and_then_does_it_once(api: Api, ae: Person) -> None:
    api.classify(id="find-1", name=HOSTILE, **FIRST_ORDER)
    path = "/console/accounts/find-1/discovery"
    rows = api.rows()

    asked = send(ae, path, path, FOUND | {"go": "see"})
    sentence, carried = said_on(asked)

    assert sentence.startswith("It goes to Mid-Market Territory, ")
    assert api.rows() == rows
    assert "<script>alert" not in asked.text
    form = carried | FOUND | {"go": "record"}
    first, again = ae.http.post(path, data=form), ae.http.post(path, data=form)
    assert first.status_code == 303, first.text
    assert again.headers["location"] == first.headers["location"]
    assert sentence in told(ae.get(first.headers["location"]))
    assert api.get("/v1/accounts/find-1")["team"] == "MM_TERRITORY"
    assert len(api.get("/v1/decisions", account_id="find-1")["items"]) == 2


def test_what_would_do_something_else_than_was_said_is_said_anew(api: Api, ae: Person) -> None:
    api.classify(id="find-2", **FIRST_ORDER)
    path = "/console/accounts/find-2/discovery"
    sentence, carried = said_on(send(ae, path, path, FOUND | {"go": "see"}))
    rows = api.rows()

    otherwise = ae.http.post(path, data=carried | FOUND | {"employees": "640", "go": "record"})

    assert otherwise.status_code == 409
    assert "It would not do what was said" in otherwise.text
    assert "It stays with Key Accounts First Order" in told(otherwise.text)
    assert sentence not in told(otherwise.text)
    assert api.rows() == rows


@pytest.mark.parametrize(
    ("typed", "field", "says"),
    [
        ({}, "discovered_by", "This is missing."),
        ({"discovered_by": "the customer"}, "discovered_by", "Never ask the customer"),
        (
            {"discovered_by": "AE", "employees": "a few"},
            "employees",
            "Write a whole number, as 1200, or a range, as 201-500.",
        ),
        ({"discovered_by": "AE", "employees": "0"}, "employees", "greater than or equal to 1"),
        ({"discovered_by": "AE", "discovered_on": "2099-01-01"}, "discovered_on", ""),
        ({"discovered_by": "AE", "discovered_on": "yesterday"}, "discovered_on", "A day is written YYYY-MM-DD"),
    ],
)
def test_what_is_wrong_with_a_discovery_is_said_beside_its_field(
    api: Api, ae: Person, typed: dict[str, str], field: str, says: str
) -> None:
    api.classify(id="find-3", **FIRST_ORDER)
    path = "/console/accounts/find-3/discovery"
    kept = {"evidence": 'A call. "Quoted" & <b>'}

    answer = send(ae, path, path, typed | kept | {"go": "see"})

    assert answer.status_code == 422, answer.text
    assert says in wrong_beside(answer.text)[field]
    assert "A call. &#34;Quoted&#34; &amp; &lt;b&gt;" in answer.text
    assert f'id="{field}"' in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_an_account_that_is_not_there_is_not_found(ae: Person) -> None:
    for deed in ("discovery", "dispute", "handoff"):
        assert "There is no account nobody" in ae.get(f"/console/accounts/nobody/{deed}", 404)


def test_a_dispute_is_opened_once_with_its_counts_and_the_next_leads_to_it(api: Api, ae: Person) -> None:
    api.classify(id="dispute-1", **FIRST_ORDER)
    path = "/console/accounts/dispute-1/dispute"
    typed = {
        "reason": "The filing says otherwise.",
        "evidence": HOSTILE,
        "linkedin.employees": "201-500",
        "datafox.gap": "Counts every contractor.",
        "datafox.employees": "640",
        "third_party.name": "Sample Filings",
        "third_party.employees": "70",
        "third_party.url": "https://filings.example/1",
    }
    before = told(ae.get(path))
    sentence = "What stands goes on to stand until it is resolved: Key Accounts First Order owns it."
    assert sentence in before

    first, again = send_twice(ae, path, path, typed)

    assert first.status_code == 303, first.text
    assert again.headers["location"] == first.headers["location"]
    assert sentence in told(ae.get(first.headers["location"]))
    review = api.get(f"/v1/reviews/{first.headers['location'].rpartition('/')[2]}")
    assert review["dispute"]["opened_by"] == "sample-ae"
    assert [(each["source"], each["employees"]) for each in review["dispute"]["employee_counts"]] == [
        ("datafox", 640),
        ("linkedin", "201-500"),
        ("third_party", 70),
    ]
    assert review["dispute"]["employee_counts"][0]["wholly_wrong"] is True
    assert first.headers["location"] in ae.get(path)


def test_a_form_that_is_sent_again_with_something_else_can_be_sent_as_another(api: Api, ae: Person) -> None:
    api.classify(id="dispute-2", **FIRST_ORDER)
    path = "/console/accounts/dispute-2/dispute"
    once = re.search(r'name="once" value="([^"]+)"', ae.get(path))
    assert once is not None
    ae.post(path, path, once=once[1], reason="The filing says otherwise.")

    again = ae.post(path, path, once=once[1], reason="Another filing says otherwise.")

    assert again.status_code == 422
    assert "This form was sent before, with something else in it, and that was done" in again.text
    assert once[1] not in again.text


def test_what_is_wrong_with_a_count_is_said_beside_it(api: Api, ae: Person) -> None:
    api.classify(id="dispute-of-counts", **FIRST_ORDER)
    path = "/console/accounts/dispute-of-counts/dispute"
    typed = {"reason": "short", "zoominfo.employees": "many", "third_party.employees": "70", "zoominfo.url": "here"}

    wrong = wrong_beside(send(ae, path, path, typed).text)

    assert set(wrong) == {"reason", "zoominfo.employees", "zoominfo.url", "third_party.name"}
    assert wrong["third_party.name"] == "A third party needs its name (SEG-4)"


def test_a_handoff_starts_as_was_said(api: Api, ae: Person) -> None:
    api.classify(id="won-1", name="Sample Won", **FIRST_ORDER)
    path = "/console/accounts/won-1/handoff"
    sentence, carried = said_on(send(ae, path, path, WON | {"go": "see"}))
    assert sentence.startswith("Key Accounts Named receives it; it takes a call, and both are in touch")

    answer = ae.http.post(path, data=carried | WON | {"go": "record"})

    assert answer.status_code == 303, answer.text
    assert sentence in told(ae.get(answer.headers["location"]))
    (handoff,) = api.get("/v1/handoffs", account_id="won-1")["items"]
    assert answer.headers["location"].endswith(handoff["id"])
    refused = send(ae, path, path, WON | {"go": "see"})
    assert refused.status_code == 409
    assert 'value="18000.00"' in refused.text


def test_a_handoff_needs_what_the_api_needs(api: Api, ae: Person) -> None:
    api.classify(id="won-2", **FIRST_ORDER)
    path = "/console/accounts/won-2/handoff"

    wrong = wrong_beside(send(ae, path, path, {"initial_amount": "1.234,50", "go": "see"}).text)

    assert set(wrong) == {"opportunity_id", "closed_on", "first_order_ae", "initial_amount"}


def test_an_account_is_redacted_by_two_people_where_publishing_needs_two(database_url: str) -> None:
    with serving(database_url, second_key=True) as api, Person(api) as one, Person(api) as other:
        one.sign_in("sample-one", Scope.READ, Scope.ADMIN)
        other.sign_in("sample-other", Scope.READ, Scope.ADMIN)
        api.classify(id="told-1", name=HOSTILE, **FIRST_ORDER)
        path = "/console/accounts/told-1/redaction"
        assert path in one.get("/console/accounts/told-1")

        assert "10 characters" in wrong_beside(send(one, path, path, {"reason": "short"}).text)["reason"]
        assert send(one, path, path, {"reason": "The person asked for it"}).headers["location"] == path
        asked = one.get(path)
        assert "waits for another person to confirm it" in asked
        assert "You asked for it, and here another person has to confirm it." in asked

        assert send(other, path, f"{path}/confirmation", {}).headers["location"] == path
        assert "is under way" in other.get(path)
        assert carry_out_next(api.database, api.clock, new_id) is not None
        done = one.get(path)
        assert "It was redacted on" in done
        assert "sample-other" in done
        assert "[redacted]" in one.get("/console/accounts/told-1")
        assert told(HOSTILE) not in told(one.get("/console/accounts/told-1"))


def test_what_was_typed_is_kept_character_by_character(api: Api, ae: Person) -> None:
    api.classify(id="kept-1", **FIRST_ORDER)
    path = "/console/accounts/kept-1/dispute"
    typed = {"reason": "short", "evidence": f"{HOSTILE}\r\nand \u200fmore", "third_party.name": HOSTILE}

    answer = send(ae, path, path, typed)

    assert "\u202e" not in answer.text
    shown = unescape(answer.text)
    assert f"{HOSTILE}\nand \u200fmore</textarea>" in shown
    assert f'value="{HOSTILE}"' in shown
