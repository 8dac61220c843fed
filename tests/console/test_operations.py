"""Operations in the console: each action does what its operation of the API does, with its scope, and once."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from service.domain.keys import Scope
from tests.api import Api, eventually, serving
from tests.browser.visits import HOSTILE
from tests.console.operating import EXECUTIVE, Operated, given_up, operated
from tests.console.visiting import Person

NAME = "Sample Planning"
NOT_CONDUCT = set(Scope) - {Scope.CONDUCT}


@pytest.fixture(scope="module")
def found(api: Api) -> Operated:
    return operated(api, "acc-seen", NAME)


@pytest.fixture(scope="module")
def operator(api: Api, found: Operated) -> Iterator[Person]:
    del found
    with Person(api) as person:
        yield person.sign_in("operator")


def text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def sent(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def once(person: Person, page: str) -> str:
    key = re.search(r'name="once" value="([^"]+)"', person.get(page))
    assert key is not None
    return key[1]


def test_what_waits_is_listed_with_where_to_see_to_it(operator: Person) -> None:
    page = operator.get("/console/operations")

    assert "The service records." in page
    assert "Events from salesforce-changes that were rejected: 1" in text(page)
    assert 'href="/console/events?status=rejected&source=salesforce-changes"' in page


def test_rejected_events_are_told_by_reason_and_each_with_its_own(operator: Person, found: Operated) -> None:
    page = operator.get("/console/events?status=rejected")

    assert f'"EXPLODE {NAME}", which is no type of change' in page
    assert f'href="/console/events/{found.event}"' in page
    one = operator.get(f"/console/events/{found.event}")
    assert "Rejected." in one
    payload = operator.http.get(f"/console/events/{found.event}/payload")
    assert payload.headers["content-disposition"].startswith("attachment")
    assert b"EXPLODE" in payload.content


def test_an_event_is_tried_again_and_dismissed(operator: Person, found: Operated) -> None:
    path = f"/console/events/{found.event}"

    assert sent(operator.post(f"{path}/retry", path, once=once(operator, path))) == path
    assert operator.post(f"{path}/dismissal", path, reason=" ").status_code == 422
    assert sent(operator.post(f"{path}/dismissal", path, reason="It was a test.", once=once(operator, path))) == path

    page = text(operator.get(path))
    assert "Dismissed." in page
    assert "It was a test." in page
    assert operator.post(f"{path}/dismissal", path, reason="Once more.").status_code == 409


def test_a_delivery_is_sent_again(api: Api, operator: Person, found: Operated) -> None:
    path = f"/console/deliveries/{found.delivery}"
    assert "Given up, after 1 attempt." in text(operator.get(path))
    assert found.delivery in operator.get(f"/console/deliveries?status=given_up&subscriber_id={found.subscriber}")
    form = {"once": once(operator, path)}

    assert sent(operator.post(f"{path}/resending", path, **form)) == path
    assert sent(operator.post(f"{path}/resending", path, **form)) == path

    assert api.get(f"/v1/deliveries/{found.delivery}")["status"] == "pending"
    assert operator.post(f"{path}/resending", path).status_code == 409
    assert "On its way" in operator.get(path)
    given_up(api, found.subscriber)


def test_a_subscriber_is_made_and_its_secret_shown_once(api: Api, operator: Person) -> None:
    key = once(operator, "/console/subscribers")
    form = {"name": "Sample hook", "url": "https://hooks.example.com/x", "target": "webhook", "once": key}
    form |= {"team.SMB": "on", "kind.review": "on", "type.review.opened": "on"}

    shown = operator.post("/console/subscribers", "/console/subscribers", **form)
    again = sent(operator.post("/console/subscribers", "/console/subscribers", **form))

    assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
    assert "whsec_" in shown.text
    made = api.get(f"/v1{again.removeprefix('/console')}")
    assert (made["teams"], made["kinds"], made["types"]) == (["SMB"], ["review"], ["review.opened"])
    assert "whsec_" not in operator.get(again)
    assert "whsec_" in operator.post(f"{again}/secret-rotation", again, overlap_hours="1").text
    assert sent(operator.post(f"{again}/enabling", again)) == again
    assert operator.post(f"{again}/end", again).status_code == 422
    assert sent(operator.post(f"{again}/end", again, meant="true")) == again
    assert "Ended" in operator.get(again)


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"name": "x", "target": "webhook"}, "A webhook has a URL"),
        ({"name": "x", "target": "webhook", "url": "http://192.0.2.1/"}, "url"),
        ({"name": "x", "target": "salesforce", "url": "https://example.com/"}, "Salesforce has neither a URL"),
        ({"target": "webhook", "url": "https://example.com/"}, "name"),
    ],
)
def test_a_subscriber_that_cannot_be_says_why(operator: Person, form: dict[str, str], says: str) -> None:
    answer = operator.post("/console/subscribers", "/console/subscribers", **form)

    assert (answer.status_code, says in Person.shown(answer)) == (422, True), answer.text


def key_in(answer: httpx.Response) -> str:
    made = re.search(r"chalk_[A-Za-z0-9_-]+", answer.text)
    assert made is not None, answer.text
    return made[0]


def works(api: Api, key: str) -> bool:
    api.clock.advance(seconds=3)  # for as long a key is believed
    answer = httpx.get(f"{api.url}/v1/accounts", headers={"Authorization": f"Bearer {key}"})
    return answer.status_code == 200


def test_a_key_is_made_rotated_and_revoked(api: Api, operator: Person) -> None:
    form = {"name": "sample-made", "days": "30", "acts_for": "", "scope.read": "on"}

    made = operator.post("/console/keys", "/console/keys", **form)

    assert made.headers["cache-control"] == "no-store"
    key = key_in(made)
    assert works(api, key)
    listed = operator.get("/console/keys")
    assert key not in listed
    path = re.search(r'href="(/console/keys/[^"]+)"><bdi>sample-made', listed)
    assert path is not None
    assert "by operator" in text(operator.get(path[1]))
    assert operator.post("/console/keys", "/console/keys", **form).status_code == 409
    next_key = key_in(operator.post(f"{path[1]}/rotation", path[1], overlap_hours="0"))
    assert (works(api, key), works(api, next_key)) == (False, True)
    newest = re.search(r'href="(/console/keys/[^"]+)"><bdi>sample-made', operator.get("/console/keys"))
    assert newest is not None
    assert operator.post(f"{newest[1]}/revocation", newest[1]).status_code == 422
    assert works(api, next_key)
    assert sent(operator.post(f"{newest[1]}/revocation", newest[1], meant="true")) == newest[1]
    assert not works(api, next_key)
    assert "Revoked" in operator.get(newest[1])


@pytest.mark.parametrize(
    "form",
    [
        {"name": "x", "days": "30"},
        {"name": "", "days": "30", "scope.read": "on"},
        {"name": "x", "days": "0", "scope.read": "on"},
        {"name": "x" * 65, "days": "30", "scope.read": "on"},
        {"name": "x", "days": "30", "scope.read": "on", "acts_for": "US"},
    ],
)
def test_a_key_that_cannot_be_is_refused(operator: Person, form: dict[str, str]) -> None:
    assert operator.post("/console/keys", "/console/keys", **form).status_code == 422


def test_nobody_makes_a_key_for_more_than_their_own_is_good_for(api: Api) -> None:
    with Person(api).sign_in("narrow", Scope.ADMIN, Scope.READ) as person:
        whole = re.search(r'href="(/console/keys/[^"]+)"><bdi>tester', person.get("/console/keys"))
        assert whole is not None
        refused = person.post("/console/keys", "/console/keys", name="wide", days="30", **{"scope.conduct": "on"})
        rotated = person.post(f"{whole[1]}/rotation", whole[1], overlap_hours="1")

        assert (refused.status_code, rotated.status_code) == (403, 403)
        assert not re.search(r"chalk_[A-Za-z0-9_-]{20}", refused.text), "nothing but hints of keys"
        assert "has not the scope conduct" in Person.shown(refused)


def test_a_changeover_is_tried_then_run(database_url: str) -> None:
    idle: dict[str, Any] = {"df": 300, "created": "2022-03-01", "lam_dev_count": 150}
    with serving(database_url, at_work=True) as api, Person(api).sign_in("runner") as person:
        api.classify(id="idle-1", name="Sample Idle", **idle, last_activity_on="2022-01-10")
        api.classify(id="unknown-1", name="Sample Unknown", **idle, last_activity_on=None)
        path = "/console/changeover-dry-run?on=2022-05-01"
        tried = person.get(path)
        assert "1 would move, and 1 would stay open" in text(tried)
        assert "Sample Unknown" in tried.partition('id="open"')[2]

        run = sent(person.post("/console/changeovers", path, on="2022-05-01", once=once(person, path)))

        assert run == "/console/changeovers/2022-05-01"
        eventually(lambda: "it ended" in person.get(run))
        assert "1 moved, 1 open" in text(person.get(run))
        assert "Done" in person.get("/console/changeovers")
        assert person.post("/console/changeovers", path, on="2022-05-02").status_code == 422
        assert "cannot be run yet" in person.get("/console/changeover-dry-run?on=2031-05-01")


def test_events_are_tried_again_together(database_url: str) -> None:
    with serving(database_url, at_work=True) as api:
        operated(api, "acc-again", NAME)
        with Person(api).sign_in("retrier") as person:
            run = sent(person.post("/console/event-retries", "/console/events", status="rejected", source=""))

            eventually(lambda: "it ended" in person.get(run))
            assert "1 tried" in text(person.get(run))


def test_people_are_listed_by_what_holds_on_a_day(operator: Person) -> None:
    page = text(operator.get("/console/people?role=ae&team=SMB"))

    assert NAME in page
    assert "Account executive" in page
    assert "from 1 February 2025" in page
    assert "Nobody fits" in operator.get("/console/people?role=vp")
    assert "acc-seen-seller" in operator.get("/console/people?manager_id=acc-seen-asm")


def test_the_book_of_a_person_is_a_list_of_accounts(operator: Person) -> None:
    assert "The book of" in operator.get("/console/accounts?owner=acc-seen-seller")


def test_conduct_is_seen_with_its_scope_alone(api: Api, operator: Person, found: Operated) -> None:
    page = text(operator.get("/console/conduct"))
    assert EXECUTIVE in page
    assert "Ignored a move" in page
    assert EXECUTIVE in operator.get(f"/console/conduct?account_executive={EXECUTIVE}&kind=ignored_move")

    paths = [
        "/console",
        "/console/operations",
        "/console/people",
        "/console/events",
        "/console/keys",
        "/console/policies",
    ]
    paths += [
        f"/console/events/{found.event}",
        "/console/accounts/acc-seen",
        "/console/decisions",
        "/console/deliveries",
    ]
    with Person(api).sign_in("all-but-one", *NOT_CONDUCT) as person:
        assert "the scope conduct" in person.get("/console/conduct", 403)
        for path in paths:
            shown = person.get(path)
            assert EXECUTIVE not in shown
            assert "/console/conduct" not in shown


def test_hostile_words_are_text(api: Api, operator: Person) -> None:
    named = operated(api, "acc-hostile-words", HOSTILE.replace("\u202e", ""))
    for path in (
        *("events", "deliveries", "subscribers", "keys", "people", "conduct", f"events/{named.event}"),
        *(f"deliveries/{named.delivery}", f"subscribers/{named.subscriber}", f"keys/{named.key}"),
    ):
        shown = operator.http.get(f"/console/{path}").text
        assert "<script>alert" not in shown
        assert "&lt;script&gt;alert(1)" in shown, path
