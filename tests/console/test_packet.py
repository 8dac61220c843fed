"""The packet of an account, and the links that lead from page to page."""

from collections.abc import Iterator

import pytest

from tests.api import Api
from tests.browser.visits import ACCOUNT, World, world
from tests.console.test_reviews import told
from tests.console.visiting import Person


@pytest.fixture(scope="module")
def shown(api: Api) -> World:
    return world(api)


@pytest.fixture(scope="module")
def reader(api: Api, shown: World) -> Iterator[Person]:
    del shown  # which takes more than a day
    with Person(api) as found:
        yield found.sign_in("reader")


def test_a_packet_has_all_there_is_to_judge_a_dispute_by(shown: World, reader: Person) -> None:
    page = reader.get("/console/accounts/acc-hostile/packet")

    text = told(page)
    assert "SMB owns it." in text
    assert "tester : The filing says otherwise, see there." in text
    assert "Handbook , SMB Account Executives, first paragraph" in text
    assert "employees by Zoominfo 15 key tester" in text
    assert 'href="/console/decisions?actor=tester"' in page
    assert "Datafox 12 Set aside:" in text
    assert text.index("Facts that it rests on") < text.index("Its story") < text.index("Classified")
    assert f"/console/reviews/{shown.named['dispute']}" in page
    assert "There is no account nobody" in reader.get("/console/accounts/nobody/packet", 404)


def test_who_told_of_a_change_leads_to_what_they_asked_for(reader: Person) -> None:
    page = reader.get(f"/console/accounts/{ACCOUNT}")

    assert 'told by <a href="/console/decisions?actor=tester"><bdi>key tester</bdi></a>' in page
    assert "Decisions" in reader.get("/console/decisions?actor=tester")


def test_home_and_accounts_and_decisions_lead_to_what_waits(shown: World, reader: Person) -> None:
    home = reader.get("/console")
    for to in (
        f"/console/reviews/{shown.named['review']}",
        f"/console/reviews/{shown.named['dispute']}",
        f"/console/handoffs/{shown.named['handoff']}",
        "/console/reviews?kind=size&blocking=true",
        "/console/reviews?kind=dispute",
        "/console/handoffs?overdue=true",
    ):
        assert f'href="{to}"' in home, to
        reader.get(to)

    account = reader.get("/console/accounts/acc-won")
    assert f'href="/console/handoffs/{shown.named["handoff"]}"' in account
    for deed in ("discovery", "dispute", "handoff", "packet"):
        assert f'href="/console/accounts/acc-won/{deed}"' in account
    decision = reader.get("/console/accounts/acc-won/history").partition('href="/console/decisions/')[2][:36]
    assert f'href="/console/handoffs/{shown.named["handoff"]}"' in reader.get(f"/console/decisions/{decision}")
    assert f'href="/console/reviews/{shown.named["review"]}"' in reader.get("/console/accounts/acc-pending")
