"""Boxes: parts of a space of facts, each fact held to some of its cells; taken apart, and put together again.

A box has one bit mask for each fact, in the order of the space, with a bit for each cell.

Why an expression came out as it did at a point holds facts to a box: parts of it that are enough, whatever its other
parts are. Kleene's truth values are in order: false, unknown, true. "And" is the least of its parts, "or" the greatest.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import and_
from typing import TypeAlias, TypeVar, assert_never

from service.domain.cells import Cell, nearest_in
from service.domain.clauses import And, Compare, Expression, Holds, IsIn, Known, Leaf, Not, Or, Outcome
from service.domain.evaluation import Annotated, annotated, compile_answer

Box: TypeAlias = tuple[int, ...]
Judged = TypeVar("Judged")
Between: TypeAlias = tuple[int, int]
"""The least and the greatest truth value that will do."""
_RANK: dict[Outcome, int] = {False: 0, None: 1, True: 2}
_FALSE, _TRUE = _RANK[False], _RANK[True]


@dataclass(frozen=True, slots=True)
class Space:
    """Some facts with all the cells of each, unknown included where it can be."""

    cells: dict[str, tuple[Cell, ...]]

    @property
    def whole(self) -> Box:
        """The box that holds everything."""
        return tuple((1 << len(cells)) - 1 for cells in self.cells.values())

    def box(self, masks: dict[str, int]) -> Box:
        """The box that holds each of these facts to a mask, and no other."""
        return tuple(masks.get(fact, whole) for fact, whole in zip(self.cells, self.whole, strict=True))

    def corner(self, box: Box) -> dict[str, Cell]:
        """The first cell of each fact of a box."""
        return {
            fact: cells[(mask & -mask).bit_length() - 1]
            for (fact, cells), mask in zip(self.cells.items(), box, strict=True)
        }

    def bounds(self, box: Box) -> dict[str, tuple[Cell, ...]]:
        """What a box holds facts to, those left out that it does not."""
        held = zip(self.cells.items(), box, self.whole, strict=True)
        return {
            fact: tuple(cell for place, cell in enumerate(cells) if mask >> place & 1)
            for (fact, cells), mask, whole in held
            if mask != whole
        }


def shared(one: Box, other: Box) -> Box:
    """What two boxes share; nothing, where a mask of it is 0."""
    return tuple(map(and_, one, other))


def without(box: Box, taken: Box) -> list[Box]:
    """The rest of a box after another is taken from it, in boxes that share nothing."""
    if not all(shared(box, taken)):
        return [box]
    rest: list[Box] = []
    inner = list(box)
    for place, mask in enumerate(taken):
        outside = inner[place] & ~mask
        if outside:
            rest.append((*inner[:place], outside, *inner[place + 1 :]))
            inner[place] &= mask
    return rest


def covered(box: Box, by: Sequence[Box]) -> bool:
    """Whether boxes together hold all of a box."""
    rest = [box]
    for other in by:
        rest = [piece for each in rest for piece in without(each, other)]
        if not rest:
            return True
    return False


def explored(
    space: Space, impossible: Sequence[Box], judge: Callable[[dict[str, Cell]], tuple[Box, Judged]]
) -> Iterator[tuple[Box, Judged]]:
    """Boxes that share nothing and hold all that is possible, each with what is judged of it.

    ``judge`` is asked of a point, and says around which box of it the same holds; the rest is taken on in the same way.
    """
    waiting = [space.whole]
    for box in impossible:
        waiting = [piece for each in waiting for piece in without(each, box)]
    while waiting:
        box = waiting.pop()
        around, judged = judge(space.corner(box))
        same = shared(box, around)
        yield same, judged
        waiting += without(box, same)


def simplified(boxes: Sequence[Box], impossible: Sequence[Box], whole: Box) -> list[Box]:
    """The same part of the space in few, large boxes that may overlap; what is impossible counts as either.

    Each box is widened fact by fact as far as the part reaches, and left out where the others hold it already.
    """
    boxes = _joined(boxes)
    allowed = [*boxes, *impossible]
    wide: list[Box] = []
    for box in sorted(boxes, key=_size, reverse=True):
        if not covered(box, wide):
            wide.append(_widened(box, allowed, [*impossible, *wide], whole))
    kept = list(wide)
    for box in sorted(wide, key=_size):
        others = [other for other in kept if other is not box]
        if all(covered(each, [*others, *impossible]) for each in boxes if all(shared(each, box))):
            kept = others
    return kept


def _joined(boxes: Sequence[Box]) -> list[Box]:
    """Fewer boxes that hold the same: those that differ in one fact alone are one."""
    joined, fewer = list(boxes), True
    while fewer:
        before = len(joined)
        for place in range(len(joined[0]) if joined else 0):
            alike: dict[tuple[Box, Box], int] = {}
            for box in joined:
                rest = box[:place], box[place + 1 :]
                alike[rest] = alike.get(rest, 0) | box[place]
            joined = [(*first, mask, *last) for (first, last), mask in alike.items()]
        fewer = len(joined) < before
    return joined


def _size(box: Box) -> tuple[int, ...]:
    return tuple(mask.bit_count() for mask in box)


def _widened(box: Box, allowed: Sequence[Box], told: Sequence[Box], whole: Box) -> Box:
    """The box over all cells of a fact where it may be, else over some; not over some that are told already."""
    for place, full in enumerate(whole):
        wider = (*box[:place], full, *box[place + 1 :])
        if covered(wider, allowed):
            box = wider
            continue
        for bit in (1 << cell for cell in range(full.bit_length())):
            slab = (*box[:place], bit, *box[place + 1 :])
            if not bit & box[place] and covered(slab, allowed) and not covered(slab, told):
                box = (*box[:place], box[place] | bit, *box[place + 1 :])
    return box


def hold(masks: dict[str, int], expression: Expression, outcomes: list[Outcome], space: Space) -> None:
    """Hold the facts of an expression to what is enough for it to come out so. ``outcomes`` is its whole trail."""
    for leaf, between in reasons(expression, outcomes):
        mask = mask_of(leaf, between, space.cells[leaf.fact])
        masks[leaf.fact] = masks.get(leaf.fact, mask) & mask


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
            one = min((part for part in node.parts if _RANK[part.outcome] <= greatest), key=_leaves)
            for part in node.parts:
                yield from _enough(part, (least, greatest if part is one else _TRUE))
        case Or():
            one = min((part for part in node.parts if _RANK[part.outcome] >= least), key=_leaves)
            for part in node.parts:
                yield from _enough(part, (least if part is one else _FALSE, greatest))
        case _:
            assert_never(node.expression)


def _leaves(node: Annotated) -> int:
    """How many leaves a part has: the fewer facts a reason holds, the larger the region that shares it."""
    return sum(map(_leaves, node.parts)) or 1
