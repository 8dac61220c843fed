"""All that is recorded, but for identifiers and instants, to be compared between two databases."""

from typing import Any

from sqlalchemy import Engine, text

DECISIONS = """
SELECT d.kind, d.account_id, d.status, d.segment, d.team, d.rule, d.leading_source, d.leading_employees,
       d.missing_facts, d.advice, d.actions, d.policy_id, d.policy_version, d.program, d.effective_on, d.facts, d.trail,
       d.actor, d.source, d.request_id, d.facet, d.team_before, d.told_by, d.stands, d.unchanged, p.facts, p.request_id,
       p.account_id, r.account_id, r.counts_fingerprint, p.recorded_at < d.recorded_at, p.id < d.id
FROM decisions d LEFT JOIN decisions p ON p.id = d.previous_decision_id LEFT JOIN reviews r ON r.id = d.review_id
ORDER BY d.account_id, d.id
"""
ACCOUNTS = """
SELECT a.account_id, a.move, a.changed_over_on, a.name, a.facet = d.facet, d.account_id, d.request_id, d.facts,
       d.recorded_at = a.recorded_at,
       EXISTS (SELECT 1 FROM decisions o WHERE o.account_id = a.account_id AND o.id > d.id)
FROM accounts a JOIN decisions d ON d.id = a.decision_id ORDER BY 1
"""
OUTBOX = """
SELECT o.account_id, d.account_id, d.request_id FROM outbox o JOIN decisions d ON d.id = o.decision_id ORDER BY 1, d.id
"""
REVIEWS = "SELECT account_id, counts_fingerprint, blocking, status, resolved_segment FROM reviews ORDER BY 1, 2"
CONDUCT = "SELECT kind, account_id, account_executive, actor, rule, occurred_on FROM conduct_matters ORDER BY 2, 3"
TABLES = (DECISIONS, ACCOUNTS, OUTBOX, REVIEWS, CONDUCT, "SELECT * FROM facets ORDER BY facet")


def recorded_tables(engine: Engine) -> list[list[Any]]:
    """The rows of every table, in an order that hangs on what they say."""
    with engine.connect() as connection:
        return [list(connection.execute(text(query)).all()) for query in TABLES]
