"""Compile a clause expression into a closure that answers, and leaves its trail.

Every part speaks: nothing is cut short, so the trail holds one outcome for each node, children before their parent
and left to right. A ``Clause`` leaves no outcome of its own: it is its expression, with a name.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, assert_never

from service.domain.clauses import (
    And,
    Bound,
    Clause,
    Compare,
    Expression,
    Holds,
    IsIn,
    Known,
    Not,
    Operator,
    Or,
    Outcome,
)

Values: TypeAlias = Mapping[str, Any]
"""Facts by name, derived ones included; None is unknown. Every fact that an expression names must be present."""
Check: TypeAlias = Callable[[Values, list[Outcome]], Outcome]
"""Answers an expression for some values, and appends one outcome for each node to the list."""


def compile_expression(expression: Expression) -> Check:
    """Make the closure that answers ``expression``. Compiled once, when a policy is made."""
    match expression:
        case Known(fact):
            return _known(fact)
        case Holds(fact):
            return _flag(fact)
        case Compare(fact, sign, bound):
            return _tested(fact, _comparison(sign, bound))
        case IsIn(fact, choices):
            return _tested(fact, frozenset(choices).__contains__)
        case Not(part):
            return _negation(compile_expression(part))
        case And(parts):
            return _junction(tuple(map(compile_expression, parts)), settled_by=False)
        case Or(parts):
            return _junction(tuple(map(compile_expression, parts)), settled_by=True)
        case Clause(expression=inner):
            return compile_expression(inner)
    assert_never(expression)


def _comparison(sign: Operator, bound: Bound) -> Callable[[Any], bool]:
    match sign:
        case "<":
            return lambda value: bool(value < bound)
        case "<=":
            return lambda value: bool(value <= bound)
        case ">":
            return lambda value: bool(value > bound)
        case ">=":
            return lambda value: bool(value >= bound)
    assert_never(sign)


def _known(fact: str) -> Check:
    def check(values: Values, trail: list[Outcome]) -> Outcome:
        outcome = values[fact] is not None
        trail.append(outcome)
        return outcome

    return check


def _flag(fact: str) -> Check:
    def check(values: Values, trail: list[Outcome]) -> Outcome:
        outcome: Outcome = values[fact]
        trail.append(outcome)
        return outcome

    return check


def _tested(fact: str, test: Callable[[Any], bool]) -> Check:
    def check(values: Values, trail: list[Outcome]) -> Outcome:
        value = values[fact]
        outcome = None if value is None else test(value)
        trail.append(outcome)
        return outcome

    return check


def _negation(part: Check) -> Check:
    def check(values: Values, trail: list[Outcome]) -> Outcome:
        inner = part(values, trail)
        outcome = None if inner is None else not inner
        trail.append(outcome)
        return outcome

    return check


def _junction(parts: tuple[Check, ...], *, settled_by: bool) -> Check:
    otherwise = not settled_by

    def check(values: Values, trail: list[Outcome]) -> Outcome:
        outcome: Outcome = otherwise
        for part in parts:
            answer = part(values, trail)
            if answer is not otherwise and outcome is not settled_by:
                outcome = answer
        trail.append(outcome)
        return outcome

    return check
