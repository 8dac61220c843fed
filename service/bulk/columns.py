"""The columns of a table of decisions, and what classifying an account asks, by the names of its columns."""

from collections.abc import Iterator

import pyarrow as pa

from service.bulk.facts import ACCOUNT_ID, ROW
from service.domain.clauses import Expression
from service.domain.parts import Step
from service.domain.policy import Policy
from service.domain.vocabulary import leading_employees, region, rule, segment, status, team
from service.domain.wording import clauses_of

STATUS, TEAM, RULE, MISSING = status.name, team.name, rule.name, "missing_facts"
LEADING_SOURCE, LEADING_RANGE = "leading_source", "leading_range"
SEPARATOR = ";"
"""What stands between missing facts."""
SAID = pa.schema(
    [
        (ACCOUNT_ID, pa.string()),
        (STATUS, pa.string()),
        (segment.name, pa.string()),
        (TEAM, pa.string()),
        (RULE, pa.string()),
        (LEADING_SOURCE, pa.string()),
        (leading_employees.name, pa.int64()),
        (LEADING_RANGE, pa.string()),
        (MISSING, pa.string()),
    ]
)
"""What was decided of an account."""
OUTCOME = tuple(name for name in SAID.names[1:] if name != LEADING_RANGE)
"""The parts of ``Decision.outcome``, in its order."""
BESIDE = (region.name, ROW)
"""Columns that go along with decisions, to be told apart by, and are not written."""


def decision_columns(policy: Policy) -> pa.Schema:
    """The columns of a table of decisions. Clauses are named ``RULE/part``, the numbered ones ``RULE/number``."""
    return pa.schema([*SAID, *(pa.field(name, pa.bool_()) for name, _ in asked_of(policy))])


def asked_of(policy: Policy) -> Iterator[tuple[str, Expression]]:
    """What classifying an account asks: each step and each of its numbered clauses, by the name of its column."""
    for step in policy.program.classifying:
        yield from columns_of(step)


def columns_of(step: Step) -> Iterator[tuple[str, Expression]]:
    """A step and each of its numbered clauses, by the name of its column."""
    yield step.key, step.expression
    for clause in clauses_of(step.expression):
        yield f"{step.rule}/{clause.label}", clause.expression
