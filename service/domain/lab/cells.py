"""The cells of a fact: the parts of its range within which no clause of a policy answers otherwise.

A clause compares with a bound or a choice, so the bounds and choices of all clauses cut the range of each fact into
few cells, and one value speaks for a whole cell.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias, assert_never

from service.domain.clauses import Bound, Compare, IsIn, Leaf
from service.domain.terms import FAMILIAR_REGIONS

Value: TypeAlias = int | date | str | bool | None
"""A fact's value; None is unknown, or absent where that has a meaning of its own."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """The numbers or days from ``least`` up to and with ``most``; None is open."""

    least: Bound | None
    most: Bound | None


@dataclass(frozen=True, slots=True)
class Among:
    """One of these choices."""

    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """Any other text than these choices."""

    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """Yes or no."""

    answer: bool


@dataclass(frozen=True, slots=True)
class Unknown:
    """Not known, or absent where that has a meaning of its own."""


Cell: TypeAlias = Span | Among | Beside | Answered | Unknown


def holds_in(cell: Cell, value: Value) -> bool:
    """Whether the value of a fact lies in one of its cells."""
    match cell:
        case Span():
            return value is not None and nearest_in(cell, value) == value
        case Among(choices):
            return value in choices
        case Beside(choices):
            return value is not None and value not in choices
        case Answered(answer):
            return value is answer
        case Unknown():
            return value is None
    assert_never(cell)


def nearest_in(cell: Cell, value: Value = None) -> Value:
    """The value of a cell that is nearest to ``value``, or that speaks for the cell where it has no order."""
    match cell:
        case Span(least, most):
            return _within(least, most, value)
        case Among(choices):
            return value if value in choices else choices[0]
        case Beside(choices):
            others = (value, *FAMILIAR_REGIONS, "".join(choices) + "?")
            return next(other for other in others if other is not None and other not in choices)
        case Answered(answer):
            return answer
        case Unknown():
            return None
    assert_never(cell)


def _within(least: Bound | None, most: Bound | None, value: Value) -> Value:
    if isinstance(value, int | date):
        # A fact is all numbers or all days, and so are its bounds.
        if least is not None and value < least:  # type: ignore[operator]  # of one kind, as said
            return least
        if most is not None and value > most:  # type: ignore[operator]  # of one kind, as said
            return most
        return value
    return most if least is None else least


def spans(least: Bound | None, leaves: Iterable[Leaf]) -> tuple[Span, ...]:
    """The spans of a number or a day from ``least`` on, in order: every comparison with a bound cuts between two."""
    cuts = {leaf.starts_at for leaf in leaves if isinstance(leaf, Compare)}
    starts = sorted(cut for cut in cuts if least is None or cut > least)  # type: ignore[operator]  # the bounds of a fact are of one kind
    edges: list[Bound | None] = [least, *starts]
    ends: list[Bound | None] = [*map(_before, starts), None]
    return tuple(Span(first, last) for first, last in zip(edges, ends, strict=True))


def _before(bound: Bound) -> Bound:
    return bound - _DAY if isinstance(bound, date) else bound - 1


def choices_cells(leaves: Iterable[Leaf], *, closed: tuple[str, ...] | None = None) -> tuple[Cell, ...]:
    """The cells of a text: choices that every clause treats alike stand together.

    ``closed`` are all the values that there are; without it any other text is a cell of its own.
    """
    sets = [leaf.choices for leaf in leaves if isinstance(leaf, IsIn)]
    mentioned = closed or tuple(dict.fromkeys(choice for choices in sets for choice in choices))
    alike: dict[tuple[bool, ...], list[str]] = {}
    for choice in mentioned:
        alike.setdefault(tuple(choice in choices for choices in sets), []).append(choice)
    cells: list[Cell] = [Among(tuple(choices)) for choices in alike.values()]
    return tuple(cells) if closed else (*cells, Beside(mentioned))
