"""Kleene's logic once more, naively: false is 0, unknown a half, true 1; and is the least, or the greatest."""

from typing import Any

from service.domain.clauses import And, Clause, Compare, Expression, Holds, IsIn, Known, Not, Or, Outcome

FALSE, UNKNOWN, TRUE = 0.0, 0.5, 1.0
NUMBERS: dict[Outcome, float] = {False: FALSE, None: UNKNOWN, True: TRUE}
OUTCOMES: dict[float, Outcome] = {number: outcome for outcome, number in NUMBERS.items()}


def answers(expression: Expression, values: dict[str, Any]) -> list[Outcome]:
    """The outcome of every part, each after its own parts, the whole last."""
    return [OUTCOMES[number] for number in _numbers(expression, values)]


def _numbers(expression: Expression, values: dict[str, Any]) -> list[float]:
    if isinstance(expression, Clause):
        return _numbers(expression.expression, values)
    if isinstance(expression, Not):
        inner = _numbers(expression.part, values)
        return [*inner, 1 - inner[-1]]
    if isinstance(expression, And | Or):
        parts = [_numbers(part, values) for part in expression.parts]
        choose = min if isinstance(expression, And) else max
        return [number for part in parts for number in part] + [choose(part[-1] for part in parts)]
    return [_leaf(expression, values[expression.fact])]


def _leaf(leaf: Known | Holds | Compare | IsIn, value: Any) -> float:  # noqa: ANN401 - a fact is of any type
    if isinstance(leaf, Known):
        return FALSE if value is None else TRUE
    if value is None:
        return UNKNOWN
    if isinstance(leaf, Holds):
        return TRUE if value else FALSE
    if isinstance(leaf, IsIn):
        return TRUE if list(leaf.choices).count(value) else FALSE
    equal, less = value == leaf.bound, value < leaf.bound
    return float(
        {"<": less, "<=": less or equal, ">": not less and not equal, ">=": not less}[leaf.operator],
    )
