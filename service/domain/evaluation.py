"""Compile a clause expression into a closure that answers, and leaves its trail.

Every part speaks: nothing is cut short, so the trail holds one outcome for each node, children before their parent
and left to right. A ``Clause`` leaves no outcome of its own: it is its expression, with a name.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, assert_never

from service.domain.clauses import And, Clause, Compare, Expression, Holds, IsIn, Known, Not, Operator, Or, Outcome

Values: TypeAlias = Mapping[str, Any]
"""Facts by name, derived ones included; None is unknown. Every fact that an expression names must be present."""
Check: TypeAlias = Callable[[Values, list[Outcome]], Outcome]
"""Answers an expression for some values, and appends one outcome for each node to the list."""

_COMPARE: dict[Operator, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compile_expression(expression: Expression) -> Check:
    """Make the closure that answers ``expression``. Compiled once, when a policy is made."""
    match expression:
        case Known(fact):
            return _known(fact)
        case Holds(fact):
            return _leaf(fact, operator.is_, True)  # noqa: FBT003 - the value that the fact is held against
        case Compare(fact, sign, bound):
            return _leaf(fact, _COMPARE[sign], bound)
        case IsIn(fact, choices):
            return _leaf(fact, _is_in, frozenset(choices))
        case Not(part):
            return _negation(compile_expression(part))
        case And(parts):
            return _junction(tuple(map(compile_expression, parts)), settled_by=False)
        case Or(parts):
            return _junction(tuple(map(compile_expression, parts)), settled_by=True)
        case Clause(expression=inner):
            return compile_expression(inner)
    assert_never(expression)


def _is_in(value: str, choices: frozenset[str]) -> bool:
    return value in choices


def _known(fact: str) -> Check:
    def check(values: Values, trail: list[Outcome]) -> Outcome:
        outcome = values[fact] is not None
        trail.append(outcome)
        return outcome

    return check


def _leaf(fact: str, holds: Callable[[Any, Any], bool], bound: object) -> Check:
    def check(values: Values, trail: list[Outcome]) -> Outcome:
        value = values[fact]
        outcome = None if value is None else holds(value, bound)
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
            if answer is settled_by:
                outcome = settled_by
            elif answer is None and outcome is otherwise:
                outcome = None
        trail.append(outcome)
        return outcome

    return check
