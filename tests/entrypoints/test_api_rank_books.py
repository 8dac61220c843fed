"""Books of ranks over HTTP: listed, narrowed down, and right when many rank at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from service.domain.keys import Scope
from tests.api import Api
from tests.application import START
from tests.entrypoints.ranking import STATED, given, put, smb
from tests.problems import hold_problem


@pytest.fixture(autouse=True)
def at_the_start(api: Api) -> None:
    api.clock.at = START


def test_a_book_is_listed_by_rank_in_pages_with_its_counts(api: Api) -> None:
    ranks = ["3", "1", "2", "1.5", "1", "2"]
    smb(api, *(f"book-{number}" for number in range(len(ranks))), name="Sample Book")
    for number, rank in enumerate(ranks):
        api.clock.advance(seconds=1)
        given(api, f"book-{number}", account_executive="AE book", rank=rank, note="Why.")

    found: list[dict[str, Any]] = []
    answer = api.http.get("/v1/ranks", params={"account_executive": "ae BOOK", "limit": 2})
    while True:
        found += answer.json()["items"]
        if len(found) == 2:  # the last of the page before is given another rank meanwhile
            given(api, found[-1]["account_id"], account_executive="AE book", rank="3", note="It went away.")
        if "next" not in answer.links:
            break
        answer = api.http.get(answer.links["next"]["url"])

    assert [(each["rank"], each["account_id"]) for each in found] == [
        ("1", "book-4"),
        ("1", "book-1"),
        ("1.5", "book-3"),
        ("2", "book-5"),
        ("2", "book-2"),
        ("3", "book-1"),
        ("3", "book-0"),
    ]
    assert {each["name"] for each in found} == {"Sample Book"}
    book = answer.json()
    assert (book["counts"], book["places_taken"]) == ({"1": 1, "1.5": 1, "2": 2, "3": 2}, 1)


def test_a_book_is_narrowed_down_by_rank_segment_and_what_is_stale(api: Api) -> None:
    smb(api, "narrow-1", "narrow-2")
    api.classify(id="narrow-3", df=500, on=None, region="EMEA")
    given(api, "narrow-1", account_executive="AE narrow")
    api.clock.at = datetime(2026, 2, 1, 9, tzinfo=UTC)
    given(api, "narrow-2", account_executive="AE narrow", rank="2", note="Why.")
    given(api, "narrow-3", account_executive="AE narrow")

    def listed(**asked: str) -> list[str]:
        return [each["account_id"] for each in api.get("/v1/ranks", account_executive="AE narrow", **asked)["items"]]

    assert listed() == ["narrow-3", "narrow-1", "narrow-2"]
    assert listed(rank="2") == ["narrow-2"]
    assert listed(segment="SMB") == ["narrow-1", "narrow-2"]
    assert listed(stale="true") == ["narrow-1"]
    assert listed(stale="false") == ["narrow-3", "narrow-2"]


def test_a_list_says_whose_it_is_and_begins_where_a_page_ended(api: Api) -> None:
    problem = hold_problem(api.http.get("/v1/ranks"), 422, "invalid_request")
    assert [each["pointer"] for each in problem["errors"]] == ["account_executive"]
    asked = {"account_executive": "AE", "cursor": "AZjA3gAAcACAAAAAAAAADQ"}
    problem = hold_problem(api.http.get("/v1/ranks", params=asked), 422, "invalid_request")
    assert [each["pointer"] for each in problem["errors"]] == ["cursor"]


def test_giving_a_rank_needs_the_scope_handoff_and_looking_needs_read(api: Api) -> None:
    smb(api, "scope-1")
    stated = STATED | {"account_executive": "AE scope"}
    reads, gives = api.key("rank-reader", Scope.READ, Scope.CLASSIFY), api.key("rank-giver", Scope.HANDOFF)

    hold_problem(api.http.put("/v1/accounts/scope-1/rank", json=stated, headers=reads), 403, "forbidden")
    assert api.http.put("/v1/accounts/scope-1/rank", json=stated, headers=gives).status_code == 201
    hold_problem(api.http.get("/v1/accounts/scope-1/rank", headers=gives), 403, "forbidden")


def test_the_top_ten_holds_when_twenty_ask_at_once(api: Api) -> None:
    twenty = [f"race-{number}" for number in range(20)]
    smb(api, *twenty)

    with ThreadPoolExecutor(len(twenty)) as pool:
        answers = list(pool.map(lambda account_id: put(api, account_id, account_executive="AE race"), twenty))

    assert Counter(answer.status_code for answer in answers) == {201: 10, 409: 10}
    book = api.get("/v1/ranks", account_executive="AE race", rank="1")
    assert (book["places_taken"], len(book["items"])) == (10, 10)


def test_one_account_that_many_rank_at_once_has_one_history_in_which_each_follows_another(api: Api) -> None:
    smb(api, "contended-1")

    def rank(number: int) -> int:
        note = f"Given by {number}."
        return put(api, "contended-1", account_executive=f"AE {number}", rank="3", note=note).status_code

    with ThreadPoolExecutor(8) as pool:
        assert Counter(pool.map(rank, range(8))) == {201: 1, 200: 7}

    items = api.get("/v1/accounts/contended-1/rank/history")["items"]
    before = [each["previous_account_executive"] for each in items[:-1]]
    assert before == [each["account_executive"] for each in items[1:]]
