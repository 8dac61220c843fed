"""What would alter a decision, what would settle it, and how near its clauses are to their boundaries."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from service.domain.decision import Decision
from service.domain.lab.boundaries import Boundary, boundaries, boundary_words
from service.domain.lab.changes import Counterfactual
from service.domain.lab.counterfactual import counterfactuals
from service.domain.lab.counterfactual_words import counterfactual_words
from service.domain.lab.missing import missing_facts, missing_words
from service.entrypoints.api.auth import Reader
from service.entrypoints.api.documentation import SAMPLE_RECORDED, example, problems, sample
from service.entrypoints.api.problems import ProblemError
from service.entrypoints.api.services import services_of
from service.entrypoints.api.what_if_schemas import WhatIfBody
from service.entrypoints.common.encoding import to_json
from service.store.decisions import find_decision

router = APIRouter(tags=["Ask"])


def _body(decision_id: UUID, decision: Decision) -> dict[str, Any]:
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


_SAMPLE = sample(_body(SAMPLE_RECORDED.id, SAMPLE_RECORDED.decision))


@router.get(
    "/v1/decisions/{decision_id}/what-if",
    summary="Ask what would alter a decision",
    responses={
        200: {"model": WhatIfBody, "description": "The smallest changes, and the margins.", **example(_SAMPLE)},
        **problems(401, 403, 404, 409, 422, 503),
    },
)
def what_if(
    request: Request,
    caller: Reader,
    decision_id: Annotated[UUID, Path(description="The decision's identifier.")],
) -> Response:
    """The smallest changes of facts that would send the account to another team, each verified by deciding it.

    Those that work can bring to light stand apart from those of facts that are given. Also the smallest sets of facts
    that would make the decision final, and by how much each comparison holds or fails. Of classifications alone.
    """
    del caller
    recorded = find_decision(services_of(request).database.engine, decision_id)
    if recorded is None:
        raise ProblemError("not_found", f"There is no decision {decision_id}")
    if recorded.decision.facts.occasion is not None:
        raise ProblemError("not_a_classification", f"Decision {decision_id} is about a {recorded.kind}")
    return Response(to_json(_body(decision_id, recorded.decision)), media_type="application/json")
