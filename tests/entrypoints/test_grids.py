import pytest

from service.domain.wording import TEAM_NAMES
from service.entrypoints.cli.grids import Grid

NAMES = [*TEAM_NAMES.values(), "none yet"]


@pytest.mark.parametrize("number", [0, 7, 99_999, 1_234_567, 99_999_999])
def test_numbers_of_every_team_by_every_team_fit_a_page_and_none_is_broken(number: int) -> None:
    above, below = Grid(["Current team", *NAMES], [(name, [number] * len(NAMES)) for name in NAMES]).lines()

    assert max(map(len, (*above, *below))) <= 80
    assert sum(line.split().count(f"{number:,}") for line in below) == len(NAMES) ** 2
    told = " ".join(" ".join(line) for line in zip(*(line.ljust(80) for line in above), strict=True))
    assert all(letter in told for letter in "SMBMarketTerritoryAccountsCommercialyet")


def test_headings_stay_on_a_line_where_there_is_room() -> None:
    above, below = Grid(["Team", "one", "two words"], [("a", [1, 2_000]), ("longer", [30, 4])]).lines()
    assert above == ["Team    one  two words"]
    assert below == ["a         1      2,000", "longer   30          4"]


def test_a_grid_that_no_wrapping_brings_within_a_page_is_said_to_be_too_wide() -> None:
    assert Grid(["Team", *map(str, range(7))], [("a", [1_000_000] * 7)]).fits
    assert not Grid(["Team", *map(str, range(8))], [("a", [1_000_000] * 8)]).fits


def test_a_heading_of_one_long_word_is_broken_rather_than_a_number() -> None:
    heading = "Antarctica-and-" + "x" * 60
    above, below = Grid(["Team", heading, *["EMEA"] * 5], [("Key Accounts Named", [1_000_000] * 6)]).lines()
    assert max(map(len, (*above, *below))) <= 80
    assert below[0].count("1,000,000") == 6
