"""What holds a rule back, and by how much: the distance is exact, and only what is false is named."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from service.domain.clauses import And, Clause, Compare, Expression, Holds, IsIn, Known, Not, Or, Quantity
from service.domain.nearness import Hindrance, hindrances, said
from service.domain.wording import text_of
from tests.domain.generated import FEW, any_expression, any_values
from tests.domain.kleene import answers

CUT_OFF = date(2022, 2, 24)
NUMBERS = [Compare("fact", sign, 500) for sign in ("<", "<=", ">", ">=")]
DAYS = [Compare("fact", sign, CUT_OFF) for sign in ("<", "<=", ">", ">=")]


def leaves(expression: Expression) -> Iterator[Known | Holds | Compare | IsIn]:
    """The facts' own clauses of an expression, in its order."""
    match expression:
        case Not(part):
            yield from leaves(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from leaves(part)
        case Clause(expression=inner):
            yield from leaves(inner)
        case Known() | Holds() | Compare() | IsIn():
            yield expression


def held_back(expression: Expression, values: dict[str, Any]) -> list[Hindrance]:
    return hindrances(expression, answers(expression, values), values)


def holds(comparison: Compare, value: object) -> bool:
    return answers(comparison, {comparison.fact: value})[-1] is True


def steps(value: Any, *, off_by: int | Decimal) -> tuple[Any, Any]:  # noqa: ANN401 - a number, an amount or a day
    """The value changed by as much as it is off, and by one step less."""
    if isinstance(value, date):
        nearest, step = value - timedelta(days=int(off_by)), timedelta(days=1)
        return nearest, nearest + (step if off_by > 0 else -step)
    least = Decimal("0.01") if isinstance(value, Decimal) else 1
    return value - off_by, value - off_by + (least if off_by > 0 else -least)


@pytest.mark.parametrize(
    ("comparisons", "values"),
    [
        (NUMBERS, [0, 1, 498, 499, 500, 501, 502, 100_000_000]),
        (NUMBERS, [Decimal(text) for text in ("0", "499.99", "500.00", "500.01", "19999.99", "99999999999.99")]),
        (DAYS, [CUT_OFF + timedelta(days=number) for number in (-400, -2, -1, 0, 1, 2, 400)]),
    ],
)
def test_changing_a_value_by_as_much_as_it_is_off_is_just_enough(comparisons: list[Compare], values: list[Any]) -> None:
    measured = 0
    for comparison in comparisons:
        for value in values:
            found = held_back(comparison, {"fact": value})
            assert bool(found) is not holds(comparison, value)
            for hindrance in found:
                assert hindrance.off_by
                enough, too_little = steps(value, off_by=hindrance.off_by)
                assert holds(comparison, enough), (comparison, value)
                assert not holds(comparison, too_little), (comparison, value)
                measured += 1
    assert measured > len(comparisons)


def test_only_what_is_false_holds_anything_back() -> None:
    random, tried = Random(31), 0
    for _ in range(FEW):
        expression, values = any_expression(random), any_values(random)
        found = held_back(expression, values)
        outcome = answers(expression, values)[-1]
        assert bool(found) <= (outcome is False)
        own = {text_of(leaf): leaf for leaf in leaves(expression)}
        for hindrance in found:
            leaf = own.get(hindrance.text)
            if leaf is None:
                continue  # the part that is not to hold, told as a whole
            assert answers(leaf, values) == [False]
            assert hindrance.value == values[leaf.fact]
            tried += 1
    assert tried > FEW // 10


def test_every_false_expression_is_held_back_by_something() -> None:
    random = Random(32)
    for _ in range(FEW):
        expression, values = any_expression(random), any_values(random, unknown=False)
        assert bool(held_back(expression, values)) is (answers(expression, values)[-1] is False)


def test_an_unknown_fact_beside_a_false_one_is_not_named() -> None:
    few = Quantity("employees") < 500
    both = few & (Quantity("users") < 100)

    assert held_back(both, {"employees": 520, "users": None}) == [Hindrance("employees < 500", 520, 21)]
    assert held_back(both, {"employees": None, "users": None}) == []


@pytest.mark.parametrize(
    ("hindrance", "words"),
    [
        (Hindrance("employees < 500", 520, 21), "employees < 500 (520 is 21 too many)"),
        (Hindrance("employees > 500", 1, -1_500), "employees > 500 (1 is 1,500 too few)"),
        (Hindrance("employees < 500", 1_500, 1_001), "employees < 500 (1,500 is 1,001 too many)"),
        (
            Hindrance("initial_amount < 20000", Decimal("20000.00"), Decimal("0.01")),
            "initial_amount < 20000 (20,000.00 is 0.01 too much)",
        ),
        (Hindrance("amount > 5", Decimal("5.00"), Decimal("-0.01")), "amount > 5 (5.00 is 0.01 too little)"),
        (
            Hindrance("crm_created_on > 2022-02-24", date(2022, 2, 24), -1),
            "crm_created_on > 2022-02-24 (2022-02-24 is 1 day too early)",
        ),
        (
            Hindrance("crm_created_on <= 2022-02-24", date(2022, 2, 26), 2),
            "crm_created_on <= 2022-02-24 (2022-02-26 is 2 days too late)",
        ),
        (Hindrance("first_order_available", value=False, off_by=None), "first_order_available"),
        (Hindrance("crm_created_on is known", None, None), "crm_created_on is known"),
        (Hindrance("owner is MMKAFO", "SMB", None), "owner is MMKAFO (it is SMB)"),
    ],
)
def test_a_hindrance_is_told_with_its_distance(hindrance: Hindrance, words: str) -> None:
    assert said(hindrance) == words
