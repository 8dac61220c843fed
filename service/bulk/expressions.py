"""Compile a clause expression for an engine of tables: the same nodes as ``evaluation``, a column for a fact.

NULL is unknown, and the engines' three-valued logic is Kleene's; ``tests.bulk`` holds each engine to its truth table.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from operator import and_, ge, gt, le, lt, or_
from typing import Any, Protocol, TypeAlias, assert_never

import ibis
import ibis.expr.types as ir

from service.domain.clauses import And, Clause, Compare, Expression, Holds, IsIn, Known, Not, Operator, Or
from service.domain.decision import LETTERS

AnswerColumn: TypeAlias = ir.BooleanValue
"""The outcome of an expression for every row: true, false, or NULL for unknown."""
_COMPARISONS: dict[Operator, Callable[[Any, Any], Any]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


class Columns(Protocol):
    """The columns of facts, by name."""

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - of whatever type the fact is
        """The column of a fact."""


def answer(expression: Expression, facts: Columns) -> AnswerColumn:
    """The column that answers ``expression`` for the rows of ``facts``, which has a column for each fact it names."""
    match expression:
        case Known(fact):
            return facts[fact].notnull()
        case Holds(fact):
            return facts[fact]
        case Compare(fact, sign, bound):
            return _COMPARISONS[sign](facts[fact], bound)
        case IsIn(fact, choices):
            # Of a list of nothing ibis says false, also of what is not known.
            return facts[fact].isin(choices) if choices else facts[fact] != facts[fact]
        case Not(part):
            return ~answer(part, facts)
        case And(parts):
            return joined(and_, [answer(part, facts) for part in _without_sides(parts)], empty=True)
        case Or(parts):
            return joined(or_, [answer(part, facts) for part in parts], empty=False)
        case Clause(expression=inner):
            return answer(inner, facts)
    assert_never(expression)


def _without_sides(parts: tuple[Expression, ...]) -> Iterator[Expression]:
    """Parts that are joined by ``and``, without those that say of a known count that it is on some side of a bound.

    A range may lie across it; what tables hold are numbers.
    """
    known = {part.fact for part in parts if isinstance(part, Known)}
    for part in parts:
        match part:
            case Or((Compare(fact, "<", bound), Compare(same, ">=", limit))) if (fact, bound) == (same, limit):
                if fact not in known:
                    yield part
            case _:
                yield part


def joined(
    join: Callable[[AnswerColumn, AnswerColumn], AnswerColumn], parts: Sequence[AnswerColumn], *, empty: bool
) -> AnswerColumn:
    """Answers joined from left to right; ``empty`` where there are none."""
    return reduce(join, parts) if parts else ibis.literal(empty)


def letter(outcome: AnswerColumn) -> ir.StringValue:
    """The letter of an outcome, as trails and flips write it."""
    return ibis.cases((outcome, LETTERS[True]), (~outcome, LETTERS[False]), else_=LETTERS[None])


def unsettled(expression: Expression, facts: ir.Table) -> Iterator[tuple[str, AnswerColumn]]:
    """Each fact that an unknown expression may hang on, in the order of ``unsettled_facts``, and where it does.

    The columns are true or false, never unknown. A fact comes once for each place where the expression speaks of it.
    """
    match expression:
        case Known():
            return
        case Holds() | Compare() | IsIn():
            yield expression.fact, facts[expression.fact].isnull()
        case Not(part):
            yield from unsettled(part, facts)
        case And(parts) | Or(parts):
            whole = _is_unknown(expression, facts)
            for part in parts:
                for fact, hangs in unsettled(part, facts):
                    yield fact, whole & hangs
        case Clause(expression=inner):
            yield from unsettled(inner, facts)
        case _:
            assert_never(expression)


def _is_unknown(expression: Expression, facts: ir.Table) -> AnswerColumn:
    """Where an expression is unknown. A fact is asked itself: Spark cannot read ``x IN (...) IS NULL``."""
    match expression:
        case Known():
            return ibis.literal(value=False)
        case Holds(fact) | Compare(fact=fact) | IsIn(fact=fact):
            return facts[fact].isnull()
        case Not(part) | And((part,)) | Or((part,)) | Clause(expression=part):
            return _is_unknown(part, facts)
        case And() | Or():
            return answer(expression, facts).isnull()
    assert_never(expression)
