"""Verdicts: one account of each shape is decided, and says what is decided of all the others of its shape."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from service.bulk.columns import LEADING_SOURCE, decision_columns
from service.bulk.decided import BESIDE_COLUMNS, DecidedRows
from service.bulk.facts import ACCOUNT_ID, ROW
from service.bulk.shapes import Shapes
from service.domain.decide import decide
from service.domain.decision import Decision, trail_to_text
from service.domain.errors import UnroutableAccountError
from service.domain.facts import Facts
from service.domain.policy import Policy
from service.domain.vocabulary import PRIMARY_SOURCES, employees_of, leading_employees, region

Places = NDArray[np.int64]
BY_ITSELF = -1
"""The verdict on a row that is to be decided by itself: one that needs a review, or that no rule covers."""
_REMEMBERED = 300_000


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
        self._forget()

    def _forget(self) -> None:
        # The first place is that of all shapes whose rows are decided by themselves.
        self._known: dict[int, int] = {}
        self._verdicts = np.array([BY_ITSELF], np.int64)
        self._said = pa.table([pa.nulls(1, field.type) for field in self._columns], schema=self._columns)

    def on(self, facts: pa.Table, json: pa.Array) -> Judged:
        """Judge rows, of which ``json`` is all that each states."""
        if len(self._known) > _REMEMBERED:
            self._forget()
        shapes, first, inverse = np.unique(self._shapes.of(facts), return_index=True, return_inverse=True)
        strange = [place for place, shape in enumerate(shapes.tolist()) if shape not in self._known]
        self._learn(shapes[strange].tolist(), [json[place].as_py() for place in first[strange].tolist()])
        known = np.fromiter(map(self._known.__getitem__, shapes.tolist()), np.int64, len(shapes))
        places = known[inverse]
        return Judged(self._verdicts[places], self._told(facts, places))

    def _learn(self, shapes: list[int], witnesses: list[str]) -> None:
        """Decide one account of each shape, on the very facts that are recorded of it."""
        decided: list[tuple[int, Decision]] = []
        verdicts: list[int] = []
        for shape, witness in zip(shapes, witnesses, strict=True):
            decision = self._decision(witness)
            if decision is None or decision.needs_review:
                self._known[shape] = 0
                continue
            self._known[shape] = len(self._verdicts) + len(decided)
            verdicts.append(self._number(decision))
            decided.append((0, decision))
        if decided:
            self._verdicts = np.concatenate([self._verdicts, np.array(verdicts, np.int64)])
            self._said = pa.concat_tables([self._said, self._rows.table(decided)]).combine_chunks()

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
        return number

    def _told(self, facts: pa.Table, places: Places) -> pa.Table:
        told = self._said.take(pa.array(places))
        leads = pa.nulls(len(facts), pa.int64())
        for source in PRIMARY_SOURCES:
            here = pc.fill_null(pc.equal(told[LEADING_SOURCE], source.value), False)  # noqa: FBT003 - Arrow's signature
            leads = pc.if_else(here, facts[employees_of(source).name], leads)
        own = {name: facts[name] for name in (ACCOUNT_ID, region.name, ROW)} | {leading_employees.name: leads}
        columns = [own.get(field.name, told[field.name]) for field in self._columns]
        return pa.table(columns, schema=self._columns)
