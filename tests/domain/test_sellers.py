"""Who is meant: one person however they are spelled, of the people of a day or else of all who were on record."""

from datetime import date

import pytest

from service.domain.people import Period, Role, SeveralPeopleError
from service.domain.sellers import NOBODY, Sellers

TODAY = date(2026, 3, 1)
USER = "0058a00000SamplAAB"


def period(name: str, begins: date = date(2022, 2, 1), **said: date | str | None) -> Period:
    return Period.model_validate({"name": name, "role": Role.AE, "active_from": begins} | said)


PERIODS = {
    "Ann-1": [period("Sample Ann", email="Ann@example.com", crm_user_id=USER, active_until=date(2024, 2, 1))],
    "ann-2": [period("Sample Ann", date(2024, 2, 1))],
    "ben-1": [period("Sample Ben", active_until=date(2024, 2, 1)), period("Sample Bob", date(2024, 2, 1))],
    "twin-1": [period("Sample Twin")],
    "twin-2": [period("sample  TWIN")],
}
SELLERS = Sellers({(key, each.active_from): each for key, said in PERIODS.items() for each in said}, TODAY)


@pytest.mark.parametrize(
    ("named", "on", "person"),
    [
        ("ANN-1", None, "ann-1"),
        ("sample ann", None, "ann-2"),
        ("sample ann", date(2023, 1, 1), "ann-1"),
        ("ann@EXAMPLE.com", None, "ann-1"),
        (USER, None, "ann-1"),
        (USER[:15], None, "ann-1"),
        ("Sample Ben", None, "ben-1"),
        ("Sample Ben", date(2021, 1, 1), "ben-1"),
        ("Sample  Bob", date(2023, 1, 1), "ben-1"),
        (" Sample  Stranger", None, "sample stranger"),
        ("Sample Twin", None, "sample twin"),
    ],
)
def test_whoever_is_meant_is_named_in_one_way(named: str, on: date | None, person: str) -> None:
    assert SELLERS.whose(named, on) == person


def test_of_several_none_is_meant_until_one_is_named_by_id() -> None:
    with pytest.raises(SeveralPeopleError, match="twin-1, twin-2"):
        SELLERS.meant("Sample Twin", "/sdr")

    assert SELLERS.names("twin-1") == {"twin-1"}
    assert SELLERS.meant("twin-1") == "twin-1"


def test_the_names_of_a_person_are_all_that_nobody_else_is_meant_by_today() -> None:
    assert SELLERS.names("ben-1") == {"ben-1", "sample ben", "sample bob"}
    assert SELLERS.names("ann-1") == {"ann-1", "ann@example.com", USER.lower(), USER[:15].lower()}
    assert SELLERS.names("ann-2") == {"ann-2", "sample ann"}
    assert SELLERS.may_be("Sample Ann", "ann-1"), "on a day of theirs"
    assert NOBODY.names(NOBODY.meant(" Sample  AE")) == {"sample ae"}
