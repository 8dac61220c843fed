"""Decide every account of a table, and write what was decided: nothing is recorded."""

from collections.abc import Callable, Iterator
from datetime import date
from threading import Lock

import pyarrow as pa
import pyarrow.compute as pc

from service.bulk.columns import STATUS, TEAM
from service.bulk.decisions import DecidedRows
from service.bulk.engines.open import Engine
from service.bulk.facts import ACCOUNT_ID, ROW
from service.bulk.outputs import Outputs, count_decisions
from service.bulk.prefetch import ahead
from service.bulk.reading import FactsReader
from service.bulk.rows import Table
from service.domain.decide import decide
from service.domain.decision import Decision, Status
from service.domain.errors import DomainError, UnroutableAccountError
from service.domain.facts import Facts
from service.domain.policies import Policies
from service.domain.rows import RejectedRow, Row, Summary, refused
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
        self._decided: list[tuple[int, Decision]] = []
        # Rows are read, decided and written by threads of their own, and each of them finds something to say.
        self._saying = Lock()
        self.summary = Summary()

    def facts(self) -> Iterator[pa.Table]:
        reader = FactsReader(self._table.layout, self._by_itself, self.summary.remark)
        return reader.facts(ahead(self._table.pieces))

    def _by_itself(self, row: Row) -> Facts | None:
        """The facts of a row, where the engine is to decide them with the others."""
        if isinstance(row, RejectedRow):
            self._reject(row)
            return None
        for remark in row.remarks:
            self.summary.remark(remark, row.number)
        try:
            on = row.effective_on or self._on
            policy = self._policies.on(on)
            if policy is self._policy and not is_ranged(row.facts):
                return row.facts
            self._decided.append((row.number, decide(row.facts, policy, on)))
            if len(self._decided) >= _TOGETHER:
                self.write_alone()
        except DomainError as error:
            self._reject(refused(row.number, row.facts.account.id, error, self._table.column_at))
        return None

    def write_alone(self) -> None:
        """Write the decisions that were taken one by one."""
        decided, self._decided = self._decided, []
        if decided:
            self._write(self._alone.table(decided))

    def write(self, decided: pa.Table) -> None:
        """Write the decisions of a block, but for the rows that no rule covers."""
        uncovered = pc.and_(pc.is_null(decided[TEAM]), pc.not_equal(decided[STATUS], Status.PENDING_REVIEW.value))
        if pc.any(uncovered).as_py():
            for row in decided.filter(uncovered).select([ROW, ACCOUNT_ID]).to_pylist():
                error = UnroutableAccountError(row[ACCOUNT_ID])
                self._reject(refused(row[ROW], row[ACCOUNT_ID], error, self._table.column_at))
            decided = decided.filter(pc.invert(uncovered))
        self._write(decided)

    def _write(self, decided: pa.Table) -> None:
        with self._saying:
            count_decisions(self.summary, decided)
            self._outputs.decisions.write(decided)

    def _reject(self, row: RejectedRow) -> None:
        with self._saying:
            self.summary.reject(row)
            self._outputs.rejected.write(row)


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
    return deciding.summary
