from itertools import product
from random import Random

from service.domain.cells import cells_of_leaves, holds_in, nearest_in
from service.domain.clauses import leaves_of
from service.domain.evaluation import compile_answer, compile_expression
from service.domain.lab.boxes import Box, covered, mask_of, reasons, shared, simplified, without
from tests.domain.generated import UNDER_MUTATION, any_expression, any_values

SOME = 50 if UNDER_MUTATION else 500
WHOLE: Box = (0b111, 0b11, 0b1111)
POINTS = [tuple(1 << place for place in places) for places in product(range(3), range(2), range(4))]


def test_a_box_less_another_holds_what_the_other_does_not() -> None:
    random = Random(1)
    for _ in range(SOME):
        box, taken = _any_box(random), _any_box(random)
        rest = without(box, taken)
        for point in POINTS:
            holding = [piece for piece in rest if all(shared(point, piece))]
            assert len(holding) == (all(shared(point, box)) and not all(shared(point, taken)))


def test_boxes_cover_a_box_where_they_hold_all_of_it() -> None:
    random = Random(2)
    for _ in range(SOME):
        box, others = _any_box(random), [_any_box(random) for _ in range(3)]
        assert covered(box, others) == (_held([box]) <= _held(others))


def test_simplified_boxes_hold_the_same_but_for_what_is_impossible() -> None:
    random = Random(3)
    for _ in range(SOME):
        boxes, impossible = [_any_box(random) for _ in range(4)], [_any_box(random)]
        fewer = simplified(boxes, impossible, WHOLE)
        assert _held(fewer) - _held(impossible) == _held(boxes) - _held(impossible)
        assert len(fewer) <= len(boxes)


def test_the_reasons_of_an_outcome_are_enough_for_it() -> None:
    random = Random(4)
    tried = 0
    for _ in range(SOME):
        expression, values = any_expression(random), any_values(random)
        outcomes = compile_expression(expression)(values)
        given = reasons(expression, outcomes)
        for _ in range(20):
            others = any_values(random)
            if all(_still(leaf, between, others) for leaf, between in given):
                assert compile_expression(expression)(others)[-1] is outcomes[-1]
                tried += 1
    assert tried > SOME


def test_a_cell_answers_every_leaf_alike() -> None:
    random = Random(5)
    for _ in range(SOME):
        leaves = list(leaves_of(any_expression(random)))
        for fact in {leaf.fact for leaf in leaves}:
            own = [leaf for leaf in leaves if leaf.fact == fact]
            value = any_values(random)[fact]
            (cell,) = [cell for cell in cells_of_leaves(own) if holds_in(cell, value)]
            for leaf in own:
                answer = compile_answer(leaf)
                assert answer({fact: value}) is answer({fact: nearest_in(cell)})


def _still(leaf, between, values) -> bool:  # type: ignore[no-untyped-def]  # noqa: ANN001 - as reasons gives them
    cells = cells_of_leaves([leaf])
    mask = mask_of(leaf, between, cells)
    return any(mask >> place & 1 and holds_in(cell, values[leaf.fact]) for place, cell in enumerate(cells))


def _any_box(random: Random) -> Box:
    return tuple(random.randint(1, full) for full in WHOLE)


def _held(boxes: list[Box]) -> set[tuple[int, ...]]:
    return {point for point in POINTS if any(all(shared(point, box)) for box in boxes)}
