"""Cases of account ranks, each with what the handbook makes of it (RANK-1 to RANK-5)."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from service.domain.clauses import Outcome
from service.domain.errors import DomainError
from service.domain.people import Period, Role, SeveralPeopleError
from service.domain.rank_checks import (
    NotTheOwnerError,
    RankIncompleteError,
    TopTenFullError,
    checks_of,
    explained,
    refuse_unmet,
)
from service.domain.ranks import MEANINGS, GivenRank, Held, Rank
from service.domain.sales_bounds import SalesBounds
from service.domain.sellers import Sellers
from service.domain.terms import Segment

TODAY = date(2022, 3, 15)
MM, SMB, LARGE = Segment.MM, Segment.SMB, Segment.LARGE
PEOPLE = {
    "seller-1": Period(name="Sample Seller", role=Role.AE, crm_user_id="user-1", active_from=date(2022, 2, 1)),
    "Seller-2": Period(name="Sample Other", role=Role.AE, crm_user_id="user-2", active_from=date(2022, 2, 1)),
    "twin-1": Period(name="Sample Twin", role=Role.AE, active_from=date(2022, 2, 1)),
    "twin-2": Period(name="Sample Twin", role=Role.AE, active_from=date(2022, 2, 1)),
}
SELLERS = Sellers({(person_id, each.active_from): each for person_id, each in PEOPLE.items()}, TODAY)
# rank, segment, potential users, note -> whether RANK-1, RANK-2 and RANK-3 apply, and are met; with none of the ten
NONE: tuple[Outcome, Outcome] = (False, None)
UNKNOWN: tuple[Outcome, Outcome] = (None, None)
MET, UNMET = (True, True), (True, False)
BY_SEGMENT: list[tuple[str, Segment | None, int | None, str | None, list[tuple[Outcome, Outcome]]]] = [
    ("1", SMB, 40, None, [MET, NONE, MET]),
    ("1", SMB, 0, None, [MET, NONE, MET]),
    ("1", SMB, None, "Why.", [UNMET, NONE, MET]),
    ("1.5", SMB, 40, None, [MET, NONE, NONE]),
    ("1.5", SMB, None, None, [UNMET, NONE, NONE]),
    ("2", SMB, None, "Why.", [NONE, MET, NONE]),
    ("2", SMB, 40, None, [NONE, UNMET, NONE]),
    ("3", SMB, None, "Why.", [NONE, MET, NONE]),
    ("3", SMB, None, None, [NONE, UNMET, NONE]),
    *((str(rank), segment, None, None, [NONE] * 3) for rank in Rank for segment in (MM, LARGE)),
    *((str(rank), None, 40, "Why.", [UNKNOWN] * 3) for rank in Rank),
]


def given(**said: Any) -> GivenRank:  # noqa: ANN401 - fields
    stated: dict[str, Any] = {
        "rank": Rank.ONE,
        "account_executive": "seller-1",
        "potential_users": 40,
        "sources": ("A call.",),
    }
    return GivenRank(**stated | {"reason": "They want to buy.", "ranked_on": TODAY} | said)


def held(**said: Any) -> Held:  # noqa: ANN401 - fields
    usual = Held(
        id=UUID(int=1),
        account_id="acc-1",
        rank=Rank.ONE,
        person="seller-1",
        ranked_on=TODAY,
        segment=SMB,
        owner_id=None,
    )
    return replace(usual, **said)


@pytest.mark.parametrize(("rank", "segment", "users", "note", "expected"), BY_SEGMENT)
def test_what_a_rank_needs_goes_by_rank_and_segment(
    rank: str, segment: Segment | None, users: int | None, note: str | None, expected: list[tuple[Outcome, Outcome]]
) -> None:
    found = checks_of(
        given(rank=Rank(rank), potential_users=users, note=note),
        held(rank=Rank(rank), segment=segment),
        0,
        SELLERS,
        TODAY,
        SalesBounds(),
    )

    assert [each.rule for each in found] == ["RANK-1", "RANK-2", "RANK-3", "RANK-4", "RANK-5"]
    assert [(each.applies, each.met) for each in found[:3]] == expected


def test_each_rank_means_something_in_smb_and_in_mid_market_and_nothing_elsewhere() -> None:
    assert set(MEANINGS) == {(segment, rank) for segment in (SMB, MM) for rank in Rank}
    assert len({each.gist for each in MEANINGS.values()}) == len(MEANINGS)


@pytest.mark.parametrize(
    ("others", "places", "fits"),
    [(0, 10, True), (9, 10, True), (10, 10, False), (11, 10, False), (2, 3, True), (3, 3, False), (0, 1, True)],
)
def test_the_tenth_has_a_place_and_the_eleventh_has_none_unless_there_are_others(
    others: int, places: int, *, fits: bool
) -> None:
    taken = [f"acc-{number}" for number in range(others)]
    found = checks_of(given(), held(), others, SELLERS, TODAY, SalesBounds(top_places=places))

    if fits:
        refuse_unmet(found, given(), held(), taken, SELLERS, places)
        return
    with pytest.raises(TopTenFullError) as refused:
        refuse_unmet(found, given(), held(), taken, SELLERS, places)
    assert (refused.value.pointer, refused.value.taken) == ("/rank", tuple(taken))
    assert all(each in str(refused.value) for each in (*taken, "RANK-3", f"may have {places} "))


@pytest.mark.parametrize(
    ("ranked_on", "today", "stale"),
    [
        (date(2022, 2, 1), date(2023, 1, 31), False),
        (date(2022, 1, 31), date(2022, 2, 1), True),
        (date(2022, 1, 31), date(2022, 1, 31), False),
        (date(2021, 2, 1), date(2022, 1, 31), False),
        (date(2021, 3, 15), date(2022, 3, 15), True),
    ],
)
def test_a_rank_is_stale_with_the_first_day_of_the_next_fiscal_year(
    ranked_on: date, today: date, *, stale: bool
) -> None:
    rank = held(ranked_on=ranked_on)

    assert (rank.is_stale(SELLERS, today), rank.has_place(SELLERS, today)) == (stale, not stale)
    assert [("FY" in each) for each in rank.why_stale(SELLERS, today)] == [True] * stale


@pytest.mark.parametrize(
    ("owner_id", "person", "met"),
    [
        (None, "seller-1", None),
        ("user-of-nobody", "seller-1", None),
        ("user-1", "seller-1", True),
        ("user-1", "sample seller", True),
        ("user-1", "user-1", True),
        ("user-2", "seller-2", True),
        ("user-2", "seller-1", False),
        ("user-1", "sample twin", False),
        ("user-1", "somebody else", False),
    ],
)
def test_a_rank_is_the_present_owners_however_they_are_called(owner_id: str | None, person: str, met: Outcome) -> None:
    rank = held(owner_id=owner_id, person=person)

    current = checks_of(given(), rank, 0, SELLERS, TODAY, SalesBounds())[3]

    assert (current.rule, current.met, rank.is_stale(SELLERS, TODAY)) == ("RANK-4", met, met is False)


def test_a_rank_of_another_segment_or_place_takes_none_of_the_ten() -> None:
    assert held().has_place(SELLERS, TODAY)
    others: list[dict[str, Any]] = [
        {"rank": Rank.ONE_AND_A_HALF},
        {"segment": MM},
        {"segment": None},
        {"owner_id": "user-2"},
    ]
    assert [held(**said).has_place(SELLERS, TODAY) for said in others] == [False] * len(others)


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({}, None),
        ({"sources": ()}, "/sources"),
        ({"reason": None}, "/reason"),
        ({"reason": None, "note": "Why."}, None),
        ({"previous": Rank.ONE}, "/note"),
        ({"previous": Rank.ONE, "note": "It stays."}, None),
        ({"previous": Rank.TWO}, None),
    ],
)
def test_a_rank_has_a_reason_and_sources_and_an_unchanged_one_a_note(said: dict[str, Any], pointer: str | None) -> None:
    stated = given(**said)
    found = checks_of(stated, held(), 0, SELLERS, TODAY, SalesBounds())

    assert found[4].met is (pointer is None)
    if pointer is not None:
        with pytest.raises(RankIncompleteError, match="RANK-5") as refused:
            refuse_unmet(found, stated, held(), [], SELLERS, 10)
        assert refused.value.pointer == pointer


@pytest.mark.parametrize(
    ("said", "stands", "error"),
    [
        ({"potential_users": None, "sources": ()}, {"owner_id": "user-2"}, NotTheOwnerError),
        ({"potential_users": None}, {}, RankIncompleteError),
        ({}, {}, TopTenFullError),
    ],
)
def test_who_may_not_give_a_rank_is_told_so_before_what_it_lacks_and_that_before_the_ten(
    said: dict[str, Any], stands: dict[str, Any], error: type[DomainError]
) -> None:
    stated, rank = given(**said), held(**stands)

    found = checks_of(stated, rank, 10, SELLERS, TODAY, SalesBounds())
    with pytest.raises(error):
        refuse_unmet(found, stated, rank, ["acc"] * 10, SELLERS, 10)


def test_what_is_explained_cites_the_handbook_and_asks_nothing_where_a_rule_does_not_apply() -> None:
    told = list(explained(checks_of(given(), held(), 0, SELLERS, TODAY, SalesBounds())))

    assert [each.outcome for each in told] == [True, True, True, None, True]
    assert all(each.citation is not None and each.citation.pins for each in told)


def test_a_name_that_fits_several_is_nobodys_until_one_is_named_by_id() -> None:
    with pytest.raises(SeveralPeopleError, match="twin-1, twin-2"):
        SELLERS.meant("Sample Twin")
    assert SELLERS.whose("sample twin") == "sample twin"
    assert SELLERS.names("seller-2") == {"seller-2", "sample other", "user-2"}


@pytest.mark.parametrize("rank", ["4", "1.0", "", "one"])
def test_there_are_four_ranks(rank: str) -> None:
    with pytest.raises(ValidationError):
        GivenRank.model_validate_json(f'{{"rank": "{rank}", "account_executive": "AE", "ranked_on": "2022-03-15"}}')
