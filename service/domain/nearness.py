"""How near a clause is to its boundary: what holds an expression back from being true, and by how much others hold.

Nearest to the boundary is not always nearest to another outcome: that is what counterfactuals are for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, assert_never

from service.domain.clauses import And, Compare, Expression, Holds, IsIn, Known, Not, Operator, Or, Outcome
from service.domain.decision import Decision
from service.domain.evaluation import Annotated, Values, annotated
from service.domain.explain import values_of
from service.domain.policy import Policy
from service.domain.ranges import Range
from service.domain.wording import quantity, text_of, value_words

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Hindrance:
    """A clause that does not hold, with the value it found. ``off_by`` is signed: positive is too much, or too late."""

    text: str
    value: object
    off_by: int | Decimal | None


def hindrances(expression: Expression, outcomes: list[Outcome], values: Values) -> list[Hindrance]:
    """The clauses that made an expression false, in its order; empty where it is not false.

    ``outcomes`` is the trail of the whole expression. A clause beside them that is unknown or true is not named.
    """
    return list(_hindrances(annotated(expression, outcomes), values))


def _hindrances(node: Annotated, values: Values) -> Iterator[Hindrance]:
    if node.outcome is not False:
        return
    match node.expression:
        case Compare(fact, sign, bound):
            yield Hindrance(text_of(node.expression), values[fact], _off_by(values[fact], sign, bound))
        case Known(fact) | Holds(fact) | IsIn(fact):
            yield Hindrance(text_of(node.expression), values[fact], None)
        case Not():
            yield Hindrance(text_of(node.expression), None, None)
        case And() | Or():
            for part in node.parts:
                yield from _hindrances(part, values)
        case _:
            assert_never(node.expression)


def _off_by(value: Any, sign: Operator, bound: Any) -> int | Decimal | None:  # noqa: ANN401 - whatever facts are
    """The smallest change of the value that would make the comparison hold, with its sign turned."""
    if value is None:
        return None
    if isinstance(value, Range):
        # The end that is nearer to where it would hold; the comparison being settled, that end is not open.
        value = value.lower if sign in {"<", "<="} else value.upper
    least = _least(value)
    off: int | Decimal = (value - bound).days if isinstance(value, date) else value - bound
    match sign:
        case "<":
            return off + least
        case ">":
            return off - least
        case _:
            return off


def _least(value: object) -> int | Decimal:
    return _CENT if isinstance(value, Decimal) else 1


@dataclass(frozen=True, slots=True)
class Margin:
    """A comparison of a step, by its key, with what it found. ``by`` is unsigned, in people, days or dollars.

    Where it holds, the value may change by as much and no more; where it does not, it must change by as much. Unknown,
    there is nothing to measure.
    """

    step: str
    text: str
    fact: str
    value: object
    outcome: Outcome
    by: int | Decimal | None


def margins(decision: Decision, policy: Policy) -> list[Margin]:
    """Every comparison of a decision with its margin, in the order in which they were asked."""
    values = values_of(decision, policy)
    return [
        margin
        for key, outcomes in decision.trail
        for margin in margins_of(key, annotated(policy.steps[key].expression, outcomes), values)
    ]


def margins_of(step: str, node: Annotated, values: Values) -> Iterator[Margin]:
    """How near each comparison of a step's expression is to its boundary, in its order."""
    if isinstance(node.expression, Compare):
        fact, value = node.expression.fact, values[node.expression.fact]
        by = _by(value, node.expression.operator, node.expression.bound, node.outcome)
        yield Margin(step, text_of(node.expression), fact, value, node.outcome, by)
    for part in node.parts:
        yield from margins_of(step, part, values)


def margin_words(margin: Margin) -> str:
    """A margin in words: ``SEG-1/smb: leading_employees < 100 fails by 541 (it is 640)``."""
    if margin.outcome is None or margin.by is None:
        known = f"it is {margin.value.words}" if isinstance(margin.value, Range) else f"{margin.fact} is not known"
        return f"{margin.step}: {margin.text} is open: {known}"
    unit = (" day" if margin.by == 1 else " days") if isinstance(margin.value, date) else ""
    value = _value_words(margin.value)
    how = "holds by" if margin.outcome else "fails by"
    return f"{margin.step}: {margin.text} {how} {margin.by:,}{unit} (it is {value})"


def _by(value: Any, sign: Operator, bound: Any, outcome: Outcome) -> int | Decimal | None:  # noqa: ANN401 - as above
    if outcome is None:
        return None
    off = _off_by(value, _OPPOSITE[sign] if outcome else sign, bound)
    if off is None:
        return None
    unsigned = -off if off < 0 else off
    return unsigned - _least(value) if outcome else unsigned


_OPPOSITE: dict[Operator, Operator] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def _value_words(value: object) -> str:
    return f"{value:,}" if isinstance(value, Decimal) else value_words(value)


def said(hindrance: Hindrance) -> str:
    """A hindrance in words: ``employees < 500 (520 is 21 too many)``."""
    match hindrance:
        case Hindrance(text, date() as value, int(off_by)):
            days = quantity(abs(off_by), "day")
            return f"{text} ({value} is {days} too {'late' if off_by > 0 else 'early'})"
        case Hindrance(text, value, int(off_by)):
            return f"{text} ({_value_words(value)} is {abs(off_by):,} too {'many' if off_by > 0 else 'few'})"
        case Hindrance(text, value, Decimal() as off_by):
            return f"{text} ({value:,} is {abs(off_by):,} too {'much' if off_by > 0 else 'little'})"
        case Hindrance(text, None | bool()):
            return text
        case Hindrance(text, value):
            return f"{text} (it is {value})"
    assert_never(hindrance)
