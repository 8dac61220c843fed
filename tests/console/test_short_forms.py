"""Short forms of operations keep what was typed, and tell a mistake beside its field, as the longer ones do."""

import re
from collections.abc import Iterator
from html import unescape

import pytest

from service.domain.keys import Scope
from tests.api import Api, serving
from tests.browser.visits import HOSTILE
from tests.console.operating import Operated, operated
from tests.console.sending import send, wrong_beside
from tests.console.visiting import Person
from tests.databases import SqliteDatabases

SHORT = "too short"


@pytest.fixture(scope="module")
def operator(sqlite_databases: SqliteDatabases) -> Iterator[Person]:
    with sqlite_databases.fresh() as url, serving(url) as api, Person(api) as found:
        yield found.sign_in("operator")


@pytest.fixture
def api(operator: Person) -> Api:
    return operator.api


@pytest.fixture(scope="module")
def found(operator: Person) -> Operated:
    facts = {"df": 12, "wrong": {"df": "One office"}, "zi": 15, "name": "Sample"}
    return operated(operator.api, "acc-forms", "Sample", facts)


def kept(text: str) -> str:
    return unescape(text)


@pytest.mark.parametrize(
    ("typed", "beside"),
    [
        ({"name": HOSTILE[:60], "days": "0", "scope.read": "on"}, {"days"}),
        ({"name": "x" * 65, "days": "30", "acts_for": "US", "scope.read": "on"}, {"name", "acts_for"}),
        ({"name": "sample", "days": "30", "acts_for": "SMB"}, {"scope"}),
    ],
)
def test_a_key_that_cannot_be_made_keeps_its_form(operator: Person, typed: dict[str, str], beside: set[str]) -> None:
    refused = send(operator, "/console/keys", "/console/keys", typed)

    assert (refused.status_code, set(wrong_beside(refused.text))) == (422, beside)
    assert "<script>alert" not in refused.text
    assert f'name="days" value="{typed["days"]}"' in refused.text
    assert ('name="scope.read" value="on" checked' in refused.text) is ("scope.read" in typed)
    assert ('value="SMB" selected' in refused.text) is (typed.get("acts_for") == "SMB")


def test_a_name_that_is_taken_and_a_scope_that_is_lacking_are_said_on_the_form(api: Api, operator: Person) -> None:
    api.key("taken", Scope.READ)
    typed = {"name": "taken", "days": "31", "scope.read": "on", "scope.conduct": "on"}
    with Person(api).sign_in("narrow", Scope.ADMIN, Scope.READ) as narrow:
        for person, status, says in ((operator, 409, "still works under"), (narrow, 403, "has not the scope conduct")):
            refused = send(person, "/console/keys", "/console/keys", typed)
            assert (refused.status_code, says in kept(refused.text)) == (status, True)
            assert 'name="days" value="31"' in refused.text


def test_a_rotation_and_a_revocation_say_beside_the_field_what_is_wrong(operator: Person, found: Operated) -> None:
    path = f"/console/keys/{found.key}"
    for form, typed, name in (("rotation", {"overlap_hours": "many"}, "overlap_hours"), ("revocation", {}, "meant")):
        refused = send(operator, path, f"{path}/{form}", typed)
        assert (refused.status_code, set(wrong_beside(refused.text))) == (422, {name})
        assert f'name="overlap_hours" value="{typed.get("overlap_hours", "24")}"' in refused.text


def test_a_subscriber_that_cannot_be_keeps_its_form(operator: Person) -> None:
    path = "/console/subscribers"
    typed = {"name": HOSTILE, "target": "webhook", "url": "https://192.0.2.1/x", "team.SMB": "on", "kind.review": "on"}
    for wrong, name in (
        ({"url": ""}, "url"),
        ({"name": ""}, "name"),
        ({}, "url"),
        ({"target": "salesforce"}, "target"),
    ):
        refused = send(operator, path, path, typed | wrong)
        assert (refused.status_code, set(wrong_beside(refused.text))) == (422, {name})
        assert refused.text.count(" checked") == 2
        assert "<script>alert" not in refused.text
        assert wrong.get("url", "https://192.0.2.1/x") in refused.text


def test_an_end_and_a_new_secret_say_beside_the_field_what_is_wrong(operator: Person, found: Operated) -> None:
    path = f"/console/subscribers/{found.subscriber}"
    for form, typed, name in (("secret-rotation", {"overlap_hours": "-1"}, "overlap_hours"), ("end", {}, "meant")):
        refused = send(operator, path, f"{path}/{form}", typed)
        assert (refused.status_code, set(wrong_beside(refused.text))) == (422, {name})


def test_a_dismissal_without_a_reason_says_so_beside_it(operator: Person, found: Operated) -> None:
    path = f"/console/events/{found.event}"

    refused = send(operator, path, f"{path}/dismissal", {"reason": " "})

    assert (refused.status_code, set(wrong_beside(refused.text))) == (422, {"reason"})


def test_a_withdrawal_and_a_roll_back_keep_what_was_typed(api: Api, operator: Person) -> None:
    change = {"policy_id": "fy23", "effective_from": "2026-02-01", "parameters": {"first_order_min_employees": 600}}
    first = api.http.post("/v1/policies/drafts", json=change | {"reason": "It is to be tried."}).json()["id"]
    published = api.http.post(f"/v1/policies/drafts/{first}/publish")
    assert published.status_code in {200, 201}, published.text
    change["parameters"] = {"first_order_min_employees": 700}
    second = api.http.post("/v1/policies/drafts", json=change | {"reason": "It is to be tried."}).json()["id"]
    draft, policy = f"/console/policies/drafts/{second}", "/console/policies/fy23"

    withdrawn = send(operator, draft, f"{draft}/withdrawal", {"reason": SHORT})
    back = {"to": "1", "effective_from": "2026-03-01", "reason": SHORT}
    rolled = send(operator, policy, f"{policy}/roll-back", back)
    nowhere = send(operator, policy, f"{policy}/roll-back", back | {"to": "none", "reason": "Long enough to be one."})

    for refused, names in ((withdrawn, {"reason"}), (rolled, {"reason"}), (nowhere, {"to"})):
        assert (refused.status_code, set(wrong_beside(refused.text))) == (422, names)
    assert withdrawn.text.count(SHORT) == rolled.text.count(SHORT) == 1
    assert 'value="2026-03-01"' in rolled.text
    again = send(operator, policy, f"{policy}/roll-back", back | {"reason": "It was better as it was."})
    assert (again.status_code, bool(re.search("/console/policies/drafts/.+", again.headers["location"]))) == (303, True)
