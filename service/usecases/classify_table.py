"""Decide every account of a table, and write what was decided: nothing is recorded."""

from collections.abc import Callable, Iterator
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from service.bulk.alongside import Alongside, along_with
from service.bulk.columns import STATUS, TEAM
from service.bulk.decisions import DecidedRows
from service.bulk.engines.open import Engine
from service.bulk.facts import ROW
from service.bulk.outputs import Outputs
from service.bulk.prefetch import ahead
from service.bulk.reading import FactsReader
from service.bulk.reviews import OPENS_REVIEW
from service.bulk.rows import Table
from service.domain.decide import decide
from service.domain.decision import Decision, Status
from service.domain.errors import DomainError, UnroutableAccountError
from service.domain.policies import Policies
from service.domain.rows import RejectedRow, Row, StatedRow, Summary, refused
from service.domain.values import is_ranged

_TOGETHER = 5_000
"""Decisions that were taken one by one and are written at once."""


class _Deciding:
    """One table on its way through an engine."""

    def __init__(self, table: Table, policies: Policies, on: date, outputs: Outputs) -> None:
        self._table = table
        self._policies = policies
        self._policy = policies.on(on)
        self._on = on
        self._outputs = outputs
        self._alone = DecidedRows(self._policy)
        self._along = Alongside(table.layout)
        self._decided: list[tuple[StatedRow, Decision]] = []

    def facts(self) -> Iterator[pa.Table]:
        reader = FactsReader(self._table.layout, self._by_itself, self._outputs.remark, self._along)
        return reader.facts(ahead(self._table.pieces))

    def _by_itself(self, row: Row) -> StatedRow | None:
        """A row, where the engine is to decide it with the others."""
        if isinstance(row, RejectedRow):
            self._outputs.reject(row)
            return None
        for remark in row.remarks:
            self._outputs.remark(remark, row.number)
        try:
            on = row.effective_on or self._on
            policy = self._policies.on(on)
            if policy is self._policy and not is_ranged(row.facts):
                return row
            self._decided.append((row, decide(row.facts, policy, on)))
            self._outputs.look_at(self._decided[-1][1])
            if len(self._decided) >= _TOGETHER:
                self.write_alone()
        except DomainError as error:
            self._outputs.reject(refused(row, error, self._table.column_at))
        return None

    def write_alone(self) -> None:
        """Write the decisions that were taken one by one."""
        decided, self._decided = self._decided, []
        if decided:
            table = self._alone.table((row.number, decision) for row, decision in decided)
            self._outputs.write(table, along_with([row for row, _ in decided], self._table.layout))

    def write(self, decided: pa.Table) -> None:
        """Write the decisions of a block, but for the rows that no rule covers."""
        along = self._along.of(decided[ROW])
        uncovered = pc.and_(pc.is_null(decided[TEAM]), pc.not_equal(decided[STATUS], Status.PENDING_REVIEW.value))
        if pc.any(uncovered).as_py():
            for number in decided[ROW].filter(uncovered).to_pylist():
                row = self._along.row(number)
                if isinstance(row, StatedRow):
                    error = UnroutableAccountError(row.facts.account.id)
                    self._outputs.reject(refused(row, error, self._table.column_at))
            covered = pc.invert(uncovered)
            decided, along = decided.filter(covered), along.filter(covered)
        self._outputs.write(decided, along)
        if OPENS_REVIEW in decided.column_names:
            self._look_at_reviews(decided[ROW].filter(decided[OPENS_REVIEW]).to_pylist())

    def _look_at_reviews(self, numbers: list[int]) -> None:
        """Decide some rows again, each by itself, for what a review of them would be about."""
        for number in numbers:
            row = self._along.row(number)
            if isinstance(row, StatedRow):
                self._outputs.look_at(decide(row.facts, self._policy, row.effective_on or self._on))


def classify_table(
    table: Table, on: date, policies: Policies, engine: Engine, outputs: Outputs, written: Callable[[], None]
) -> Summary:
    """Decide every row of a table under the policy of its day, or of ``on`` where it names none.

    Raises:
        NoPolicyInForceError: none was on ``on``.
    """
    deciding = _Deciding(table, policies, on, outputs)
    for decided in ahead(engine.decide(policies.on(on), deciding.facts())):
        deciding.write(decided)
        written()
    deciding.write_alone()
    return outputs.summary
