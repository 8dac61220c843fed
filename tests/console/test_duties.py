"""The duties of an opportunity at the console: a case in the address, recorded, and found again at its account."""

import re
from collections.abc import Iterator
from html import unescape

import pytest

from service.domain.keys import Scope
from tests.api import Api, serving
from tests.console.sending import form_on, wrong_beside
from tests.console.test_pages import MOST_STATEMENTS, statements
from tests.console.visiting import Person
from tests.databases import SqliteDatabases

PATH = "/console/opportunities/duties"
CASE = "segment=SMB&amount=6000&net_arr=100&on=2026-01-05&title=Sample+deal"


@pytest.fixture(scope="module")
def seller(api: Api) -> Iterator[Person]:
    with Person(api) as found:
        yield found.sign_in("seller", Scope.READ, Scope.CLASSIFY)


def text(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def test_a_case_in_the_address_tells_each_duty_why_and_what_is_missing(seller: Person) -> None:
    page = text(seller.get(f"{PATH}?{CASE}"))

    assert "Custom deck OPP-1 Applies: Yes Met: Unknown" in page
    assert "Full command plan OPP-2 Applies: No" in page
    assert "What would settle what is not known: link to the deck." in page
    assert "Handbook , Opportunity-Specific Slide Deck" in page


def test_evidence_that_is_chosen_counts(seller: Person) -> None:
    items = (
        "customer_look",
        "agreed_agenda",
        "calculated_roi",
        "two_options",
        "single_application",
        "customer_feedback",
    )
    chosen = "".join(f"&evidence.custom_deck.{item}=true" for item in items)

    page = seller.get(f"{PATH}?{CASE}&deck_url=https://decks.example.com/1{chosen}")

    assert "Custom deck OPP-1 Applies: Yes Met: Yes" in text(page)
    assert re.search(r'name="evidence.custom_deck.calculated_roi">.*?<option value="true" selected>', page, re.DOTALL)


def test_duties_are_recorded_once_and_found_at_their_account(api: Api, seller: Person) -> None:
    api.classify(id="duties-of", df=640)
    case = f"{PATH}?{CASE}&opportunity_id=opp-page&account_id=duties-of"
    assert "None of its opportunities is on record" in seller.get("/console/accounts/duties-of")

    form = form_on(seller.get(case), PATH)
    first, again = (seller.http.post(PATH, data=form) for _ in range(2))

    assert (first.status_code, first.headers["location"]) == (303, "/console/opportunities/opp-page/duties")
    assert again.headers["location"] == first.headers["location"]
    assert len(api.get("/v1/opportunities/opp-page/duties")["items"]) == 1
    account = seller.get("/console/accounts/duties-of")
    assert '<a href="/console/opportunities/opp-page/duties"><bdi>Sample deal</bdi></a>' in account
    timeline = seller.get("/console/opportunities/opp-page/duties")
    assert "Custom deck" in text(timeline)
    (again_path,) = re.findall(r'href="([^"]+)">Ask again', timeline)
    assert 'value="6000.00"' in seller.get(unescape(again_path))


def test_opportunities_with_open_duties_wait_at_home_with_who_owns_them_the_first_to_close_first(
    sqlite_databases: SqliteDatabases,
) -> None:
    with sqlite_databases.fresh() as url, serving(url) as api, Person(api) as reader:
        reader.sign_in("reader", Scope.READ)
        assert "Opportunities with open duties None." in text(reader.get("/console"))
        owner = {"name": "Sample Owner", "role": "ae", "crm_user_id": "user-1", "active_from": "2025-02-01"}
        api.http.put("/v1/people/owner-1", json=owner).raise_for_status()
        api.classify(id="acc-1", name="Sample Energy", df=60, owner_id="user-1")
        done = {
            "next_steps": "Call",
            "next_steps_owner": "owner-1",
            "next_step_on": "2026-01-09",
            "channel_managed": True,
        }
        for number in range(8):
            said = {"close_on": f"2026-02-{20 - number}", "title": f"Deal {number}", "segment": "SMB", "amount": 1}
            for more in ({}, done | {"net_arr": 1} if number == 0 else {}):
                body = {"opportunity_id": f"opp-{number}", "account_id": "acc-1"} | said | more
                api.http.post("/v1/opportunities/duties?record=true", json=body).raise_for_status()

        home = reader.get("/console")
        asked = statements(api, lambda: reader.get("/console"))

    waiting = re.findall(r'href="/console/opportunities/opp-(\d)/duties"', home)
    assert waiting == ["7", "6", "5", "4", "3", "2"]
    assert "Deal 7 Sample Energy · Sample Owner · closes 13 February 2026 · Next steps" in text(home)
    assert "And 1 more, of the 50 recorded last." in text(home)
    assert asked <= MOST_STATEMENTS["home"]


def test_asking_again_keeps_what_is_known_to_be_so_and_what_is_known_not_to_be_so(api: Api, seller: Person) -> None:
    api.classify(id="duties-again", df=640)
    said = {"opportunity_id": "opp-again", "account_id": "duties-again", "title": "Sample", "could_close": False}
    shown = {"opportunity_overview": {"why_now": "Ask on the call", "close_plan": " "}}
    body = said | {"segment": "SMB", "amount": "6000", "evidence": shown}
    api.http.post("/v1/opportunities/duties?record=true", json=body).raise_for_status()

    (path,) = re.findall(r'href="([^"]+)">Ask again', seller.get("/console/opportunities/opp-again/duties"))

    form = form_on(seller.get(f"{unescape(path)}&channel_managed=no"), PATH)
    assert form["could_close"] == form["channel_managed"] == "no"
    assert form["evidence.opportunity_overview.why_now"] == "true"
    assert form["evidence.opportunity_overview.close_plan"] == "false"


def test_the_form_asks_in_whole_sentences_and_names_its_choices(seller: Person) -> None:
    page = text(seller.get(PATH))

    assert "Its segment; without one, its account's." in page
    assert "one that says closed has no duties." in page
    assert "New business" in page
    assert "null" not in page


def test_a_mistake_is_told_beside_its_field_and_what_was_typed_is_kept(seller: Person) -> None:
    answer = seller.http.get(f"{PATH}?amount=much&segment=SMB")

    assert answer.status_code == 422
    assert wrong_beside(answer.text) == {"amount": "Write an amount in digits, as 1200.50."}
    assert 'value="much"' in answer.text


def test_who_may_only_read_finds_duties_and_records_none(api: Api) -> None:
    with Person(api) as reader:
        reader.sign_in("duty reader", Scope.READ)
        page = reader.get(f"{PATH}?{CASE}&opportunity_id=opp-9&account_id=duties-of")

    assert "use a key with the scope classify" in text(page)
    assert 'method="post" action="/console/opportunities' not in page


def test_an_opportunity_that_is_not_on_record_is_a_page(seller: Person) -> None:
    answer = seller.http.get("/console/opportunities/nobody/duties")

    assert answer.status_code == 404
    assert "There is no opportunity on record nobody" in text(answer.text)
