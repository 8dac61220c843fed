"""What would alter a decision, what would settle it, and how near its clauses are to their boundaries."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from service.entrypoints.api.auth import Reader
from service.entrypoints.api.context import context_of
from service.entrypoints.api.openapi.answers import answers, as_json, refuses
from service.entrypoints.api.problems import ProblemError
from service.entrypoints.views.encoding import to_json
from service.entrypoints.views.what_if import WhatIfBody, render_what_if
from service.store.decisions import find_decision

router = APIRouter(tags=["Ask"])


@router.get(
    "/v1/decisions/{decision_id}/what-if",
    summary="Ask what would alter a decision",
    responses=answers(200, "The smallest changes, and the margins.", as_json(WhatIfBody, "what_if"))
    | refuses(401, 403, 404, 409, 422, 503),
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
    recorded = find_decision(context_of(request).database.engine, decision_id)
    if recorded is None:
        raise ProblemError("not_found", f"There is no decision {decision_id}")
    if recorded.decision.facts.occasion is not None:
        raise ProblemError("not_a_classification", f"Decision {decision_id} is about a {recorded.kind}")
    return Response(to_json(render_what_if(decision_id, recorded.decision)), media_type="application/json")
