"""Figures in SVG, as numbers to print: how far a value is from its boundary, and a line of counts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import log10
from typing import TypeAlias

from service.domain.clauses import Bound, Operator, Outcome
from service.domain.ranges import Range
from service.domain.wording import value_words
from service.entrypoints.console.times import on_day

Scale: TypeAlias = Callable[[float], float]
WIDTH, _MARGIN = 480, 10
_ROOM_OF_A_LABEL = 70
_LOGARITHMIC_FROM = 12
"""Of two numbers so many times apart, the smaller would be hard to see."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A label on a line, and to which side it is written."""

    x: float
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Distance:
    """A value on a line with its boundary: a dot, or the span of a range. ``says`` is all of it in words.

    The side that says yes is shaded.
    """

    edge: Tick
    yes_from: float
    yes_wide: float
    found: Tick | None
    span_from: float
    span_wide: float
    says: str
    scale: str


def distance(value: object, sign: Operator, bound: Bound, outcome: Outcome) -> Distance | None:
    """Where a value stands by the boundary of a comparison, drawn to scale; None of what is no number and no day."""
    ends = _ends(value)
    if ends is None and value is not None:
        return None
    edge = _number(bound)
    numbers = [edge, *(each for each in ends or () if each is not None)]
    place, scale = _scale(numbers, is_day=isinstance(bound, date))
    x = place(edge)
    yes_right = sign in {">", ">="}
    left, right = (x, float(WIDTH - _MARGIN)) if yes_right else (float(_MARGIN), x)
    lower, upper = ends or (None, None)
    begin = _MARGIN if lower is None else place(lower)
    end = WIDTH - _MARGIN if upper is None else place(upper)
    found = None if value is None else Tick(round((begin + end) / 2, 1), _label(value), _anchor((begin + end) / 2))
    return Distance(
        edge=Tick(x, _label(bound), _anchor(x)),
        yes_from=round(left, 1),
        yes_wide=round(right - left, 1),
        found=found,
        span_from=round(begin, 1),
        span_wide=0 if value is None else round(max(end - begin, 0), 1),
        says=_says(value, sign, bound, outcome),
        scale=scale,
    )


def _says(value: object, sign: Operator, bound: Bound, outcome: Outcome) -> str:
    side = {"<": "less than", "<=": "up to", ">": "more than", ">=": "from"}[sign]
    if isinstance(bound, date):
        side = {"<": "before", "<=": "by", ">": "after", ">=": "from"}[sign]
    found = "Not known" if value is None else _label(value)
    yes = f"{side} {_label(bound)} says yes"
    return f"{found}; {yes}" if outcome is not None or value is None else f"{found}, on both sides; {yes}"


def _ends(value: object) -> tuple[int | None, int | None] | None:
    match value:
        case Range():
            return value.lower, value.upper
        case bool():
            return None
        case int() | date():
            return _number(value), _number(value)
        case _:
            return None


def _number(value: int | date) -> int:
    return value.toordinal() if isinstance(value, date) else value


def _label(value: object) -> str:
    return on_day(value).text if isinstance(value, date) else value_words(value)


def _anchor(x: float) -> str:
    return "start" if x < _ROOM_OF_A_LABEL else "end" if x > WIDTH - _ROOM_OF_A_LABEL else "middle"


def _scale(numbers: Sequence[int], *, is_day: bool) -> tuple[Scale, str]:
    least, most = min(numbers), max(numbers)
    if is_day:
        room = max(timedelta(days=30).days, (most - least) // 3)
        return _linear(least - room, most + room), "days"
    if least > 0 and most / least > _LOGARITHMIC_FROM:
        return _logarithmic(least / 2, most * 2), "logarithmic"
    return _linear(0, max(most * 1.5, numbers[0] * 2, 1)), "from 0"


def _linear(first: float, last: float) -> Scale:
    wide = WIDTH - 2 * _MARGIN
    return lambda number: round(_MARGIN + wide * (number - first) / (last - first), 1)


def _logarithmic(first: float, last: float) -> Scale:
    linear = _linear(log10(first), log10(last))
    return lambda number: linear(log10(max(number, first)))


@dataclass(frozen=True, slots=True)
class Sparkline:
    """Counts one after the other, as the points of a line."""

    points: str
    last_x: float
    last_y: float
    says: str


def sparkline(counts: Sequence[int], says: str) -> Sparkline:
    """Counts as a line, 120 wide and 24 high, from 0 up to the largest."""
    most, step = max([*counts, 1]), 112 / max(len(counts) - 1, 1)
    places = [(round(4 + step * place, 1), round(20 - 16 * count / most, 1)) for place, count in enumerate(counts)]
    return Sparkline(" ".join(f"{x},{y}" for x, y in places), *places[-1], says)
