import pytest

from service.domain.clauses import Choice, Clause, Expression, Flag, Quantity, all_of, any_of
from service.domain.fy23 import fy23
from service.domain.fy23_citations import GUIDELINE
from service.domain.terms import Basis, Segment, Source, Team
from service.domain.vocabulary import PRIMARY_SOURCES
from service.domain.wording import (
    BASIS_NAMES,
    SEGMENT_NAMES,
    SOURCE_NAMES,
    TEAM_NAMES,
    clauses_of,
    formula_of,
    listing,
    quantity,
    text_of,
)

f, g, h = Flag("f"), Flag("g"), Flag("h")
n = Quantity("n")
s = Choice("s")
ONE = Clause("1", "One", f.holds & g.holds, GUIDELINE)
TWO = Clause("2", "Two", n >= 5, GUIDELINE)


@pytest.mark.parametrize(
    ("expression", "text", "formula"),
    [
        (f.holds, "f", "f"),
        (n.is_known, "n is known", "n is known"),
        (n >= 500, "n >= 500", "n >= 500"),
        (s.is_in("a"), "s is a", "s is a"),
        (s.is_in("a", "b"), "s is one of a, b", "s is one of a, b"),
        (~f.holds, "not f", "not f"),
        (~(f.holds | g.holds), "not (f or g)", "not (f or g)"),
        (f.holds & g.holds, "f and g", "f and g"),
        (all_of(f.holds, g.holds, h.holds), "f and g and h", "f and g and h"),
        (f.holds & (g.holds | h.holds), "f and (g or h)", "f and (g or h)"),
        (any_of(f.holds & g.holds, h.holds), "(f and g) or h", "(f and g) or h"),
        (ONE, "f and g", "1"),
        (ONE & TWO, "(f and g) and n >= 5", "1 and 2"),
        (ONE | ~TWO, "(f and g) or not n >= 5", "1 or not 2"),
        (ONE & (TWO | h.holds), "(f and g) and (n >= 5 or h)", "1 and (2 or h)"),
    ],
)
def test_an_expression_reads_as_words_and_as_the_formula_of_its_clauses(
    expression: Expression, text: str, formula: str
) -> None:
    assert (text_of(expression), formula_of(expression)) == (text, formula)


def test_the_clauses_of_an_expression_are_found_in_order() -> None:
    assert clauses_of(any_of(TWO, ~ONE, f.holds & TWO, n.is_known, s.is_in("a"))) == [TWO, ONE, TWO]
    assert clauses_of(n > 1) == []


def test_the_moves_read_as_the_handbook_writes_their_logic() -> None:
    test = fy23().steps["ROUTE-3/test"].expression

    assert formula_of(test) == "1 and 2 and (3 or 4)"
    assert [text_of(clause) for clause in clauses_of(test)] == [
        "segment is MM and region is one of NORAM, EMEA",
        "first_order_available",
        "max_family_employees >= 500",
        "lam_dev_count >= 100",
    ]


@pytest.mark.parametrize(("number", "words"), [(1, "1 employee"), (2, "2 employees"), (1608, "1,608 employees")])
def test_a_quantity_reads_in_singular_or_plural(number: int, words: str) -> None:
    assert quantity(number, "employee") == words


@pytest.mark.parametrize(("items", "words"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")])
def test_a_list_reads_as_a_sentence_does(items: list[str], words: str) -> None:
    assert listing(items) == words


def test_a_list_can_be_of_alternatives() -> None:
    assert listing(["a", "b", "c"], "or") == "a, b or c"


def test_every_segment_team_source_and_basis_has_its_name() -> None:
    assert set(SEGMENT_NAMES) == set(Segment)
    assert set(TEAM_NAMES) == set(Team)
    assert tuple(SOURCE_NAMES) == PRIMARY_SOURCES
    assert Source.THIRD_PARTY not in SOURCE_NAMES
    assert set(BASIS_NAMES) == set(Basis)
