"""Decisions that were taken one by one, as rows of a table of decisions."""

from collections.abc import Iterable

import pyarrow as pa

from service.bulk.decisions import BESIDE, asked_of, decision_columns
from service.bulk.routes import SEPARATOR
from service.domain.decision import Decision
from service.domain.evaluation import compile_expression
from service.domain.policy import Policy
from service.domain.segmentation import known_values
from service.domain.vocabulary import leading_employees, segment

BESIDE_COLUMNS = pa.schema([(BESIDE[0], pa.string()), (BESIDE[1], pa.int64())])


class DecidedRows:
    """Makes rows, with the columns of one policy."""

    def __init__(self, policy: Policy) -> None:
        self._schema = pa.unify_schemas([decision_columns(policy), BESIDE_COLUMNS])
        self._checks = [(name, compile_expression(expression)) for name, expression in asked_of(policy)]

    def table(self, decisions: Iterable[tuple[int, Decision]]) -> pa.Table:
        """The decisions, each with its row. A clause says of the facts what it says of them, asked or not."""
        return pa.Table.from_pylist([self._row(row, decision) for row, decision in decisions], schema=self._schema)

    def _row(self, row: int, decision: Decision) -> dict[str, object]:
        values = known_values(decision.facts)
        values |= {segment.name: decision.segment, leading_employees.name: decision.leading_employees}
        account = decision.facts.account
        said = (
            account.id,
            decision.status,
            decision.segment,
            decision.team,
            decision.rule,
            decision.basis,
            decision.leading_employees,
            SEPARATOR.join(decision.missing_facts),
        )
        clauses = (check(values, []) for _, check in self._checks)
        return dict(zip(self._schema.names, (*said, *clauses, account.region, row), strict=True))
