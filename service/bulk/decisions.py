"""A policy, compiled for a table: the decision on every row, and what each clause says of it."""

from collections.abc import Iterator, Sequence

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from service.bulk.expressions import answer
from service.bulk.facts import ACCOUNT_ID, ROW
from service.bulk.routes import MISSING, RULE, TEAM, with_routes
from service.bulk.segments import LEADING_SOURCE, with_segments
from service.domain.clauses import Expression
from service.domain.decision import Status
from service.domain.policy import Fork, Policy, Step
from service.domain.vocabulary import leading_employees, region, segment
from service.domain.wording import clauses_of

STATUS = "status"
BESIDE = (region.name, ROW)
"""Columns that go along with decisions, to be told apart by, and are not written."""
_WITHOUT_A_SEGMENT = ("ROUTE-1", "employee_counts")


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
    for step in _steps(policy):
        yield step.key, step.expression
        for clause in clauses_of(step.expression):
            yield f"{step.rule}/{clause.label}", clause.expression


def _steps(policy: Policy) -> Iterator[Step]:
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


def decisions(facts: ir.Table, policy: Policy, beside: Sequence[str] = BESIDE) -> ir.Table:
    """The decision on every row of a table of facts, in the columns of ``decision_columns``, and ``beside`` them.

    A clause says of a row what it says of its facts, asked or not. Where no routing rule covers the facts, the team is
    NULL while the status is not ``pending_review``.
    """
    routed = with_routes(with_segments(facts, policy), policy)
    placed, missing = routed[segment.name].notnull(), routed[MISSING]
    rule, facts_wanted = _WITHOUT_A_SEGMENT
    firm = ibis.ifelse(missing != "", Status.PROVISIONAL.value, Status.FINAL.value)
    said = {
        ACCOUNT_ID: routed[ACCOUNT_ID],
        STATUS: placed.ifelse(firm, Status.PENDING_REVIEW.value),
        segment.name: routed[segment.name],
        TEAM: placed.ifelse(routed[TEAM], ibis.null("string")),
        RULE: placed.ifelse(routed[RULE], rule),
        LEADING_SOURCE: routed[LEADING_SOURCE],
        leading_employees.name: routed[leading_employees.name],
        MISSING: placed.ifelse(missing, facts_wanted),
    }
    known = set(routed.columns)
    clauses = {
        name: routed[name] if name in known else answer(expression, routed) for name, expression in asked_of(policy)
    }
    return routed.select(**said, **clauses, **{name: routed[name] for name in beside})
