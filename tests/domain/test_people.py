"""People, each for a time: no two at once of one person, nobody above themselves, and who is meant by a name."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.people import (
    Key,
    ManagerCircleError,
    OverlappingPeriodError,
    Period,
    Role,
    SeveralPeopleError,
    find_person,
    people_on,
    refusals,
    same_person,
)

START = date(2026, 2, 1)
DAYS = [START + timedelta(days=number) for number in range(8)]
IDS = ["a", "b", "c"]


def period(begins: int = 0, ends: int | None = None, **said: str | None) -> Period:
    until = None if ends is None else START + timedelta(days=ends)
    stated = {"name": "Sample Seller", "role": Role.AE, "active_from": START + timedelta(days=begins)} | said
    return Period.model_validate(stated | {"active_until": until})


@st.composite
def said(draw: st.DrawFn) -> tuple[Key, Period]:
    begins = draw(st.integers(0, 5))
    ends = draw(st.none() | st.integers(begins, 7))
    manager = draw(st.none() | st.sampled_from(IDS))
    user = draw(st.none() | st.sampled_from(["user-1", "user-2"]))
    person_id = draw(st.sampled_from(IDS))
    made = period(begins, ends, manager_id=manager, crm_user_id=user)
    return (person_id, made.active_from), made


@given(st.lists(st.lists(said(), min_size=1, max_size=3), max_size=12))
def test_whatever_is_said_every_day_has_each_person_and_user_once_and_no_circle(
    batches: list[list[tuple[Key, Period]]],
) -> None:
    standing: dict[Key, Period] = {}
    for batch in batches:
        would = {**standing, **dict(batch)}
        refused = list(refusals(would, dict(batch)))
        assert bool(refused) == any(not _is_sound(day, would) for day in DAYS)
        standing = standing if refused else would


def _is_sound(day: date, standing: dict[Key, Period]) -> bool:
    """The same, read plainly: of one day."""
    holding = [(key[0], each) for key, each in standing.items() if each.holds_on(day)]
    users = [each.crm_user_id for _, each in holding if each.crm_user_id]
    managers = {person_id: each.manager_id for person_id, each in holding}
    if len(managers) < len(holding) or len(set(users)) < len(users):
        return False
    for person_id, manager_id in managers.items():
        above = manager_id
        for _ in IDS:
            if above == person_id:
                return False
            above = managers.get(above or "")
    return True


@pytest.mark.parametrize(
    ("other", "error"),
    [
        (period(3), None),
        (period(2), OverlappingPeriodError),
        (period(-1, 0), None),
        (period(-1, 1), OverlappingPeriodError),
        (period(1, 1), None),
    ],
)
def test_a_period_ends_on_the_day_on_which_it_holds_no_more(other: Period, error: type[Exception] | None) -> None:
    standing = {("a", START): period(0, 3), ("a", other.active_from): other}

    found = [type(each.error) for each in refusals(standing, [("a", other.active_from)])]

    assert found == ([] if error is None else [error])


def test_a_long_chain_of_managers_is_no_circle_until_it_closes() -> None:
    chain = {(str(number), START): period(manager_id=str(number + 1)) for number in range(3000)}
    assert list(refusals(chain, [("0", START)])) == []

    closed = chain | {("3000", START): period(manager_id="0")}
    (refused,) = refusals(closed, [("3000", START)])
    assert isinstance(refused.error, ManagerCircleError)


PEOPLE = {
    "seller-1": period(name="Sample Seller", email="One@example.com", crm_user_id="0058a00000SamplAAB"),
    "seller-2": period(name="Sample Twin", email="both@example.com"),
    "seller-3": period(name="sample  TWIN", email="both@example.com"),
    "Sample Seller 4": period(name="seller-1"),
}


@pytest.mark.parametrize(
    ("named", "person_id"),
    [
        ("seller-1", "seller-1"),
        ("0058a00000SamplAAB", "seller-1"),
        ("0058a00000Sampl", "seller-1"),
        ("one@EXAMPLE.com", "seller-1"),
        (" sample  seller", "seller-1"),
        ("0058a00000SamplXXX", None),
        ("Sample Stranger", None),
    ],
)
def test_a_person_is_found_by_id_user_email_or_else_by_a_name(named: str, person_id: str | None) -> None:
    assert find_person(named, PEOPLE) == person_id


def test_an_id_is_one_persons_in_whatever_case_but_for_one_that_is_taken_back() -> None:
    standing = {("Seller-1", START): period()}
    other, taken_back = ("SELLER-1", START), period(0, 0)

    refused = list(refusals(standing | {other: period()}, [other]))

    assert [str(each.error) for each in refused] == [
        "SELLER-1 is on record as Seller-1, and an id is one person's in whatever case"
    ]
    assert list(refusals(standing | {other: taken_back}, [other])) == []
    assert list(refusals({("Seller-1", START): taken_back, other: period()}, [other])) == []


def test_a_name_is_one_however_its_accents_are_put_together() -> None:
    assert same_person("Zo\u00eb  SAMPLE") == same_person("zoe\u0308 sample")


@pytest.mark.parametrize("named", ["Sample Twin", "both@example.com"])
def test_several_who_fit_are_refused_with_the_list(named: str) -> None:
    with pytest.raises(SeveralPeopleError, match="seller-2, seller-3") as refused:
        find_person(named, PEOPLE, "/discovered_by")

    assert (refused.value.ids, refused.value.pointer) == (("seller-2", "seller-3"), "/discovered_by")


def test_a_name_is_that_of_who_is_active_on_the_day() -> None:
    standing = {("a", START): period(0, 3), ("b", START): period(0), ("a", DAYS[4]): period(4, name="Sample Other")}

    assert find_person("Sample Seller", people_on(DAYS[3], standing)) == "b"
    assert set(people_on(DAYS[4], standing)) == {"a", "b"}
