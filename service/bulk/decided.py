"""Decisions that were taken one by one, as rows of a table of decisions."""

from collections.abc import Iterable

import pyarrow as pa

from service.bulk.columns import BESIDE, SEPARATOR, asked_of, decision_columns
from service.domain.clauses import Outcome
from service.domain.decision import Decision
from service.domain.evaluation import compile_expression
from service.domain.policy import Policy
from service.domain.segmentation import known_values
from service.domain.vocabulary import leading_employees, segment

_SAID = 8
"""How many columns say what was decided, before those of the clauses."""
BESIDE_COLUMNS = pa.schema([(BESIDE[0], pa.string()), (BESIDE[1], pa.int64())])


class DecidedRows:
    """Makes rows, with the columns of one policy."""

    def __init__(self, policy: Policy) -> None:
        self._schema = pa.unify_schemas([decision_columns(policy), BESIDE_COLUMNS])
        self._checks = [compile_expression(expression) for _, expression in asked_of(policy)]

    def table(self, decisions: Iterable[tuple[int, Decision]]) -> pa.Table:
        """The decisions, each with its row. A clause says of the facts what it says of them, asked or not."""
        rows, values, trail = [], [], list[Outcome]()
        for row, decision in decisions:
            account = decision.facts.account
            missing = SEPARATOR.join(decision.missing_facts)
            rows.append((account.id, decision.status, *decision.outcome[1:6], missing, account.region, row))
            known = known_values(decision.facts)
            known[segment.name], known[leading_employees.name] = decision.segment, decision.leading_employees
            values.append(known)
        said = list(zip(*rows, strict=True)) or [()] * (_SAID + len(BESIDE))
        clauses = [[check(known, trail) for known in values] for check in self._checks]
        columns = (*said[:_SAID], *clauses, *said[_SAID:])
        arrays = [pa.array(column, field.type) for column, field in zip(columns, self._schema, strict=True)]
        return pa.table(arrays, schema=self._schema)
