"""Questions that two policies put differently outside classification: of advice, of moves, of the handoff."""

from dataclasses import dataclass

from service.domain.clauses import Outcome
from service.domain.evaluation import compile_expression
from service.domain.lab.boxes import Box, Space, shared, simplified, without
from service.domain.lab.cells import Cell, Leaf, Value, leaves_of, nearest_in
from service.domain.lab.fact_cells import cells_of_leaves
from service.domain.lab.implicants import mask_of, reasons
from service.domain.policy import Policy, Step
from service.domain.wording import text_of


@dataclass(frozen=True, slots=True)
class AnswerRegion:
    """Values for which a question is answered differently, with values that are a witness of it, and both answers."""

    bounds: dict[str, tuple[Cell, ...]]
    witness: dict[str, Value]
    before: Outcome
    after: Outcome


@dataclass(frozen=True, slots=True)
class QuestionDifference:
    """A question that two policies put differently. ``before`` or ``after`` is None where only one of them asks it.

    ``regions`` is empty where both come to the same answers in other words.
    """

    step: str
    before: str | None
    after: str | None
    regions: tuple[AnswerRegion, ...]


def questions_that_differ(before: Policy, after: Policy, *, beside: frozenset[str]) -> tuple[QuestionDifference, ...]:
    """The questions of two policies that differ, ``beside`` those with these keys, in the order of the policies.

    Amounts of money are taken as whole dollars.
    """
    keys = [key for key in {**before.steps, **after.steps} if key not in beside]
    pairs = [(key, before.steps.get(key), after.steps.get(key)) for key in keys]
    return tuple(
        QuestionDifference(key, _text(one), _text(other), _regions(one, other))
        for key, one, other in pairs
        if one is None or other is None or one.expression != other.expression
    )


def _text(step: Step | None) -> str | None:
    return None if step is None else text_of(step.expression)


def _regions(one: Step | None, other: Step | None) -> tuple[AnswerRegion, ...]:
    if one is None or other is None:
        return ()
    space = _space(one, other)
    found: dict[Box, tuple[Outcome, Outcome]] = {}
    waiting = [space.whole]
    while waiting:
        box = waiting.pop()
        values = {fact: nearest_in(cell) for fact, cell in space.corner(box).items()}
        (first, around), (second, about) = (_answered(step, values, space) for step in (one, other))
        same = shared(box, shared(around, about))
        if first is not second:
            found[same] = first, second
        waiting += without(box, same)
    return tuple(_region(box, found, space) for box in simplified(list(found), (), space.whole))


def _space(one: Step, other: Step) -> Space:
    leaves: dict[str, list[Leaf]] = {}
    for step in (one, other):
        for leaf in leaves_of(step.expression):
            leaves.setdefault(leaf.fact, []).append(leaf)
    return Space({fact: cells_of_leaves(own) for fact, own in leaves.items()})


def _answered(step: Step, values: dict[str, Value], space: Space) -> tuple[Outcome, Box]:
    """The answer, and a box around the values within which it is the same."""
    outcomes: list[Outcome] = []
    answer = compile_expression(step.expression)(values, outcomes)
    held: dict[str, int] = {}
    for leaf, between in reasons(step.expression, outcomes):
        mask = mask_of(leaf, between, space.cells[leaf.fact])
        held[leaf.fact] = held.get(leaf.fact, mask) & mask
    return answer, space.box(held)


def _region(region: Box, found: dict[Box, tuple[Outcome, Outcome]], space: Space) -> AnswerRegion:
    box = next(box for box in found if all(shared(box, region)))
    witness = {fact: nearest_in(cell) for fact, cell in space.corner(shared(box, region)).items()}
    return AnswerRegion(space.bounds(region), witness, *found[box])
