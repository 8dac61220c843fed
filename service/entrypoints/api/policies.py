"""The published policies: parameters, rules and citations."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from service.domain.policies import PUBLISHED, newest_revision
from service.domain.policy import Policy, Step
from service.domain.wording import clauses_of, formula_of, text_of
from service.entrypoints.api.auth import Reader
from service.entrypoints.api.documentation import example, problems, sample
from service.entrypoints.api.problems import ProblemError
from service.entrypoints.api.schemas import PolicyBody, PolicyPage
from service.entrypoints.common.decisions import citation_body
from service.entrypoints.common.encoding import to_json

router = APIRouter(tags=["Ask"])


def _summary(policy: Policy) -> dict[str, Any]:
    return {
        "id": policy.id,
        "version": policy.version,
        "title": policy.title,
        "effective_from": policy.effective_from,
        "effective_until": policy.effective_until,
    }


def _rule(step: Step) -> dict[str, Any]:
    clauses = clauses_of(step.expression)
    return {
        "rule": step.rule,
        "clause": step.part,
        "title": step.title,
        "text": formula_of(step.expression) if clauses else text_of(step.expression),
        "citation": citation_body(step.citation),
        "clauses": [
            {
                "rule": step.rule,
                "clause": clause.label,
                "title": clause.title,
                "text": text_of(clause.expression),
                "citation": citation_body(clause.citation),
                "clauses": [],
            }
            for clause in clauses
        ],
    }


_SAMPLE_SUMMARY = sample(_summary(PUBLISHED[0]))
_SAMPLE_POLICY = _SAMPLE_SUMMARY | {
    "parameters": sample(PUBLISHED[0].parameters.as_dict()),
    "rules": [sample(_rule(step)) for step in list(PUBLISHED[0].steps.values())[:1]],
}


@router.get(
    "/v1/policies",
    summary="List policies",
    responses={
        200: {"model": PolicyPage, "description": "The policies.", **example({"items": [_SAMPLE_SUMMARY]})},
        **problems(401, 403, 422, 503),
    },
)
async def list_policies(request: Request, caller: Reader) -> Response:
    """Every published policy revision, oldest first."""
    del request, caller
    return Response(to_json({"items": [_summary(policy) for policy in PUBLISHED]}), media_type="application/json")


@router.get(
    "/v1/policies/{policy_id}",
    summary="Get a policy",
    responses={
        200: {"model": PolicyBody, "description": "The policy.", **example(_SAMPLE_POLICY)},
        **problems(401, 403, 404, 422, 503),
    },
)
async def get_policy(
    request: Request, caller: Reader, policy_id: Annotated[str, Path(description="The policy's name.")]
) -> Response:
    """The newest revision of a policy: its parameters, and its rules in the order in which they are asked."""
    del request, caller
    policy = newest_revision(policy_id)
    if policy is None:
        raise ProblemError("not_found", "There is no policy of that name")
    rules = [_rule(step) for step in policy.steps.values()]
    body = _summary(policy) | {"parameters": policy.parameters.as_dict(), "rules": rules}
    return Response(to_json(body), media_type="application/json")
