"""The cells of a fact: the parts of its range within which no clause of a policy answers otherwise.

A clause compares with a bound or a choice, so the bounds and choices of all clauses cut the range of each fact into
few cells, and one value speaks for a whole cell. In words, cells that adjoin are told as one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias, assert_never

from service.domain.clauses import Bound, Compare, Holds, IsIn, Leaf
from service.domain.ranges import Range
from service.domain.terms import FAMILIAR_REGIONS
from service.domain.vocabulary import crm_created_on
from service.domain.wording import listing

Value: TypeAlias = int | date | str | bool | Range | None
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
class YesOrNo:
    """Yes or no."""

    answer: bool


@dataclass(frozen=True, slots=True)
class Unknown:
    """Not known, or absent where that has a meaning of its own."""


Cell: TypeAlias = Span | Among | Beside | YesOrNo | Unknown


def holds_in(cell: Cell, value: Value) -> bool:
    """Whether the value of a fact lies in one of its cells."""
    match cell:
        case Span():
            return value is not None and nearest_in(cell, value) == value
        case Among(choices):
            return value in choices
        case Beside(choices):
            return value is not None and value not in choices
        case YesOrNo(answer):
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
        case YesOrNo(answer):
            return answer
        case Unknown():
            return None
    assert_never(cell)


def part_in(cell: Cell, known: Value) -> Cell | None:
    """What of a cell a fact can turn out to be: all of it, or what lies in the range that is known, if any does."""
    if not isinstance(known, Range):
        return cell
    if not isinstance(cell, Span):
        return None
    least = max(known.lower, cell.least) if isinstance(cell.least, int) else known.lower
    most = min((end for end in (known.upper, cell.most) if isinstance(end, int)), default=None)
    return Span(least, most) if most is None or least <= most else None


def _within(least: Bound | None, most: Bound | None, value: Value) -> Value:
    if isinstance(value, Range):
        value = value.lower
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


def _after(bound: Bound) -> Bound:
    return bound + _DAY if isinstance(bound, date) else bound + 1


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


def cells_of_leaves(leaves: list[Leaf]) -> tuple[Cell, ...]:
    """The cells of any fact within which these leaves, all of them its own, answer alike; the last is unknown."""
    bounds = [leaf.bound for leaf in leaves if isinstance(leaf, Compare)]
    if bounds:
        return (*spans(None if isinstance(bounds[0], date) else 0, leaves), Unknown())
    if any(isinstance(leaf, Holds) for leaf in leaves):
        return (YesOrNo(answer=True), YesOrNo(answer=False), Unknown())
    return (*choices_cells(leaves), Unknown())


def cells_words(fact: str, cells: Sequence[Cell]) -> str:
    """What a fact is, for example ``100 to 499, or not known``."""
    return listing([words for cell in merged(cells) for words in _words(fact, cell)], "or")


def merged(cells: Sequence[Cell]) -> list[Cell]:
    """The same values in fewer cells: adjoining spans are joined, and so are choices."""
    joined: list[Cell] = []
    for cell in cells:
        last = joined[-1] if joined else None
        match last, cell:
            case Span(least, end), Span(start, most) if end is not None and start == _after(end):
                joined[-1] = Span(least, most)
            case Among(some), Among(more):
                joined[-1] = Among((*some, *more))
            case Among(some), Beside(others) if set(some) <= set(others):
                joined[-1] = Beside(tuple(other for other in others if other not in some))
            case _:
                joined.append(cell)
    return joined


def _words(fact: str, cell: Cell) -> list[str]:
    match cell:
        case Span(least, most):
            return [_span(least, most)]
        case Among(choices):
            return list(choices)
        case Beside(()):
            return ["known"]
        case Beside(choices):
            return [f"none of {listing(choices)}" if len(choices) > 1 else f"not {choices[0]}"]
        case YesOrNo(answer):
            return ["true" if answer else "false"]
        case Unknown():
            return ["not in the CRM" if fact == crm_created_on.name else "not known"]
    assert_never(cell)


def _span(least: Bound | None, most: Bound | None) -> str:
    if isinstance(least, int) or isinstance(most, int):
        if most is None:
            return f"{least:,} or more"
        if least is None or least in {0, 1}:
            return f"fewer than {_after(most):,}"
        return f"{least:,}" if least == most else f"{least:,} to {most:,}"
    if most is None:
        return "known" if least is None else f"{least} or later"
    if least is None:
        return f"{most} or earlier"
    return f"{least}" if least == most else f"{least} to {most}"
