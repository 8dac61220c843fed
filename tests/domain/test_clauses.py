from collections.abc import Callable
from datetime import date
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.clauses import (
    And,
    Choice,
    Clause,
    Compare,
    Expression,
    Flag,
    Holds,
    IsIn,
    Known,
    Not,
    Or,
    Outcome,
    Quantity,
    all_of,
    any_of,
)
from service.domain.evaluation import compile_answer, compile_expression, unsettled_facts
from service.domain.fy23_citations import GUIDELINE
from tests.domain.generated import MANY, any_expression, any_values
from tests.domain.kleene import answers

f, g = Flag("f"), Flag("g")
n = Quantity("n")
s = Choice("s")
NOT = {True: False, False: True, None: None}
AND = {
    (True, True): True,
    (True, None): None,
    (True, False): False,
    (None, None): None,
    (None, False): False,
    (False, False): False,
}
OR = {
    (True, True): True,
    (True, None): True,
    (True, False): True,
    (None, None): None,
    (None, False): None,
    (False, False): False,
}


def evaluated(expression: Expression, **values: object) -> tuple[Outcome, list[Outcome]]:
    trail = compile_expression(expression)(values)
    assert compile_answer(expression)(values) is trail[-1]
    return trail[-1], trail


@pytest.mark.parametrize("value", [True, False, None])
def test_not_turns_what_is_known_around(value: Outcome) -> None:
    assert evaluated(~f.holds, f=value) == (NOT[value], [value, NOT[value]])


@pytest.mark.parametrize(("join", "table"), [(all_of, AND), (any_of, OR)])
@pytest.mark.parametrize("pair", list(product([True, False, None], repeat=2)))
def test_and_and_or_follow_kleenes_truth_table(
    join: Callable[..., Expression], table: dict[tuple[Outcome, Outcome], Outcome], pair: tuple[Outcome, Outcome]
) -> None:
    left, right = pair
    expected = table[pair] if pair in table else table[right, left]

    assert evaluated(join(f.holds, g.holds), f=left, g=right) == (expected, [left, right, expected])


@pytest.mark.parametrize(
    ("leaf", "value", "expected"),
    [
        (n < 5, 4, True),
        (n < 5, 5, False),
        (n <= 5, 5, True),
        (n <= 5, 6, False),
        (n > 5, 6, True),
        (n > 5, 5, False),
        (n >= 5, 5, True),
        (n >= 5, 4, False),
        (n >= 5, 0, False),
        (n >= 5, None, None),
        (n <= date(2022, 2, 24), date(2022, 2, 24), True),
        (n.is_known, None, False),
        (n.is_known, 0, True),
        (s.is_in("a", "b"), "b", True),
        (s.is_in("a", "b"), "c", False),
        (s.is_in("a", "b"), None, None),
        (f.holds, True, True),
        (f.holds, False, False),
        (f.holds, None, None),
        (f.is_known, False, True),
    ],
)
def test_a_question_of_one_fact_is_answered_by_its_value(leaf: Expression, value: object, expected: Outcome) -> None:
    assert evaluated(leaf, n=value, s=value, f=value) == (expected, [expected])


def test_a_settled_junction_still_hears_every_part() -> None:
    assert evaluated(f.holds | g.holds, f=True, g=None) == (True, [True, None, True])
    assert evaluated(f.holds & g.holds, f=False, g=None) == (False, [False, None, False])


def test_an_unknown_part_does_not_hide_one_that_settles_and_is_not_hidden_by_one_that_does_not() -> None:
    assert evaluated(all_of(n.is_known, f.holds, g.holds), n=1, f=None, g=True)[0] is None
    assert evaluated(all_of(f.holds, g.holds, n.is_known), n=None, f=None, g=True)[0] is False
    assert evaluated(any_of(f.holds, g.holds, n.is_known), n=1, f=None, g=False)[0] is True


def test_a_clause_leaves_no_outcome_of_its_own() -> None:
    assert evaluated(Clause("1", "Title", ~f.holds, GUIDELINE), f=True) == (False, [True, False])


def test_a_fact_that_is_not_given_at_all_is_an_error_and_not_unknown() -> None:
    with pytest.raises(KeyError):
        evaluated(f.holds, g=True)


def test_pythons_operators_build_the_expression() -> None:
    assert f.holds & g.holds == And((Holds("f"), Holds("g"))) == all_of(f.holds, g.holds)
    assert f.holds | g.holds == Or((Holds("f"), Holds("g"))) == any_of(f.holds, g.holds)
    assert ~f.is_known == Not(Known("f"))
    assert [n < 1, n <= 1, n > 1, n >= 1] == [Compare("n", sign, 1) for sign in ("<", "<=", ">", ">=")]
    assert s.is_in("a", "b") == IsIn("s", ("a", "b"))


def test_every_expression_is_answered_as_a_naive_reading_of_kleenes_logic_answers_it() -> None:
    random = Random(324)
    for _ in range(MANY // 4):
        _agrees(random)


@settings(max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_departure_from_kleenes_logic_shrinks_to_a_small_expression(random: Random) -> None:
    _agrees(random)


def test_knowing_the_facts_that_are_named_settles_the_expression() -> None:
    random, unknown = Random(5), 0
    for _ in range(MANY // 4):
        # Without the question whether a fact is known, which learning the fact would answer anew.
        expression, values = any_expression(random, known=False), any_values(random)
        outcome, outcomes = evaluated(expression, **values)
        named = unsettled_facts(expression, outcomes)
        unknown += outcome is None

        assert (outcome is None) == bool(named)
        assert all(values[name] is None for name in named)
        for _ in range(3):
            learnt = {name: value for name, value in any_values(random, unknown=False).items() if name in named}
            assert evaluated(expression, **(values | learnt))[0] is not None
    assert unknown > MANY // 20


@pytest.mark.parametrize(
    ("expression", "values", "named"),
    [
        (f.holds, {"f": None}, ["f"]),
        (f.holds, {"f": True}, []),
        (~f.holds & (n > 1), {"f": None, "n": None}, ["f", "n"]),
        ((n > 1) & f.holds, {"f": None, "n": None}, ["n", "f"]),
        (f.holds | g.holds, {"f": None, "g": True}, []),
        (f.holds & (g.holds | (n > 1)), {"f": None, "g": True, "n": None}, ["f"]),
        (f.holds & (g.holds & (n > 1)), {"f": None, "g": True, "n": None}, ["f", "n"]),
        (f.holds & ~f.holds, {"f": None}, ["f"]),
        (Clause("1", "Title", s.is_in("a"), GUIDELINE) | f.holds, {"s": None, "f": False}, ["s"]),
        (~f.is_known | g.holds, {"f": True, "g": None}, ["g"]),
    ],
)
def test_the_facts_that_would_settle_are_named_once_and_in_order(
    expression: Expression, values: dict[str, object], named: list[str]
) -> None:
    _, outcomes = evaluated(expression, **values)

    assert unsettled_facts(expression, outcomes) == named


def _agrees(random: Random) -> None:
    expression, values = any_expression(random), any_values(random)
    outcome, outcomes = evaluated(expression, **values)

    assert outcomes == answers(expression, values)
    assert outcome is outcomes[-1]
