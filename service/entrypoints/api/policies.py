"""The published policies: parameters, rules and citations; what is odd about one, and where two revisions differ."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from service.domain.lab.compare import compare
from service.domain.policy import AnyPolicy
from service.entrypoints.api.auth import Reader
from service.entrypoints.api.bodies import JsonResponse
from service.entrypoints.api.openapi.answers import answers, as_json
from service.entrypoints.common.apart import answer_apart, lint_apart
from service.entrypoints.common.context import context_of
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.problems import known, known_revision
from service.entrypoints.views.comparisons import ComparisonBody, render_comparison
from service.entrypoints.views.policies import (
    LintBody,
    PolicyBody,
    PolicyPage,
    ProgramBody,
    render_lint,
    render_policy,
    render_summary,
)
from service.store.database import Readable
from service.store.policies import current_policies, find_program, published_drafts
from service.usecases.revise_policy import findings_on

router = APIRouter(route_class=CheckedRoute, tags=["Policies"])
_PROGRAM = {
    "oneOf": [
        {"$ref": f"#/components/schemas/{ProgramBody.__name__}"},
        {"type": "object", "required": ["procedure", "parameters", "duties"], "description": "Of opportunity duties."},
    ]
}
PolicyName = Annotated[str, Path(description="The policy's name.")]
Version = Annotated[int | None, Query(ge=1, description="The revision; the newest where it is absent.")]


@router.get(
    "/v1/policies", summary="List policies", responses=answers(200, "The policies.", as_json(PolicyPage, "policy_page"))
)
def list_policies(request: Request, _: Reader) -> Response:
    """Every published revision: fy23 decides accounts, fy23-duties asks of opportunities; each in order of publication.

    Of a policy that revision is in force on a day which was published last of those that started by then and not ended.
    """
    engine = context_of(request).database.engine
    policies, drafts = current_policies(engine), published_drafts(engine)
    items = [render_summary(policy, drafts.get((policy.id, policy.version))) for policy in policies.all]
    return JsonResponse(PolicyPage(items=items))


@router.get(
    "/v1/policies/{policy_id}",
    summary="Get a policy",
    responses=answers(200, "The policy.", as_json(PolicyBody, "policy")),
)
def get_policy(request: Request, _: Reader, policy_id: PolicyName, version: Version = None) -> Response:
    """A revision of a policy: its parameters, and its rules in the order in which they are asked."""
    engine = context_of(request).database.engine
    policy = known_revision(current_policies(engine), policy_id, version)
    recorded = published_drafts(engine).get((policy.id, policy.version))
    return JsonResponse(render_policy(policy, recorded))


@router.get(
    "/v1/policies/{policy_id}/lint",
    summary="Lint a policy",
    responses=answers(200, "What is odd about it.", as_json(LintBody, "lint")),
)
def lint_policy(request: Request, _: Reader, policy_id: PolicyName, version: Version = None) -> Response:
    """What is odd about a revision: rules out of reach, gaps, thresholds of different strictness, what nothing uses."""
    database = context_of(request).database
    policy = known_revision(current_policies(database.engine), policy_id, version)
    return JsonResponse(render_lint(policy, findings_on(database, policy, lint_apart)))


@router.get(
    "/v1/policies/{policy_id}/comparison",
    summary="Compare two revisions",
    responses=answers(200, "Where they differ.", as_json(ComparisonBody, "comparison")),
)
async def compare_revisions(
    request: Request,
    _: Reader,
    policy_id: PolicyName,
    before: Annotated[int, Query(ge=1, description="The revision to compare with.")],
    after: Version = None,
) -> Response:
    """Every region of facts that two revisions decide differently, each with witnesses. No account is needed."""
    database = context_of(request).database
    await run_in_threadpool(_both, database, policy_id, before, after)
    return await answer_apart(database, _compare, policy_id, before, after)


def _compare(database: Readable, policy_id: str, before: int, after: int | None) -> bytes:
    one, other = _both(database, policy_id, before, after)
    return to_json(render_comparison(compare(one, other, other.effective_from), one, other))


def _both(database: Readable, policy_id: str, before: int, after: int | None) -> tuple[AnyPolicy, AnyPolicy]:
    policies = current_policies(database.engine)
    return known_revision(policies, policy_id, before), known_revision(policies, policy_id, after)


@router.get(
    "/v1/programs/{digest}",
    summary="Get a program",
    responses=answers(200, "The program.", as_json(_PROGRAM, "program")),
)
def get_program(
    request: Request,
    _: Reader,
    digest: Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="The program's SHA-256, in hexadecimal.")],
) -> Response:
    """How the rules were read for the decisions that name it: enough, with the facts of one, to decide it again.

    The bytes are those that the digest is of.
    """
    program = known(find_program(context_of(request).database.engine, digest), "program", digest)
    return Response(program, media_type="application/json")
