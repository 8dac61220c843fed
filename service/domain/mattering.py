"""Which unknown facts matter: those that could change what comes out, whatever the others turn out to be.

A question that is asked twice, of routing and of a move, hangs on the same fact both times; so the values that are
possible are tried, instead of joining what each question by itself asks for.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any, NamedTuple

from service.domain.cells import Cell, cells_of_leaves, nearest_in, part_in
from service.domain.clauses import Expression, Leaf, leaves_of
from service.domain.facts import contradict
from service.domain.ranges import Range
from service.domain.terms import Team
from service.domain.vocabulary import customer, first_order_available

Cells = Mapping[str, tuple[Cell, ...]]
"""Facts, each with the cells of what it can turn out to be."""


class Found(NamedTuple):
    """What comes out for some values, and the facts that this hangs on still."""

    team: Team
    hangs_on: tuple[str, ...]


class Mattering(NamedTuple):
    """The facts that matter, in the order in which they are asked for, and every team that can come out."""

    facts: tuple[str, ...]
    teams: frozenset[Team]


def cells_of_questions(questions: Iterable[Expression]) -> Cells:
    """Every fact that questions speak of, cut into cells within which each of them answers alike."""
    leaves: dict[str, list[Leaf]] = {}
    for question in questions:
        for leaf in leaves_of(question):
            leaves.setdefault(leaf.fact, []).append(leaf)
    return {fact: cells_of_leaves(own)[:-1] for fact, own in leaves.items()}  # the last is that it is not known


def what_matters(known: Mapping[str, Any], find: Callable[[dict[str, Any]], Found], cells: Cells) -> Mattering:
    """Which unknown facts could change what is found, each by itself, the others being known somehow.

    ``find`` is asked again for every value that could settle what it hangs on; it may add to the values that it gets.
    """
    asked: dict[str, None] = {}
    ways = list(_ways(known, {}, find, cells, asked))
    matter = {
        fact
        for (one, team), (other, another) in combinations(ways, 2)
        if team is not another and (fact := _only_difference(one, other)) is not None
    }
    return Mattering(tuple(fact for fact in asked if fact in matter), frozenset(team for _, team in ways))


def _ways(
    known: Mapping[str, Any],
    learnt: dict[str, Any],
    find: Callable[[dict[str, Any]], Found],
    cells: Cells,
    asked: dict[str, None],
) -> Iterator[tuple[dict[str, Any], Team]]:
    """What can be learnt, up to where nothing more hangs on it, and the team that it leads to."""
    found = find({**known, **learnt})
    open_facts = [fact for fact in found.hangs_on if fact in cells and fact not in learnt]
    asked |= dict.fromkeys(open_facts)
    if not open_facts:
        yield learnt, found.team
        return
    fact = open_facts[0]
    for value in _values(known[fact], cells[fact]):
        more = {**learnt, fact: value}
        if not _contradict({**known, **more}):
            yield from _ways(known, more, find, cells, asked)


def _values(known: object, cells: Iterable[Cell]) -> Iterator[Any]:
    """One value for each cell; of a range, for each that it reaches into."""
    parts = (part_in(cell, known) if isinstance(known, Range) else cell for cell in cells)
    return (nearest_in(part) for part in parts if part is not None)


def _only_difference(one: dict[str, Any], other: dict[str, Any]) -> str | None:
    """The fact in which two ways differ, where it is the only one, and all else of both can be so together."""
    differ = [fact for fact in one if fact in other and one[fact] != other[fact]]
    if len(differ) != 1 or _contradict({**other, **one}) or _contradict({**one, **other}):
        return None
    return differ[0]


def _contradict(values: Mapping[str, Any]) -> bool:
    return contradict(values.get(customer.name), values.get(first_order_available.name))
