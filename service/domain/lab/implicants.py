"""Why an expression came out as it did: parts that are enough for it, whatever its other parts are.

Kleene's truth values are in order: false, unknown, true. "And" is the least of its parts, "or" the greatest.
"""

from collections.abc import Iterator
from typing import TypeAlias, assert_never

from service.domain.clauses import And, Compare, Expression, Holds, IsIn, Known, Leaf, Not, Or, Outcome
from service.domain.evaluation import Annotated, annotated, compile_answer
from service.domain.lab.cells import Cell, nearest_in

Between: TypeAlias = tuple[int, int]
"""The least and the greatest truth value that will do."""
_RANK: dict[Outcome, int] = {False: 0, None: 1, True: 2}
_FALSE, _TRUE = _RANK[False], _RANK[True]


def reasons(expression: Expression, outcomes: list[Outcome]) -> list[tuple[Leaf, Between]]:
    """Leaves, each with the truth values that will do, that are enough for the whole to come out as it did.

    ``outcomes`` is the trail of the whole expression.
    """
    tree = annotated(expression, outcomes)
    return list(_enough(tree, (_RANK[tree.outcome], _RANK[tree.outcome])))


def mask_of(leaf: Leaf, between: Between, cells: tuple[Cell, ...]) -> int:
    """The cells of its fact for which a leaf has one of these truth values, a bit for each."""
    least, greatest = between
    answer = compile_answer(leaf)
    mask = 0
    for place, cell in enumerate(cells):
        if least <= _RANK[answer({leaf.fact: nearest_in(cell)})] <= greatest:
            mask |= 1 << place
    return mask


def _enough(node: Annotated, between: Between) -> Iterator[tuple[Leaf, Between]]:
    least, greatest = between
    if (least, greatest) == (_FALSE, _TRUE):
        return
    match node.expression:
        case Known() | Holds() | Compare() | IsIn():
            yield node.expression, between
        case Not():
            yield from _enough(node.parts[0], (_TRUE - greatest, _TRUE - least))
        case And():
            one = _one_of(part for part in node.parts if _RANK[part.outcome] <= greatest)
            for part in node.parts:
                yield from _enough(part, (least, greatest if part is one else _TRUE))
        case Or():
            one = _one_of(part for part in node.parts if _RANK[part.outcome] >= least)
            for part in node.parts:
                yield from _enough(part, (least if part is one else _FALSE, greatest))
        case _:
            assert_never(node.expression)


def _one_of(parts: Iterator[Annotated]) -> Annotated:
    """The part with the fewest leaves: the fewer facts a reason holds, the larger the region that shares it."""
    return min(parts, key=_leaves)


def _leaves(node: Annotated) -> int:
    return sum(map(_leaves, node.parts)) or 1
