"""Verdicts: one account of each shape is decided, and says what is decided of all the others of its shape."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from service.bulk.answers import answers
from service.bulk.columns import LEADING_SOURCE, MISSING, RULE, STATUS, TEAM, asked_of, decision_columns
from service.bulk.decided import BESIDE_COLUMNS, DecidedRows
from service.bulk.shapes import Shapes
from service.domain.decide import decide
from service.domain.decision import Decision, trail_to_text
from service.domain.errors import UnroutableAccountError
from service.domain.facts import Facts
from service.domain.policy import Policy
from service.domain.vocabulary import PRIMARY_SOURCES, employees_of, leading_employees, segment

Places = NDArray[np.int64]
BY_ITSELF = -1
"""The verdict on a row that is to be decided by itself: one that needs a review, or that no rule covers."""
_REMEMBERED = 300_000
SAID = [STATUS, segment.name, TEAM, RULE, LEADING_SOURCE, MISSING]


@dataclass(frozen=True, slots=True)
class Judged:
    """What is decided of some rows: the number of each one's verdict, and the rows of the table of decisions."""

    verdicts: Places
    table: pa.Table


class Verdicts:
    """The verdicts of one policy and day so far. ``decisions`` has one decision that each verdict was taken from."""

    def __init__(self, policy: Policy, on: date, facts_of: Callable[[str], Facts]) -> None:
        self._policy = policy
        self._on = on
        self._facts_of = facts_of
        self._shapes = Shapes(policy)
        self._rows = DecidedRows(policy)
        self._columns = pa.unify_schemas([decision_columns(policy), BESIDE_COLUMNS])
        self._numbers: dict[tuple[object, ...], int] = {}
        self.decisions: list[Decision] = []
        self._said: pa.Table | None = None
        self._forget()

    def _forget(self) -> None:
        self._known: dict[int, int] = {}
        self._by_part: dict[frozenset[str], dict[int, int]] = {}

    def on(self, facts: pa.Table, json: pa.Array) -> Judged:
        """Judge rows, of which ``json`` is all that each states."""
        if len(self._known) > _REMEMBERED:
            self._forget()
        shapes, first, inverse = np.unique(self._shapes.of(facts), return_index=True, return_inverse=True)
        strange = np.array([shape not in self._known for shape in shapes.tolist()], bool)
        if strange.any():
            self._learn(shapes[strange], json.take(pa.array(first[strange])))
        known = np.fromiter(map(self._known.__getitem__, shapes.tolist()), np.int64, len(shapes))
        verdicts = known[inverse]
        return Judged(verdicts, self._told(facts, verdicts))

    def _learn(self, shapes: Places, witnesses: pa.Array) -> None:
        """Find the verdict on each shape: that of a shape that agrees with it on all that was looked at, or its own."""
        parts = {looked_at: self._shapes.part(shapes, looked_at).tolist() for looked_at in self._by_part}
        for place, shape in enumerate(shapes.tolist()):
            found = (known.get(parts[looked_at][place]) for looked_at, known in self._by_part.items())
            verdict = next((each for each in found if each is not None), None)
            if verdict is None:
                # Decided on the very facts that are recorded of it.
                decision = self._decision(witnesses[place].as_py())
                if decision is None:
                    verdict = BY_ITSELF
                else:
                    verdict = BY_ITSELF if decision.needs_review else self._number(decision)
                    looked_at = self._shapes.looked_at(decision.trail)
                    if looked_at not in parts:
                        parts[looked_at] = self._shapes.part(shapes, looked_at).tolist()
                    self._by_part.setdefault(looked_at, {})[parts[looked_at][place]] = verdict
            self._known[shape] = verdict

    def _decision(self, witness: str) -> Decision | None:
        try:
            return decide(self._facts_of(witness), self._policy, self._on)
        except UnroutableAccountError:
            return None

    def _number(self, decision: Decision) -> int:
        """The number of the verdict that a decision is taken from: all that is said, but for the account's own."""
        said = (*decision.outcome[:5], decision.missing_facts, decision.advice, decision.actions)
        number = self._numbers.setdefault((*said, trail_to_text(decision.trail)), len(self.decisions))
        if number == len(self.decisions):
            self.decisions.append(decision)
            self._said = None
        return number

    def _told(self, facts: pa.Table, verdicts: Places) -> pa.Table:
        """The rows of the table of decisions. Of what is decided by itself they mean nothing."""
        if self._said is None:
            table = self._rows.table(enumerate(self.decisions)).select(SAID)
            nothing = pa.table([pa.nulls(1, field.type) for field in table.schema], schema=table.schema)
            self._said = pa.concat_tables([table, nothing]).combine_chunks()
        said = self._said.take(pa.array(np.where(verdicts == BY_ITSELF, len(self.decisions), verdicts)))
        known = {name: column.combine_chunks() for name, column in zip(facts.column_names, facts.columns, strict=True)}
        known[segment.name] = said[segment.name].combine_chunks()
        known[leading_employees.name] = self._leading(known, said[LEADING_SOURCE].combine_chunks())
        told = known | {name: said[name] for name in SAID if name not in known}
        told |= {name: answers(expression, known) for name, expression in asked_of(self._policy)}
        return pa.table([told[field.name] for field in self._columns], schema=self._columns)

    @staticmethod
    def _leading(facts: Mapping[str, pa.Array], basis: pa.Array) -> pa.Array:
        """The number of the source that leads each row's segment."""
        leads = pa.nulls(len(basis), pa.int64())
        for source in PRIMARY_SOURCES:
            here = pc.fill_null(pc.equal(basis, source.value), False)  # noqa: FBT003 - Arrow's signature
            leads = pc.if_else(here, facts[employees_of(source).name], leads)
        return leads
