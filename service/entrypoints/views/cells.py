"""Rows of CSV: what stands in each cell of a decision, and of an account, by the name of its column."""

from collections.abc import Callable

from service.domain.decision import RecordedDecision
from service.domain.sentences import summary
from service.store.accounts import StandingAccount

ACCOUNT_CELLS: dict[str, Callable[[StandingAccount], object]] = {
    "account_id": lambda found: found.recorded.account_id,
    "name": lambda found: found.recorded.decision.facts.account.name,
    "region": lambda found: found.recorded.decision.facts.account.region,
    "owner_id": lambda found: found.recorded.decision.facts.account.owner_id,
    "team": lambda found: found.recorded.decision.team,
    "segment": lambda found: found.recorded.decision.segment,
    "status": lambda found: found.recorded.decision.status,
    "rule": lambda found: found.recorded.decision.rule,
    "leading_source": lambda found: found.recorded.decision.basis,
    "leading_employees": lambda found: found.recorded.decision.leading_employees,
    "missing_facts": lambda found: ";".join(found.recorded.decision.missing_facts),
    "policy": lambda found: found.recorded.decision.policy_id,
    "policy_version": lambda found: found.recorded.decision.policy_version,
    "effective_on": lambda found: found.recorded.decision.effective_on,
    "since": lambda found: found.recorded.recorded_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    "standing_move": lambda found: str(found.standing_move).lower(),
    "decision_id": lambda found: found.recorded.id,
}
CELLS: dict[str, Callable[[RecordedDecision], object]] = {
    "id": lambda recorded: recorded.id,
    "recorded_at": lambda recorded: recorded.recorded_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    "kind": lambda recorded: recorded.kind,
    "account_id": lambda recorded: recorded.account_id,
    "account_name": lambda recorded: recorded.decision.facts.account.name,
    "status": lambda recorded: recorded.decision.status,
    "segment": lambda recorded: recorded.decision.segment,
    "team": lambda recorded: recorded.decision.team,
    "rule": lambda recorded: recorded.decision.rule,
    "summary": lambda recorded: summary(recorded.decision, recorded.decision.policy),
    "leading_source": lambda recorded: recorded.decision.basis,
    "leading_employees": lambda recorded: recorded.decision.leading_employees,
    "missing_facts": lambda recorded: ";".join(recorded.decision.missing_facts),
    "advice": lambda recorded: ";".join(recorded.decision.advice),
    "actions": lambda recorded: ";".join(recorded.decision.actions),
    "policy": lambda recorded: recorded.decision.policy_id,
    "policy_version": lambda recorded: recorded.decision.policy_version,
    "effective_on": lambda recorded: recorded.decision.effective_on,
    "actor": lambda recorded: recorded.actor,
    "source": lambda recorded: recorded.source,
    "request_id": lambda recorded: recorded.request_id,
    "previous_decision_id": lambda recorded: recorded.previous_decision_id,
    "review_id": lambda recorded: recorded.review_id,
    "stands": lambda recorded: str(recorded.stands).lower(),
    "leading_range": lambda recorded: recorded.decision.leading_range,
    "team_before": lambda recorded: recorded.team_before,
    "unchanged": lambda recorded: str(recorded.unchanged).lower(),
}
"""What stands in a row of CSV, by the name of its column."""
CSV_COLUMNS = tuple(CELLS)
