"""Account ranks at the console: given by a form, shown where the account is, and a book with the top places."""

from collections.abc import Iterator

import pytest

from service.domain.keys import Scope
from tests.api import Api
from tests.browser.visits import HOSTILE
from tests.console.sending import send, send_twice, wrong_beside
from tests.console.test_reviews import told
from tests.console.visiting import Person

GIVEN = {
    "rank": "1",
    "account_executive": "AE console",
    "potential_users": "1,240",
    "sources": "The call of 3 March\nTheir site",
    "reason": HOSTILE,
}


@pytest.fixture(scope="module")
def ae(api: Api) -> Iterator[Person]:
    with Person(api) as found:
        yield found.sign_in("ranking-ae", Scope.READ, Scope.HANDOFF)


def test_a_rank_is_given_once_and_shows_on_its_account_and_in_its_book(api: Api, ae: Person) -> None:
    api.classify(id="rank-1", name="Sample Ranked", df=60, on=None)
    path = "/console/accounts/rank-1/rank"
    assert "It has no rank yet." in told(ae.get(path))

    first, again = send_twice(ae, path, path, GIVEN)

    assert (first.status_code, first.headers["location"]) == (303, path)
    assert again.headers["location"] == path
    assert len(api.get("/v1/accounts/rank-1/rank/history")["items"]) == 1
    shown = ae.http.get(path).text
    assert "<script>alert" not in shown
    assert "Rank 1 Current One of the ten accounts that may buy" in told(shown)
    assert "one of the top places" in told(ae.get("/console/accounts/rank-1"))
    book = told(ae.get("/console/ranks?account_executive=ae+console"))
    assert "1 of 10 top places are taken" in book
    assert "Sample Ranked" in book
    assert api.get("/v1/accounts/rank-1/rank")["recorded_by"] == "ranking-ae"


def test_what_a_rank_lacks_is_said_beside_its_field_with_what_was_typed(api: Api, ae: Person) -> None:
    api.classify(id="rank-2", df=60, on=None)
    path = "/console/accounts/rank-2/rank"

    lacking = send(ae, path, path, GIVEN | {"rank": "2"})
    unread = send(ae, path, path, GIVEN | {"potential_users": "many", "rank": ""})

    assert lacking.status_code == 422
    assert wrong_beside(lacking.text) == {"note": "An SMB account of rank 2 needs a note that says why (RANK-2)"}
    assert "Their site</textarea>" in lacking.text
    assert unread.status_code == 422
    assert wrong_beside(unread.text).keys() == {"potential_users", "rank"}


def test_a_full_ten_is_named_beside_the_rank(api: Api, ae: Person) -> None:
    ten = [f"ten-{number}" for number in range(11)]
    typed = {name: text for name, text in GIVEN.items() if name != "sources"} | {"account_executive": "AE full"}
    for account_id in ten:
        api.classify(id=account_id, df=60, on=None)
    for account_id in ten[:10]:
        stated = typed | {"potential_users": 3, "sources": ["A call"]}
        assert api.http.put(f"/v1/accounts/{account_id}/rank", json=stated).status_code == 201
    path = f"/console/accounts/{ten[10]}/rank"

    refused = send(ae, path, path, GIVEN | {"account_executive": "AE full"})

    assert refused.status_code == 409
    assert all(account_id in wrong_beside(refused.text)["rank"] for account_id in ten[:10])


def test_who_may_not_give_ranks_sees_them_without_a_form(api: Api) -> None:
    api.classify(id="rank-3", df=60, on=None)
    with Person(api) as reader:
        reader.sign_in("rank-looker", Scope.READ)
        assert "Record the rank" not in reader.get("/console/accounts/rank-3/rank")
        assert reader.post("/console/accounts/rank-3/rank", **GIVEN).status_code == 403
