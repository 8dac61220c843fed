"""Shapes: which accounts must be decided alike, whatever their names and numbers.

A decision depends on a number only through the comparisons that the policy makes with it, and on a text or a flag
through its value. Two accounts of one shape have the same outcome of every comparison that any step could make, so
deciding one of them decides the other, but for the number of employees that leads, which is each account's own. So
does deciding one that agrees on the facts that it was decided on: those of the steps in its trail, and ``_ALWAYS``.

The comparisons are found in the policy's expressions. What else deciding looks at is named here: ``_VALUES``, that a
fact is known, and that the bands of the primary sources differ. ``tests/bulk/test_shapes.py`` holds shapes to it.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import NamedTuple, TypeAlias, assert_never

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from service.bulk.columns import steps_of
from service.bulk.facts import ACCOUNT_ID, CURRENT_TEAM, FACTS, ROW, THIRD_PARTY_EMPLOYEES
from service.domain.clauses import And, Bound, Clause, Compare, Expression, Holds, IsIn, Known, Not, Or
from service.domain.policy import Policy, Trail
from service.domain.terms import FAMILIAR_REGIONS, Motion, Segment, Team
from service.domain.vocabulary import (
    PRIMARY_SOURCES,
    crm_segment,
    employees_of,
    leading_employees,
    motion,
    region,
    segment,
    vp_segment,
    wholly_wrong,
)

Leaf: TypeAlias = Known | Holds | Compare | IsIn
Codes: TypeAlias = NDArray[np.int64]
_VALUES: dict[str, tuple[str, ...]] = {
    region.name: FAMILIAR_REGIONS,
    crm_segment.name: tuple(Segment),
    vp_segment.name: tuple(Segment),
    motion.name: tuple(Motion),
    CURRENT_TEAM: tuple(Team),
}
"""The texts that deciding tells apart by itself, beside those that the policy names."""
_NOT_LOOKED_AT = frozenset({ROW, ACCOUNT_ID, THIRD_PARTY_EMPLOYEES})
_FOLLOWS = frozenset({segment.name})
"""What follows from the other facts, for any accounts of one shape."""
_EPOCH = date(1970, 1, 1)


_ALWAYS = frozenset(
    {region.name, crm_segment.name, vp_segment.name, CURRENT_TEAM}
    | {employees_of(source).name for source in PRIMARY_SOURCES}
    | {wholly_wrong(source).name for source in PRIMARY_SOURCES}
)
"""What deciding looks at by itself, whatever steps it asks."""


class UnshapedPolicyError(ValueError):
    """A policy with a question that no column of facts answers, or with more comparisons than a shape can hold."""


class _Coding(NamedTuple):
    """How a fact is told apart: the code of each of its values, below ``codes``, and what a code counts in a shape."""

    name: str
    code: Callable[[pa.Array], Codes]
    width: int
    codes: int


class Shapes:
    """Names the shapes of accounts under one policy.

    It speaks of accounts without a decision of the VP, a third party's count, a standing move or an occasion.
    """

    def __init__(self, policy: Policy) -> None:
        steps = {step.key: list(leaves_of(step.expression)) for step in steps_of(policy)}
        leaves = [leaf for of_step in steps.values() for leaf in of_step]
        strange = {leaf.fact for leaf in leaves} - set(FACTS.names) - _FOLLOWS - {leading_employees.name}
        if strange:
            raise UnshapedPolicyError(f"No column of facts answers {', '.join(sorted(strange))}")
        self._asked_by = {key: {leaf.fact for leaf in of_step} for key, of_step in steps.items()}
        self._codings: list[_Coding] = []
        width = 1
        for field in FACTS:
            if field.name not in _NOT_LOOKED_AT:
                code, codes = _coding(field, leaves)
                self._codings.append(_Coding(field.name, code, width, codes))
                width *= codes
        if width >= 2**63:
            raise UnshapedPolicyError("More comparisons than a shape can hold")

    def of(self, facts: pa.Table) -> Codes:
        """The shape of each row of a table of ``FACTS``: equal numbers are equal shapes."""
        shapes = np.zeros(len(facts), np.int64)
        for each in self._codings:
            shapes += each.code(_whole(facts[each.name])) * each.width
        return shapes

    def looked_at(self, trail: Trail) -> frozenset[str]:
        """The facts that a decision with this trail was taken on. Of the others it would have been the same."""
        asked = {fact for key, _ in trail for fact in self._asked_by[key]}
        return frozenset(each.name for each in self._codings if each.name in asked or each.name in _ALWAYS)

    def part(self, shapes: Codes, facts: frozenset[str]) -> Codes:
        """What shapes say of some facts alone."""
        parts = np.zeros(len(shapes), np.int64)
        for each in self._codings:
            if each.name in facts:
                parts += shapes // each.width % each.codes * each.width
        return parts


def leaves_of(expression: Expression) -> Iterator[Leaf]:
    """The questions about single facts that an expression is made of."""
    match expression:
        case Known() | Holds() | Compare() | IsIn():
            yield expression
        case Not(part) | Clause(expression=part):
            yield from leaves_of(part)
        case And(parts) | Or(parts):
            for part in parts:
                yield from leaves_of(part)
        case _:
            assert_never(expression)


def _coding(field: pa.Field, leaves: list[Leaf]) -> tuple[Callable[[pa.Array], Codes], int]:
    """How the values of a column are told apart, and into how many kinds: 0 is the unknown."""
    if pa.types.is_boolean(field.type):
        return _flags, 3
    if pa.types.is_string(field.type):
        named = [
            choice for leaf in leaves if isinstance(leaf, IsIn) and leaf.fact == field.name for choice in leaf.choices
        ]
        values = pa.array(dict.fromkeys([*_VALUES[field.name], *named]), pa.string())
        return lambda texts: _texts(texts, values), len(values) + 2
    spoken_of = {field.name}
    if field.name in {employees_of(source).name for source in PRIMARY_SOURCES}:
        spoken_of.add(leading_employees.name)
    compared = [leaf for leaf in leaves if isinstance(leaf, Compare) and leaf.fact in spoken_of]
    cuts = np.array(sorted({_cut(leaf) for leaf in compared}), np.int64)
    return lambda numbers: _numbers(numbers, cuts), len(cuts) + 2


def _cut(leaf: Compare) -> int:
    """The smallest number, or day since 1970, for which a comparison comes out otherwise than for smaller ones."""
    bound: Bound = leaf.bound
    if isinstance(bound, date):
        return ((bound if leaf.operator in {"<", ">="} else bound + timedelta(days=1)) - _EPOCH).days
    return bound if leaf.operator in {"<", ">="} else bound + 1


def _flags(flags: pa.Array) -> Codes:
    return _codes(pc.add(pc.fill_null(flags.cast(pa.int8()), -1), 1))


def _texts(texts: pa.Array, values: pa.Array) -> Codes:
    found = pc.add(pc.fill_null(pc.index_in(texts, values, skip_nulls=True), -1), 2)
    return _codes(pc.if_else(pc.is_valid(texts), found, 0))


def _numbers(numbers: pa.Array, cuts: Codes) -> Codes:
    known = _codes(pc.is_valid(numbers))
    plain = numbers.cast(pa.int32()) if pa.types.is_date(numbers.type) else numbers
    return (np.searchsorted(cuts, _codes(pc.fill_null(plain, 0)), side="right") + 1) * known


def _codes(values: pa.Array) -> Codes:
    codes: Codes = values.to_numpy(zero_copy_only=False).astype(np.int64)
    return codes


def _whole(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
