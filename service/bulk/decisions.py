"""The decisions on the rows of a table: those of a compiled policy, and those that were taken one by one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias, cast

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from service.bulk.columns import (
    BESIDE,
    LEADING_RANGE,
    LEADING_SOURCE,
    OUTCOME,
    SAID,
    SEPARATOR,
    asked_of,
    decision_columns,
)
from service.bulk.expressions import answer
from service.bulk.program import interpret
from service.domain.decision import Decision
from service.domain.evaluation import compile_answer
from service.domain.policy import Policy
from service.domain.values import known_values
from service.domain.vocabulary import basis, leading_employees

More: TypeAlias = Mapping[str, Callable[[ir.Table], ir.Value]]
"""Further columns by name, each made of all that was interpreted."""
NOTHING_MORE: More = {}


def decisions(
    facts: ir.Table, policy: Policy, beside: Sequence[str] = BESIDE, more: More = NOTHING_MORE, *, trail: bool = False
) -> ir.Table:
    """The decision on every row of a table of facts, in the columns of ``decision_columns``, and ``beside`` them.

    With ``trail`` there are the columns of ``asked`` too, for ``beside`` and ``more`` to read. A clause says of a row
    what it says of its facts, asked or not. Where no routing rule covers the facts, the team is NULL while the status
    is not ``pending_review``.
    """
    decided = interpret(facts, policy.program, trail=trail)
    # Accounts of which a range leads are decided one by one: a table of facts holds numbers.
    said = {name: ibis.null("string") if name == LEADING_RANGE else decided[_bound_as(name)] for name in SAID.names}
    known = set(decided.columns)
    clauses = {
        name: decided[name] if name in known else answer(expression, decided) for name, expression in asked_of(policy)
    }
    others = {name: decided[name] for name in beside} | {name: make(decided) for name, make in more.items()}
    return decided.select(**said, **clauses, **others)


def _bound_as(name: str) -> str:
    """What the parts of a program bind, by the name of the column that says it."""
    return basis.name if name == LEADING_SOURCE else name


_BOUND = tuple(map(_bound_as, OUTCOME[:-1]))
"""In the order of ``Decision.outcome``, without the missing facts at its end."""
BESIDE_COLUMNS = pa.schema([*((name, pa.string()) for name in BESIDE[:-1]), (BESIDE[-1], pa.int64())])


class DecidedRows:
    """Makes rows, with the columns of one policy."""

    def __init__(self, policy: Policy) -> None:
        self._schema = pa.unify_schemas([decision_columns(policy), BESIDE_COLUMNS])
        self._checks = [compile_answer(expression) for _, expression in asked_of(policy)]

    def table(self, decisions: Iterable[tuple[int, Decision]]) -> pa.Table:
        """The decisions, each with its row. A clause says of the facts what it says of them, asked or not."""
        rows, values = [], []
        for row, decision in decisions:
            account = decision.facts.account
            missing = SEPARATOR.join(decision.missing_facts)
            led = None if decision.leading_range is None else str(decision.leading_range)
            beside = (account.region, account.current_team, row)
            rows.append((account.id, decision.status, *decision.outcome[1:6], led, missing, *beside))
            # Decided here, or found to stand under a revision that is in force here: it is known.
            known = known_values(decision.facts, cast("Policy", decision.policy).program)
            known.update({key: outcomes[-1] for key, outcomes in decision.trail})
            known.update(zip(_BOUND, decision.outcome, strict=False))
            known[leading_employees.name] = decision.led
            values.append(known)
        said = list(zip(*rows, strict=True)) or [()] * (len(SAID) + len(BESIDE))
        clauses = [[check(known) for known in values] for check in self._checks]
        columns = (*said[: len(SAID)], *clauses, *said[len(SAID) :])
        arrays = [pa.array(column, field.type) for column, field in zip(columns, self._schema, strict=True)]
        return pa.table(arrays, schema=self._schema)
