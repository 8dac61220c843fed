"""The facts that would settle an expression which came out unknown."""

from collections.abc import Iterator
from typing import assert_never

from service.domain.clauses import And, Clause, Compare, Expression, Holds, IsIn, Known, Not, Or, Outcome


def unsettled_facts(expression: Expression, outcomes: list[Outcome]) -> list[str]:
    """Name the unknown facts behind an unknown outcome, in the order in which the expression speaks of them.

    ``outcomes`` is the trail of the whole expression. A part that is settled names nothing, even where it holds an
    unknown fact: knowing it would change nothing. Empty when the expression itself is settled.
    """
    remaining = iter(outcomes)
    _, facts = _walk(expression, remaining)
    return list(dict.fromkeys(facts))


def _walk(expression: Expression, outcomes: Iterator[Outcome]) -> tuple[Outcome, list[str]]:
    match expression:
        case Known() | Holds() | Compare() | IsIn():
            outcome = next(outcomes)
            return outcome, [expression.fact] if outcome is None else []
        case Not(part):
            _, facts = _walk(part, outcomes)
            return next(outcomes), facts
        case And(parts) | Or(parts):
            below = [facts for answer, facts in [_walk(part, outcomes) for part in parts] if answer is None]
            outcome = next(outcomes)
            return outcome, [fact for facts in below for fact in facts] if outcome is None else []
        case Clause(expression=inner):
            return _walk(inner, outcomes)
    assert_never(expression)
