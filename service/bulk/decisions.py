"""A policy, compiled for a table: the decision on every row, and what each clause says of it."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from service.bulk.columns import BESIDE, LEADING_SOURCE, MISSING, RULE, STATUS, TEAM, asked_of
from service.bulk.expressions import answer
from service.bulk.facts import ACCOUNT_ID
from service.bulk.routes import with_routes
from service.bulk.segments import with_segments
from service.domain.decision import Status
from service.domain.policy import Policy
from service.domain.vocabulary import leading_employees, segment

_WITHOUT_A_SEGMENT = ("ROUTE-1", "employee_counts")


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
