"""Why an expression came out as it did: parts that are enough for it, whatever its other parts are.

Kleene's truth values are in order: false, unknown, true. "And" is the least of its parts, "or" the greatest.
"""

from collections.abc import Iterator
from typing import TypeAlias, assert_never

from service.domain.clauses import And, Clause, Compare, Expression, Holds, IsIn, Known, Not, Or, Outcome
from service.domain.evaluation import compile_expression
from service.domain.lab.cells import Cell, Leaf, nearest_in

Between: TypeAlias = tuple[int, int]
"""The least and the greatest truth value that will do."""
_RANK: dict[Outcome, int] = {False: 0, None: 1, True: 2}
_FALSE, _TRUE = _RANK[False], _RANK[True]
_Tree: TypeAlias = tuple[Expression, int, tuple["_Tree", ...]]


def reasons(expression: Expression, outcomes: list[Outcome]) -> list[tuple[Leaf, Between]]:
    """Leaves, each with the truth values that will do, that are enough for the whole to come out as it did.

    ``outcomes`` is the trail of the whole expression.
    """
    tree = _tree(expression, iter(outcomes))
    return list(_enough(tree, (tree[1], tree[1])))


def mask_of(leaf: Leaf, between: Between, cells: tuple[Cell, ...]) -> int:
    """The cells of its fact for which a leaf has one of these truth values, a bit for each."""
    least, greatest = between
    check = compile_expression(leaf)
    mask = 0
    for place, cell in enumerate(cells):
        if least <= _RANK[check({leaf.fact: nearest_in(cell)}, [])] <= greatest:
            mask |= 1 << place
    return mask


def _tree(expression: Expression, outcomes: Iterator[Outcome]) -> _Tree:
    match expression:
        case Known() | Holds() | Compare() | IsIn():
            return expression, _RANK[next(outcomes)], ()
        case Not(part):
            inner = _tree(part, outcomes)
            return expression, _RANK[next(outcomes)], (inner,)
        case And(parts) | Or(parts):
            below = tuple(_tree(part, outcomes) for part in parts)
            return expression, _RANK[next(outcomes)], below
        case Clause(expression=inner_expression):
            return _tree(inner_expression, outcomes)
    assert_never(expression)


def _enough(tree: _Tree, between: Between) -> Iterator[tuple[Leaf, Between]]:
    expression, _, parts = tree
    least, greatest = between
    if (least, greatest) == (_FALSE, _TRUE):
        return
    match expression:
        case Known() | Holds() | Compare() | IsIn():
            yield expression, between
        case Not():
            yield from _enough(parts[0], (_TRUE - greatest, _TRUE - least))
        case And():
            one = _one_of(part for part in parts if part[1] <= greatest)
            for part in parts:
                yield from _enough(part, (least, greatest if part is one else _TRUE))
        case Or():
            one = _one_of(part for part in parts if part[1] >= least)
            for part in parts:
                yield from _enough(part, (least if part is one else _FALSE, greatest))
        case Clause():  # pragma: no cover - a tree has none
            return
        case _:
            assert_never(expression)


def _one_of(parts: Iterator[_Tree]) -> _Tree:
    """The part with the fewest leaves: the fewer facts a reason holds, the larger the region that shares it."""
    return min(parts, key=_leaves)


def _leaves(tree: _Tree) -> int:
    return sum(map(_leaves, tree[2])) or 1
