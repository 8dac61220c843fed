"""Questions that two policies put differently outside classification: of advice, of moves, of the handoff."""

from dataclasses import dataclass

from service.domain.cells import Cell, Value, cells_of_leaves, nearest_in
from service.domain.clauses import Expression, Leaf, Outcome, leaves_of
from service.domain.evaluation import compile_expression
from service.domain.lab.boxes import Box, Space, explored, hold, shared, simplified
from service.domain.parts import Step
from service.domain.policy import AnyPolicy
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

    ``regions`` is empty where both come to the same answers in other words. ``titles`` are those of a question that a
    person asks otherwise, too, since a bound stands in them.
    """

    step: str
    before: str | None
    after: str | None
    regions: tuple[AnswerRegion, ...]
    titles: tuple[str, str] | None = None


def questions_that_differ(
    before: AnyPolicy, after: AnyPolicy, *, beside: frozenset[str]
) -> tuple[QuestionDifference, ...]:
    """The questions of two policies that differ, ``beside`` those with these keys, in the order of the policies.

    Amounts of money are taken as whole dollars.
    """
    keys = [key for key in {**before.steps, **after.steps} if key not in beside]
    pairs = [(key, before.steps.get(key), after.steps.get(key)) for key in keys]
    return tuple(
        QuestionDifference(key, _text(one), _text(other), _regions(one, other), _titles(one, other))
        for key, one, other in pairs
        if one is None or other is None or (one.title, one.expression) != (other.title, other.expression)
    )


def _titles(one: Step | None, other: Step | None) -> tuple[str, str] | None:
    return None if one is None or other is None or one.title == other.title else (one.title, other.title)


def _text(step: Step | None) -> str | None:
    return None if step is None else text_of(step.expression)


def _regions(one: Step | None, other: Step | None) -> tuple[AnswerRegion, ...]:
    if one is None or other is None:
        return ()
    space = space_of_questions(one.expression, other.expression)

    def judged(point: dict[str, Cell]) -> tuple[Box, tuple[Outcome, Outcome]]:
        (around, first), (about, second) = (answered(step.expression, point, space) for step in (one, other))
        return shared(around, about), (first, second)

    ways = explored(space, (), judged)
    # A region holds values of which the answers change alike: from yes to no is another change than from no to yes.
    found: dict[tuple[Outcome, Outcome], list[Box]] = {}
    for box, (first, second) in ways:
        if first is not second:
            found.setdefault((first, second), []).append(box)
    return tuple(
        _region(region, boxes, answers, space)
        for answers, boxes in found.items()
        for region in simplified(boxes, (), space.whole)
    )


def possible_answers(expression: Expression) -> frozenset[Outcome]:
    """Every answer that an expression can have, whatever the facts are."""
    space = space_of_questions(expression)
    return frozenset(answer for _, answer in explored(space, (), lambda point: answered(expression, point, space)))


def space_of_questions(*expressions: Expression) -> Space:
    """The space of the facts that expressions speak of, cut by their own clauses alone."""
    leaves: dict[str, list[Leaf]] = {}
    for expression in expressions:
        for leaf in leaves_of(expression):
            leaves.setdefault(leaf.fact, []).append(leaf)
    return Space({fact: cells_of_leaves(own) for fact, own in leaves.items()})


def answered(expression: Expression, point: dict[str, Cell], space: Space) -> tuple[Box, Outcome]:
    """The answer at a point, after a box around it within which it is the same."""
    outcomes = compile_expression(expression)({fact: nearest_in(cell) for fact, cell in point.items()})
    held: dict[str, int] = {}
    hold(held, expression, outcomes, space)
    return space.box(held), outcomes[-1]


def _region(region: Box, boxes: list[Box], answers: tuple[Outcome, Outcome], space: Space) -> AnswerRegion:
    box = next(box for box in boxes if all(shared(box, region)))
    witness = {fact: nearest_in(cell) for fact, cell in space.corner(shared(box, region)).items()}
    return AnswerRegion(space.bounds(region), witness, *answers)
