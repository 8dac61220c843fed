"""Handoffs at the console: found, ticked item by item, put in question, answered, reopened and abandoned."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from service.domain.keys import Scope
from service.domain.terms import Team
from tests.api import Api
from tests.browser.visits import HOSTILE
from tests.console.sending import form_on, send, send_twice, wrong_beside
from tests.console.test_reviews import told
from tests.console.visiting import Person
from tests.entrypoints.test_api_handoffs import NAMED_BY_HAND, won

WHY = "It was for the other firm."


@pytest.fixture(scope="module")
def both(api: Api) -> Iterator[Person]:
    """Somebody who acts for both sides."""
    with Person(api) as found:
        yield found.sign_in("sample-both")


def typed(item: str, name: str = "tick") -> dict[str, str]:
    """The evidence of an item, as somebody types it."""
    evidence: Any = NAMED_BY_HAND[item]
    words: dict[object, str] = {True: "yes", False: "no"}
    return {
        f"{item}.{name}.{field}": "\r\n".join(value) if isinstance(value, list) else words.get(value, str(value))
        for field, value in evidence.items()
    }


def page_of(handoff: dict[str, Any]) -> str:
    return f"/console/handoffs/{handoff['id']}"


def test_a_handoff_is_completed_item_by_item(api: Api, both: Person) -> None:
    handoff = won(api, "page-done")
    path = page_of(handoff)
    for item in NAMED_BY_HAND:
        page = both.http.get(path).text
        if item == list(NAMED_BY_HAND)[-1]:
            assert "The last required item: ticking it hands the account over to Key Accounts Named." in told(page)
        answer = both.http.post(f"{path}/items/{item}", data=form_on(page, f"{path}/items/{item}") | typed(item))
        assert (answer.status_code, answer.headers.get("location")) == (303, f"{path}#{item}"), told(answer.text)

    done = told(both.get(path))

    assert "Key Accounts Named owns it: every required item is ticked." in done
    assert "Sample deck" in done
    assert "6,000.00 US dollars" in done
    found = api.get(f"/v1/handoffs/{handoff['id']}")
    assert found["status"] == "completed"
    assert {each["by"] for each in found["steps"]} == {"sample-both"}
    assert api.get("/v1/accounts/page-done")["team"] == "MMKAN"


def test_a_tick_sent_twice_is_taken_once(api: Api, both: Person) -> None:
    handoff = won(api, "page-twice")
    path = page_of(handoff)

    first, again = send_twice(both, path, f"{path}/items/find-named-ae", typed("find-named-ae"))

    assert (first.status_code, again.status_code) == (303, 303), again.text
    assert len(api.get(f"/v1/handoffs/{handoff['id']}")["steps"]) == 1


def test_what_is_wrong_with_evidence_is_said_beside_its_field(api: Api, both: Person) -> None:
    path = page_of(won(api, "page-wrong"))
    later = {
        "license-installed.tick.received_on": "2022-06-02",
        "license-installed.tick.installed_on": "2022-06-01",
    }

    earlier = send(both, path, f"{path}/items/license-installed", later)
    mode = send(
        both, path, f"{path}/items/handoff-contact", typed("handoff-contact") | {"handoff-contact.tick.mode": "email"}
    )
    name = send(
        both,
        path,
        f"{path}/items/account-activity",
        typed("account-activity") | {"account-activity.tick.name": HOSTILE},
    )

    assert (earlier.status_code, mode.status_code, name.status_code) == (422, 422, 422)
    assert "cannot be installed before" in wrong_beside(earlier.text)["license-installed.tick.installed_on"]
    assert 'value="2022-06-02"' in earlier.text
    assert wrong_beside(mode.text) == {
        "handoff-contact.tick.mode": "This handoff needs a call; an email does not do (HAND-2)"
    }
    assert "The activity is named" in wrong_beside(name.text)["account-activity.tick.name"]
    assert "One tool in place of four" in name.text
    assert "<script>alert" not in name.text
    assert not api.get("/v1/handoffs", account_id="page-wrong")["items"][0]["two_way_on"]


def test_each_side_has_the_forms_of_its_own_items(api: Api) -> None:
    path = page_of(won(api, "page-sides"))
    with Person(api) as somebody:
        key = api.key("sample-named", Scope.READ, Scope.HANDOFF, team=Team.MMKAN)["Authorization"].removeprefix(
            "Bearer "
        )
        somebody.post("/console/sign-in", "/console/sign-in", key=key)
        page = somebody.get(path)
        own = form_on(page, f"{path}/items/introduced")
        answer = somebody.http.post(f"{path}/items/find-named-ae", data=own | typed("find-named-ae"))

    assert f"{path}/items/introduced" in page
    assert f"{path}/items/find-named-ae" not in page
    assert "your key does not act for it" in page
    assert f"{path}/abandonment" not in page
    assert answer.status_code == 403
    assert "This is for the First Order side to do" in told(answer.text)


def test_an_item_is_unticked_with_a_reason(api: Api, both: Person) -> None:
    path = page_of(won(api, "page-untick"))
    send(both, path, f"{path}/items/find-named-ae", typed("find-named-ae"))
    action = f"{path}/items/find-named-ae/reopening"

    refused = send(both, path, action, {"find-named-ae.untick.reason": "  "})
    answer = send(both, path, action, {"find-named-ae.untick.reason": HOSTILE})

    assert wrong_beside(refused.text) == {"find-named-ae.untick.reason": "This is missing."}
    assert answer.status_code == 303
    page = both.http.get(path).text
    assert "Unticked: Find out which AE takes the account over" in told(page)
    assert "<script>alert" not in page
    assert "\u202e" not in page


def test_who_receives_it_is_put_in_question_and_answered(api: Api, both: Person) -> None:
    path = page_of(won(api, "page-escalated"))

    assert send(both, path, f"{path}/escalation", {"escalation.reason": WHY}).status_code == 303
    waits = told(both.get(path))
    assert "Who receives it is in question, and waits for an answer." in waits
    nobody = send(both, path, f"{path}/escalation-answer", {"escalation-answer.reason": WHY})
    answer = send(
        both,
        path,
        f"{path}/escalation-answer",
        {"escalation-answer.team": "MM_TERRITORY", "escalation-answer.reason": WHY},
    )

    assert wrong_beside(nobody.text) == {"escalation-answer.team": "This is missing."}
    assert answer.status_code == 303, told(answer.text)
    assert "Answered: Mid-Market Territory receives it" in told(both.get(path))


def test_a_handoff_is_abandoned_and_a_completed_one_reopened(api: Api, both: Person) -> None:
    path = page_of(won(api, "page-abandoned"))
    assert send(both, path, f"{path}/abandonment", {"abandonment.reason": WHY}).status_code == 303
    assert "It was abandoned" in told(both.get(path))
    assert "/items/find-named-ae" not in both.get(path)

    handoff = won(api, "page-reopened")
    for item, evidence in NAMED_BY_HAND.items():
        api.http.put(f"/v1/handoffs/{handoff['id']}/items/{item}", json={"evidence": evidence})
    path = page_of(handoff)
    nothing = send(both, path, f"{path}/reopening", {"reopening.reason": WHY})
    assert "Tick what is to be done again" in told(nothing.text)
    billing = send(both, path, f"{path}/billing-reassignment", {"billing-reassignment.reason": WHY})
    assert billing.status_code == 303, told(billing.text)
    again = {"reopening.items.introduced": "yes", "reopening.reason": WHY}
    assert send(both, path, f"{path}/reopening", again).status_code == 303
    page = told(both.get(path))
    assert "One required item is left." in page
    assert "A billing issue was re-assigned to the First Order AE" in page


def test_handoffs_are_found_counted_and_shown_by_week(api: Api, both: Person) -> None:
    today = api.clock().date().isoformat()
    won(api, "board-late", first_order_ae="Sample Late")
    won(api, "board-now", first_order_ae="Sample Now", closed_on=today)

    board = told(both.get("/console/handoffs?view=board"))
    assert board.index("Overdue") < board.index("Week of")
    assert board.index("board-late") < board.index("board-now")
    late = both.get("/console/handoffs?overdue=true&account_executive=Sample+Late")
    assert "1 handoff that fit" in told(late)
    page = both.get("/console/handoffs")
    facets = re.findall(r'<a href="([^"]+)"><span><bdi>[^<]*</bdi></span> <span class="num">(\d+)</span>', page)
    assert len(facets) >= 5
    for to, count in facets:
        total = re.search(r'<p><span class="num">(\d+)</span> handoff', both.get(to))
        assert total is not None
        assert total[1] == count, to
    assert "There is no handoff" in both.get("/console/handoffs/0198c0de-0000-7000-a000-000000000001", 404)
    assert "status" in both.get("/console/handoffs?status=odd", 422)
