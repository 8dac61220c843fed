"""Cells of files that people open in a spreadsheet: what would run is neutralised, and a number stays what it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.spreadsheets import neutralised, protected, restored

NUMBERS = ["-3", "+3", "-3.5", "+0.5", "-.5", "-3.", "3", "1.5", "-0"]
FORMULAS = [
    "-3+4",
    "--3",
    "-1.2.3",
    "-",
    "+",
    "-.",
    "-1e3",
    "=3",
    "@3",
    " -3",
    "-3 ",
    "-3\n",
    "-\N{FULLWIDTH DIGIT THREE}",
]


@pytest.mark.parametrize("cell", NUMBERS)
def test_a_number_is_no_formula(cell: str) -> None:
    assert neutralised(cell) == protected(cell) == restored(cell) == cell


@pytest.mark.parametrize("cell", FORMULAS)
def test_what_begins_like_a_formula_and_is_no_number_gets_an_apostrophe(cell: str) -> None:
    assert neutralised(cell) == protected(cell) == f"'{cell}"


@given(st.text("'=+-@.3 \t\n", max_size=6))
def test_what_is_protected_is_restored(cell: str) -> None:
    assert restored(protected(cell)) == cell
