"""The columns of a table of decisions, and what classifying an account asks, by the names of its columns."""

from collections.abc import Iterator

import pyarrow as pa

from service.bulk.facts import ACCOUNT_ID, ROW
from service.domain.clauses import Expression
from service.domain.policy import Fork, Policy, Step
from service.domain.vocabulary import leading_employees, region, segment
from service.domain.wording import clauses_of

STATUS, TEAM, RULE, LEADING_SOURCE, MISSING = "status", "team", "rule", "leading_source", "missing_facts"
SEPARATOR = ";"
"""What stands between missing facts."""
BESIDE = (region.name, ROW)
"""Columns that go along with decisions, to be told apart by, and are not written."""


def decision_columns(policy: Policy) -> pa.Schema:
    """The columns of a table of decisions. Clauses are named ``RULE/part``, the numbered ones ``RULE/number``."""
    return pa.schema(
        [
            (ACCOUNT_ID, pa.string()),
            (STATUS, pa.string()),
            (segment.name, pa.string()),
            (TEAM, pa.string()),
            (RULE, pa.string()),
            (LEADING_SOURCE, pa.string()),
            (leading_employees.name, pa.int64()),
            (MISSING, pa.string()),
            *((name, pa.bool_()) for name, _ in asked_of(policy)),
        ]
    )


def asked_of(policy: Policy) -> Iterator[tuple[str, Expression]]:
    """What classifying an account asks: each step and each of its numbered clauses, by the name of its column."""
    for step in steps_of(policy):
        yield step.key, step.expression
        for clause in clauses_of(step.expression):
            yield f"{step.rule}/{clause.label}", clause.expression


def steps_of(policy: Policy) -> Iterator[Step]:
    """The steps that classifying an account may ask."""
    yield policy.vp_decision
    yield from (source.stands for source in policy.sources)
    yield policy.crm_segment
    yield from (band.holds for band in policy.bands)
    yield from (policy.double_check, policy.double_check_required)
    for route in policy.routes:
        yield route.when
        if isinstance(route.to, Fork):
            yield route.to.test
    yield policy.guideline
