"""The published policies: parameters, rules and citations; what is odd about one, and where two revisions differ."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from service.domain.errors import UnknownPolicyError
from service.domain.lab.compare import compare
from service.domain.policies import BUILT_IN, Policies
from service.domain.policy import Policy
from service.entrypoints.api.auth import Reader
from service.entrypoints.api.openapi.document import example, problems, sample
from service.entrypoints.api.policy_samples import SAMPLE_COMPARISON, SAMPLE_LINT
from service.entrypoints.api.policy_schemas import ComparisonBody, LintBody, PolicyBody, PolicyPage
from service.entrypoints.api.services import services_of
from service.entrypoints.views.comparisons import comparison_body
from service.entrypoints.views.encoding import to_json
from service.entrypoints.views.policies import lint_body, revision_body, revision_summary, rule_body
from service.store.policies import current_policies, published_drafts
from service.usecases.draft_policy import findings_on

router = APIRouter(tags=["Policies"])
PolicyName = Annotated[str, Path(description="The policy's name.")]
Version = Annotated[int | None, Query(ge=1, description="The revision; the newest where it is absent.")]

_FIRST = BUILT_IN.published[0]
_SAMPLE_SUMMARY = sample(revision_summary(_FIRST, None))
_SAMPLE_POLICY = _SAMPLE_SUMMARY | {
    "parameters": sample(_FIRST.parameters.as_dict()),
    "rules": [sample(rule_body(step)) for step in list(_FIRST.steps.values())[:1]],
}


@router.get(
    "/v1/policies",
    summary="List policies",
    responses={
        200: {"model": PolicyPage, "description": "The policies.", **example({"items": [_SAMPLE_SUMMARY]})},
        **problems(401, 403, 422, 503),
    },
)
def list_policies(request: Request, caller: Reader) -> Response:
    """Every published policy revision, in the order of publication.

    On a day, that one is in force which was published last of those that have started by then and not ended.
    """
    del caller
    engine = services_of(request).database.engine
    policies, drafts = current_policies(engine), published_drafts(engine)
    items = [revision_summary(policy, drafts.get((policy.id, policy.version))) for policy in policies.published]
    return Response(to_json({"items": items}), media_type="application/json")


@router.get(
    "/v1/policies/{policy_id}",
    summary="Get a policy",
    responses={
        200: {"model": PolicyBody, "description": "The policy.", **example(_SAMPLE_POLICY)},
        **problems(401, 403, 404, 422, 503),
    },
)
def get_policy(request: Request, caller: Reader, policy_id: PolicyName, version: Version = None) -> Response:
    """A revision of a policy: its parameters, and its rules in the order in which they are asked."""
    del caller
    engine = services_of(request).database.engine
    policy = _published(current_policies(engine), policy_id, version)
    recorded = published_drafts(engine).get((policy.id, policy.version))
    return Response(to_json(revision_body(policy, recorded)), media_type="application/json")


@router.get(
    "/v1/policies/{policy_id}/lint",
    summary="Lint a policy",
    responses={
        200: {"model": LintBody, "description": "What is odd about it.", **example(SAMPLE_LINT)},
        **problems(401, 403, 404, 422, 503),
    },
)
def lint_policy(request: Request, caller: Reader, policy_id: PolicyName, version: Version = None) -> Response:
    """What is odd about a revision: rules out of reach, gaps, thresholds of different strictness, what nothing uses."""
    del caller
    database = services_of(request).database
    policy = _published(current_policies(database.engine), policy_id, version)
    return Response(to_json(lint_body(policy, findings_on(database, policy))), media_type="application/json")


@router.get(
    "/v1/policies/{policy_id}/comparison",
    summary="Compare two revisions",
    responses={
        200: {"model": ComparisonBody, "description": "Where they differ.", **example(SAMPLE_COMPARISON)},
        **problems(401, 403, 404, 422, 503),
    },
)
def compare_revisions(
    request: Request,
    caller: Reader,
    policy_id: PolicyName,
    before: Annotated[int, Query(ge=1, description="The revision to compare with.")],
    after: Version = None,
) -> Response:
    """Every region of facts that two revisions decide differently, each with witnesses. No account is needed."""
    del caller
    policies = current_policies(services_of(request).database.engine)
    one, other = _published(policies, policy_id, before), _published(policies, policy_id, after)
    found = compare(one, other, other.effective_from)
    return Response(to_json(comparison_body(found, one, other)), media_type="application/json")


def _published(policies: Policies, policy_id: str, version: int | None) -> Policy:
    found = policies.newest(policy_id) if version is None else policies.revision(policy_id, version)
    if found is None:
        raise UnknownPolicyError(policy_id, version)
    return found
