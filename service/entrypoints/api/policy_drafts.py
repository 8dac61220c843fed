"""Drafts of policy revisions: made, looked at, compared, tried on what was recorded, and published."""

from functools import partial
from operator import attrgetter
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from service.domain.drafts import RecordedDraft
from service.domain.fields import Day, Frozen, Line, Prose
from service.domain.lab.compare import compare
from service.domain.lab.lint import new_against
from service.domain.parameters import ParameterChanges
from service.domain.policy import Policy
from service.entrypoints.api.apart import answer_apart, lint_apart
from service.entrypoints.api.auth import Administrator, Reader
from service.entrypoints.api.bodies import JsonResponse, read_request
from service.entrypoints.api.context import context_of
from service.entrypoints.api.openapi.answers import NEXT_PAGE, answers, as_json, refuses, takes
from service.entrypoints.api.paging import Cursor, Limit, page, position
from service.entrypoints.api.parameters import CheckedRoute
from service.entrypoints.api.problems import known
from service.entrypoints.api.recording import IdempotencyHeader, answer_about, answer_of, idempotency
from service.entrypoints.views.comparisons import ComparisonBody, render_comparison
from service.entrypoints.views.encoding import to_json
from service.entrypoints.views.policies import DraftBody, DraftPage, LintBody, render_draft, render_lint
from service.store.database import Readable
from service.store.policies import find_draft, on_record, page_of_drafts
from service.usecases.revise_policy import ProposedRevision, findings_on, make_draft, publish_policy

router = APIRouter(route_class=CheckedRoute, tags=["Policies"])
_ANSWER = answer_about(render_draft, "/v1/policies/drafts", attrgetter("draft.id"))
DraftId = Annotated[UUID, Path(description="The draft's identifier.")]


class DraftRequest(Frozen):
    """A revision to be drafted: the newest one of a policy with some parameters changed."""

    policy_id: Line = Field(description="The policy's name, such as fy23.")
    parameters: ParameterChanges = Field(description="The parameters that change, each with its new value.")
    effective_from: Day = Field(description="The first day that it decides for.")
    effective_until: Day | None = Field(None, description="The first day that it does not decide for any more.")
    reason: Prose = Field(description="Why, for whoever looks at it later.")


@router.post(
    "/v1/policies/drafts",
    summary="Draft a policy revision",
    status_code=201,
    responses=answers(201, "The draft.", as_json(DraftBody, "draft")) | refuses(404),
    openapi_extra=takes(as_json(DraftRequest, "draft_request")),
)
async def draft_policy(request: Request, caller: Administrator, idempotency_key: IdempotencyHeader = None) -> Response:
    """Drafts a revision, which decides nothing until it is published. A draft never changes; draft another instead."""
    asked, key = await read_request(DraftRequest, request, caller, idempotency_key)
    context = context_of(request)
    others = asked.model_dump(exclude={"parameters"})
    proposal = ProposedRevision(changes=asked.parameters, proposed_by=caller.name, **others)
    draft_id, at = context.new_id(), context.now()
    make = partial(make_draft, context.database, proposal, draft_id, at, lint=lint_apart)
    return answer_of(await run_in_threadpool(make, caller.request_id, key, _ANSWER), 201)


@router.get(
    "/v1/policies/drafts",
    summary="List drafts",
    responses=answers(200, "A page of drafts.", as_json(DraftPage, "draft_page"), NEXT_PAGE),
)
def list_drafts(request: Request, _: Reader, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """Newest first, those that were published among them."""
    found = page_of_drafts(context_of(request).database.engine, limit=limit + 1, before=position(cursor))
    body = DraftPage(items=[render_draft(each) for each in found[:limit]])
    return page(request, body, [each.draft.id for each in found], limit)


@router.get(
    "/v1/policies/drafts/{draft_id}",
    summary="Get a draft",
    responses=answers(200, "The draft.", as_json(DraftBody, "draft")),
)
def get_draft(request: Request, _: Reader, draft_id: DraftId) -> Response:
    """A draft, with what it changes, and as which revision it was published."""
    return JsonResponse(render_draft(found_draft(context_of(request).database, draft_id)))


@router.get(
    "/v1/policies/drafts/{draft_id}/lint",
    summary="Lint a draft",
    responses=answers(200, "What is odd about it.", as_json(LintBody, "lint")),
)
def lint_draft(request: Request, _: Reader, draft_id: DraftId) -> Response:
    """What is odd about the policy that it makes, and what of that is new. A fault keeps it from being published."""
    database = context_of(request).database
    draft = found_draft(database, draft_id).draft
    found, before = findings_on(database, draft.policy, lint_apart), draft.based_on
    new = new_against(found, findings_on(database, before, lint_apart)) if isinstance(before, Policy) else None
    return JsonResponse(render_lint(draft.policy, found, new))


@router.get(
    "/v1/policies/drafts/{draft_id}/comparison",
    summary="Compare a draft",
    responses=answers(200, "Where it differs.", as_json(ComparisonBody, "comparison")) | refuses(409),
)
async def compare_draft(request: Request, _: Reader, draft_id: DraftId) -> Response:
    """Every region of facts that a draft decides differently from the revision that it changes, with witnesses."""
    database = context_of(request).database
    await run_in_threadpool(found_draft, database, draft_id)
    return await answer_apart(database, _compare, draft_id)


def _compare(database: Readable, draft_id: UUID) -> bytes:
    draft = found_draft(database, draft_id).draft
    based_on = on_record(draft.based_on)
    return to_json(render_comparison(compare(based_on, draft.policy, draft.effective_from), based_on, draft.policy))


@router.post(
    "/v1/policies/drafts/{draft_id}/publish",
    summary="Publish a draft",
    status_code=201,
    responses=answers(201, "The draft, published.", as_json(DraftBody, "draft_published")),
)
def publish_draft(
    request: Request, caller: Administrator, draft_id: DraftId, idempotency_key: IdempotencyHeader = None
) -> Response:
    """Publishes a draft as the next revision of its policy, for good.

    Decisions that are recorded from now on rest on it, where it holds on the day decided for. Those recorded before
    stay as they are. Where the settings ask for it, another key than the one that drafted it has to publish it.
    """
    context = context_of(request)
    key = idempotency(request, caller, idempotency_key, b"")
    database, second_person = context.database, context.publishing_needs_second_key
    publish = partial(publish_policy, database, draft_id, caller.asked, context.now, key, _ANSWER, lint=lint_apart)
    return answer_of(publish(second_person=second_person), 201)


def found_draft(database: Readable, draft_id: UUID) -> RecordedDraft:
    """A draft that a request names."""
    return known(find_draft(database.engine, draft_id), "policy draft", draft_id)
