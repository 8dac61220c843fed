"""What would alter a decision as every entry point answers it."""

from typing import Any
from uuid import UUID

from service.domain.decision import Decision
from service.domain.lab.boundaries import Boundary, boundaries, boundary_words
from service.domain.lab.changes import Counterfactual
from service.domain.lab.counterfactual import counterfactuals
from service.domain.lab.counterfactual_words import counterfactual_words
from service.domain.lab.missing import missing_facts, missing_words


def what_if_body(decision_id: UUID, decision: Decision) -> dict[str, Any]:
    """What would alter a classification, what would settle it, and its margins."""
    policy = decision.policy
    found, missing = counterfactuals(decision, policy), missing_facts(decision, policy)
    return {
        "decision_id": decision_id,
        "found_out": [_counterfactual(each, decision) for each in found.found_out],
        "given": [_counterfactual(each, decision) for each in found.given],
        "settled_by": missing.sets,
        "settling": missing_words(missing),
        "boundaries": [_boundary(each) for each in boundaries(decision, policy)],
    }


def _counterfactual(found: Counterfactual, decision: Decision) -> dict[str, Any]:
    return {
        "changes": [
            {"fact": change.fact, "before": change.before, "after": change.after, "distance": change.distance}
            for change in found.changes
        ],
        "team": found.verdict.team,
        "segment": found.verdict.segment,
        "status": found.verdict.status,
        "rule": found.verdict.rule,
        "text": counterfactual_words(found, decision, decision.policy),
    }


def _boundary(boundary: Boundary) -> dict[str, Any]:
    margin = boundary.margin
    return {
        "step": boundary.step,
        "clause": margin.text,
        "fact": margin.fact,
        "value": margin.value,
        "outcome": margin.outcome,
        "by": None if margin.by is None else int(margin.by),
        "text": boundary_words(boundary),
    }
