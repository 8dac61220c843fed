"""Account ranks over HTTP: who gives them, what they need, the top ten, what stands and what stood."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.api import Api
from tests.application import START
from tests.entrypoints.ranking import STATED, checks, full, given, put, seller, smb
from tests.problems import hold_problem


@pytest.fixture(autouse=True)
def at_the_start(api: Api) -> None:
    api.clock.at = START


def test_a_rank_is_found_as_it_was_given_with_its_meaning_and_what_is_asked_of_it(api: Api) -> None:
    smb(api, "given-1")

    answer = put(api, "given-1", account_executive="AE given")

    assert (answer.status_code, answer.headers["Location"]) == (201, "/v1/accounts/given-1/rank")
    rank = api.get("/v1/accounts/given-1/rank")
    assert rank == answer.json()
    assert {name: rank[name] for name in STATED} == STATED
    assert (rank["segment"], rank["previous"], rank["stale"], rank["has_place"]) == ("SMB", None, False, True)
    assert rank["meaning"] == "one of the ten accounts that may buy, or buy more, in the coming twelve months"
    assert checks(rank) == {
        "RANK-1": (True, True),
        "RANK-2": (False, None),
        "RANK-3": (True, True),
        "RANK-4": (True, None),  # nobody is known to own it
        "RANK-5": (True, True),
    }
    assert [each["outcome"] for each in rank["explanation"]] == [True, True, True, None, True]
    assert {each["citation"]["heading"] for each in rank["explanation"]} == {
        "Small Business Account Executive Definitions for Account Ranking",
        "Required 7",
    }


@pytest.mark.parametrize(
    ("said", "pointer", "rule"),
    [
        ({"potential_users": None}, "/potential_users", "RANK-1"),
        ({"rank": "1.5", "potential_users": None}, "/potential_users", "RANK-1"),
        ({"rank": "2"}, "/note", "RANK-2"),
        ({"rank": "3"}, "/note", "RANK-2"),
        ({"sources": []}, "/sources", "RANK-5"),
        ({"reason": None}, "/reason", "RANK-5"),
    ],
)
def test_what_an_smb_rank_lacks_is_refused_by_its_field_and_rule(
    api: Api, said: dict[str, Any], pointer: str, rule: str
) -> None:
    smb(api, "lacking-1")

    problem = hold_problem(put(api, "lacking-1", account_executive="AE lacking", **said), 422, "rank_incomplete")

    assert [each["pointer"] for each in problem["errors"]] == [pointer]
    assert rule in problem["detail"]
    assert api.http.get("/v1/accounts/lacking-1/rank").status_code == 404


def test_zero_potential_users_are_filled_in_and_a_note_is_a_reason(api: Api) -> None:
    smb(api, "filled-1", "filled-2")

    assert given(api, "filled-1", account_executive="AE filled", potential_users=0)["potential_users"] == 0
    assert (
        given(api, "filled-2", account_executive="AE filled", rank="3", note="Greenfield.", reason=None)["reason"]
        is None
    )


def test_a_mid_market_rank_needs_no_potential_users_and_means_another_thing(api: Api) -> None:
    api.classify(id="mm-1", df=500, on=None, region="EMEA")

    rank = given(api, "mm-1", account_executive="AE mm", potential_users=None)

    assert rank["segment"] == "MM"
    assert rank["meaning"] == "an account to get the most Net ARR from within the fiscal year"
    assert [checks(rank)[rule] for rule in ("RANK-1", "RANK-2", "RANK-3")] == [(False, None)] * 3


def test_without_a_segment_the_checks_of_one_are_unknown_and_the_rank_is_recorded(api: Api) -> None:
    api.classify(id="pending-1", df=12, wrong={"df": "Counts one office"}, on=None)

    rank = given(api, "pending-1", account_executive="AE pending", potential_users=None)

    assert (rank["segment"], rank["meaning"], rank["citation"]) == (None, None, None)
    assert [checks(rank)[rule] for rule in ("RANK-1", "RANK-2", "RANK-3")] == [(None, None)] * 3


def test_an_unknown_account_has_no_rank_and_gets_none(api: Api) -> None:
    smb(api, "unranked-1")

    hold_problem(put(api, "nobody-1", account_executive="AE"), 404, "not_found")
    hold_problem(api.http.get("/v1/accounts/nobody-1/rank"), 404, "not_found")
    hold_problem(api.http.get("/v1/accounts/nobody-1/rank/history"), 404, "not_found")
    hold_problem(api.http.get("/v1/accounts/unranked-1/rank"), 404, "not_found")
    assert api.get("/v1/accounts/unranked-1/rank/history") == {"items": []}


def test_the_tenth_has_a_place_and_the_eleventh_is_refused_and_told_the_ten(api: Api) -> None:
    ten = full(api, "AE ten")
    smb(api, "eleventh", name="Sample Eleventh")

    problem = hold_problem(put(api, "eleventh", account_executive=" ae  TEN"), 409, "top_ten_full")

    assert all(account_id in problem["detail"] for account_id in ten)
    assert "RANK-3" in problem["detail"]
    assert given(api, "eleventh", account_executive="AE ten", rank="1.5")["has_place"] is False
    assert (
        given(api, ten[0], account_executive="AE ten", note="It stays: they meet us in spring.")["reaffirmed"] is True
    )
    given(api, ten[1], account_executive="AE ten", rank="1.5")
    assert given(api, "eleventh", account_executive="AE ten", note="There is room.")["has_place"] is True


def test_an_account_that_leaves_smb_frees_its_place(api: Api) -> None:
    ten = full(api, "AE leaving")
    smb(api, "leaving-11")
    hold_problem(put(api, "leaving-11", account_executive="AE leaving"), 409, "top_ten_full")

    api.classify(id=ten[3], df=500, on=None, region="EMEA")

    assert given(api, "leaving-11", account_executive="AE leaving")["has_place"] is True
    moved = api.get(f"/v1/accounts/{ten[3]}/rank")
    assert (moved["segment"], moved["stale"], moved["has_place"]) == ("MM", False, False)


def test_places_are_free_with_a_new_fiscal_year_until_ranks_are_reaffirmed(api: Api) -> None:
    ten = full(api, "AE year")
    smb(api, "year-11")
    api.clock.at = datetime(2026, 1, 31, 23, 59, tzinfo=UTC)
    hold_problem(put(api, "year-11", account_executive="AE year"), 409, "top_ten_full")
    assert api.get(f"/v1/accounts/{ten[0]}/rank")["stale"] is False

    api.clock.at = datetime(2026, 2, 1, tzinfo=UTC)

    old = api.get(f"/v1/accounts/{ten[0]}/rank")
    assert (old["stale"], old["has_place"], checks(old)["RANK-4"]) == (True, False, (True, False))
    assert "FY26" in old["why_stale"][0]
    assert given(api, "year-11", account_executive="AE year")["has_place"] is True
    problem = hold_problem(put(api, ten[0], account_executive="AE year"), 422, "rank_incomplete")
    assert [each["pointer"] for each in problem["errors"]] == ["/note"]
    anew = given(api, ten[0], account_executive="AE year", note="It stays: the budget is there.")
    assert (anew["stale"], anew["reaffirmed"], anew["ranked_on"]) == (False, True, "2026-02-01")


def test_nobody_but_a_known_owner_ranks_whatever_they_are_called(api: Api) -> None:
    seller(api, "owner-1", name="Sample Owner", email="owner@example.com")
    smb(api, "owned-1", owner_id="user-owner-1")

    problem = hold_problem(put(api, "owned-1", account_executive="Somebody Else"), 409, "not_the_owner")

    assert "Sample Owner (owner-1)" in problem["detail"]
    assert [each["pointer"] for each in problem["errors"]] == ["/account_executive"]
    rank = given(api, "owned-1", account_executive="sample  OWNER")
    assert checks(rank)["RANK-4"] == (True, True)
    for spelled in ("owner-1", "user-owner-1", "OWNER@example.com"):
        again = given(api, "owned-1", account_executive=spelled, note=f"Still so, says {spelled}.")
        assert again["stale"] is False
    assert {each["account_id"] for each in api.get("/v1/ranks", account_executive="owner-1")["items"]} == {"owned-1"}


def test_a_new_owner_makes_a_rank_stale_and_frees_its_place(api: Api) -> None:
    seller(api, "before-1")
    seller(api, "after-1")
    smb(api, "sold-1", owner_id="user-before-1")
    given(api, "sold-1", account_executive="before-1")

    smb(api, "sold-1", owner_id="user-after-1")

    rank = api.get("/v1/accounts/sold-1/rank")
    assert (rank["stale"], rank["has_place"]) == (True, False)
    assert rank["why_stale"] == ["Sample after-1 (after-1) owns the account now, who did not give it."]
    anew = given(api, "sold-1", account_executive="after-1", note="It stays: I spoke with them.")
    assert (anew["previous"], anew["previous_account_executive"]) == ("1", "before-1")
    assert api.get("/v1/ranks", account_executive="before-1")["items"] == []


def test_what_stood_before_somebody_was_on_record_is_theirs_where_the_name_fits_them_alone(api: Api) -> None:
    ten = full(api, "Sample Newcomer")
    smb(api, "newcomer-11")

    seller(api, "newcomer-1", name="Sample Newcomer")

    assert api.get("/v1/ranks", account_executive="newcomer-1")["places_taken"] == len(ten)
    hold_problem(put(api, "newcomer-11", account_executive="newcomer-1"), 409, "top_ten_full")
    seller(api, "newcomer-2", name="Sample Newcomer")
    hold_problem(put(api, "newcomer-11", account_executive="Sample Newcomer"), 422, "several_people")
    hold_problem(api.http.get("/v1/ranks", params={"account_executive": "Sample Newcomer"}), 422, "several_people")


def test_every_change_is_on_record_and_what_stands_word_by_word_is_not_recorded_again(api: Api) -> None:
    smb(api, "changed-1")
    given(api, "changed-1", account_executive="AE changed")
    again = put(api, "changed-1", account_executive="AE changed")
    given(api, "changed-1", account_executive="AE changed", rank="3", note="They bought elsewhere.")

    first = api.http.get("/v1/accounts/changed-1/rank/history", params={"limit": 1})
    last = api.http.get(first.links["next"]["url"])

    assert again.status_code == 200
    found = [*first.json()["items"], *last.json()["items"]]
    assert [(each["rank"], each["previous"], each["recorded_by"]) for each in found] == [
        ("3", "1", "tester"),
        ("1", None, "tester"),
    ]
    assert [each["note"] for each in found] == ["They bought elsewhere.", None]
    assert "next" not in last.links


def test_what_is_sent_again_is_held_to_the_rules_of_the_segment_that_the_account_has_by_then(api: Api) -> None:
    api.classify(id="became-smb-1", df=500, on=None, region="EMEA")
    given(api, "became-smb-1", account_executive="AE became", potential_users=None)

    smb(api, "became-smb-1")

    stands = api.get("/v1/accounts/became-smb-1/rank")
    assert (stands["segment"], checks(stands)["RANK-1"]) == ("SMB", (True, False))
    again = put(api, "became-smb-1", account_executive="AE became", potential_users=None)
    assert "RANK-1" in hold_problem(again, 422, "rank_incomplete")["detail"]


def test_a_key_for_idempotency_gives_the_first_answer_again(api: Api) -> None:
    smb(api, "once-1")
    headers = {"Idempotency-Key": "rank-once-1"}
    path = "/v1/accounts/once-1/rank"

    first = api.http.put(path, json=STATED | {"account_executive": "AE once"}, headers=headers)
    given(api, "once-1", account_executive="AE once", rank="1.5")
    second = api.http.put(path, json=STATED | {"account_executive": "AE once"}, headers=headers)

    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert api.get(path)["rank"] == "1.5"
