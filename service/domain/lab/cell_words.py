"""Cells of a fact in words, those that adjoin told as one."""

from collections.abc import Sequence
from datetime import timedelta
from typing import assert_never

from service.domain.clauses import Bound
from service.domain.lab.cells import Among, Answered, Beside, Cell, Span, Unknown
from service.domain.vocabulary import crm_created_on
from service.domain.wording import listing

_DAY = timedelta(days=1)


def cells_words(fact: str, cells: Sequence[Cell]) -> str:
    """What a fact is, for example ``100 to 499, or not known``."""
    said = [words for cell in merged(cells) for words in _words(fact, cell)]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} or {said[-1]}"


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


def _after(bound: Bound) -> Bound:
    return bound + 1 if isinstance(bound, int) else bound + _DAY


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
        case Answered(answer):
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
