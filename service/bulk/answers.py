"""What clauses say of whole columns of facts: the same nodes as ``evaluation``, answered by Arrow. Null is unknown."""

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any, assert_never

import pyarrow as pa
import pyarrow.compute as pc

from service.domain.clauses import And, Clause, Compare, Expression, Holds, IsIn, Known, Not, Operator, Or

_COMPARISONS: dict[Operator, Callable[[Any, Any], Any]] = {
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
}


def answers(expression: Expression, facts: Mapping[str, pa.Array]) -> pa.Array:
    """The outcome of an expression for every row of the columns of its facts."""
    match expression:
        case Known(fact):
            return pc.is_valid(facts[fact])
        case Holds(fact):
            return facts[fact]
        case Compare(fact, sign, bound):
            return _COMPARISONS[sign](facts[fact], pa.scalar(bound))
        case IsIn(fact, choices):
            # Arrow's own answer of an unknown text would be false.
            found = pc.is_in(facts[fact], pa.array(choices, pa.string()))
            return pc.if_else(pc.is_valid(facts[fact]), found, pa.scalar(None, pa.bool_()))
        case Not(part):
            return pc.invert(answers(part, facts))
        case And(parts):
            return reduce(pc.and_kleene, [answers(part, facts) for part in parts])
        case Or(parts):
            return reduce(pc.or_kleene, [answers(part, facts) for part in parts])
        case Clause(expression=inner):
            return answers(inner, facts)
    assert_never(expression)
