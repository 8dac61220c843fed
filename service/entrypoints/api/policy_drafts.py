"""Drafts of policy revisions: made, looked at, compared, tried on what was recorded, and published."""

from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from service.domain.drafts import RecordedDraft
from service.domain.fields import Day, Frozen, Line, Prose, Reason
from service.domain.lab.lint import new_against
from service.domain.parameters import ParameterChanges
from service.domain.policy import UnknownRevision
from service.entrypoints.api.auth import Administrator, Caller, Reader
from service.entrypoints.api.bodies import JsonResponse, read_request
from service.entrypoints.api.openapi.answers import NEXT_PAGE, answers, as_json, refuses, takes
from service.entrypoints.api.policies import PolicyName
from service.entrypoints.api.recording import IdempotencyHeader, answer_about, answer_of, idempotency
from service.entrypoints.common.apart import answer_apart, lint_apart
from service.entrypoints.common.context import ApiContext, context_of
from service.entrypoints.common.paging import Cursor, Limit, page, position
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.views.comparisons import ComparisonBody
from service.entrypoints.views.policies import LintBody, render_lint
from service.entrypoints.views.policy_drafts import DraftBody, DraftPage, render_draft
from service.entrypoints.views.trials import comparison_of_draft, found_draft
from service.store.once import Answer, IdempotencyKey
from service.store.policies import page_of_drafts
from service.usecases.revise_policy import (
    ProposedRevision,
    RollBack,
    findings_on,
    make_draft,
    publish_policy,
    withdraw_policy,
)

router = APIRouter(route_class=CheckedRoute, tags=["Policies"])
DraftId = Annotated[UUID, Path(description="The draft's identifier.")]


class WithdrawalRequest(Frozen):
    """The withdrawal of a draft."""

    reason: Reason = Field(description="Why, for whoever looks at it later.")


class RollBackRequest(Frozen):
    """An earlier revision, to hold again."""

    to: int | None = Field(None, ge=1, description="The revision to go back to; the one before the newest if absent.")
    effective_from: Day | None = Field(
        None, description="The first day that it decides for; today, or the newest one's first day, if absent."
    )
    reason: Reason = Field(description="Why, for whoever looks at it later.")


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
    return await _made(context, proposal, caller, key)


@router.post(
    "/v1/policies/{policy_id}/roll-back",
    summary="Draft an earlier revision anew",
    status_code=201,
    responses=answers(201, "The draft.", as_json(DraftBody, "draft")) | refuses(404, 409),
    openapi_extra=takes(as_json(RollBackRequest, "roll_back_request")),
)
async def roll_back(
    request: Request, caller: Administrator, policy_id: PolicyName, idempotency_key: IdempotencyHeader = None
) -> Response:
    """Drafts a revision with the parameters of an earlier one. It is a draft like any other, and to be published."""
    asked, key = await read_request(RollBackRequest, request, caller, idempotency_key)
    context = context_of(request)
    proposal = RollBack(policy_id=policy_id, proposed_by=caller.name, today=context.today(), **asked.model_dump())
    return await _made(context, proposal, caller, key)


async def _made(
    context: ApiContext, proposal: ProposedRevision | RollBack, caller: Caller, key: IdempotencyKey | None
) -> Response:
    draft_id, at = context.new_id(), context.now()
    make = partial(make_draft, context.database, proposal, draft_id, at, lint=lint_apart)
    return answer_of(await run_in_threadpool(make, caller.request_id, key, _answer(context)), 201)


def _answer(context: ApiContext) -> Callable[[RecordedDraft], Answer]:
    render = partial(render_draft, today=context.today())
    return answer_about(render, "/v1/policies/drafts", attrgetter("draft.id"))


@router.get(
    "/v1/policies/drafts",
    summary="List drafts",
    responses=answers(200, "A page of drafts.", as_json(DraftPage, "draft_page"), NEXT_PAGE),
)
def list_drafts(request: Request, _: Reader, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """Newest first, those that were published or withdrawn among them."""
    context = context_of(request)
    found = page_of_drafts(context.database.engine, limit=limit + 1, before=position(cursor))
    body = DraftPage(items=[render_draft(each, context.today()) for each in found[:limit]])
    return page(request, body, [each.draft.id for each in found], limit)


@router.get(
    "/v1/policies/drafts/{draft_id}",
    summary="Get a draft",
    responses=answers(200, "The draft.", as_json(DraftBody, "draft")),
)
def get_draft(request: Request, _: Reader, draft_id: DraftId) -> Response:
    """A draft, with what it changes, what publishing it does, and what became of it."""
    context = context_of(request)
    return JsonResponse(render_draft(found_draft(context.database, draft_id), context.today()))


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
    new = (
        new_against(found, findings_on(database, before, lint_apart))
        if not isinstance(before, UnknownRevision)
        else None
    )
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
    return await answer_apart(database, comparison_of_draft, draft_id)


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
    publish = partial(publish_policy, database, draft_id, caller.asked, context.now, key, _answer(context))
    return answer_of(publish(lint=lint_apart, second_person=second_person), 201)


@router.post(
    "/v1/policies/drafts/{draft_id}/withdrawal",
    summary="Withdraw a draft",
    status_code=201,
    responses=answers(201, "The draft, withdrawn.", as_json(DraftBody, "draft_withdrawn")) | refuses(409),
    openapi_extra=takes(as_json(WithdrawalRequest, "withdrawal_request")),
)
async def withdraw_draft(
    request: Request, caller: Administrator, draft_id: DraftId, idempotency_key: IdempotencyHeader = None
) -> Response:
    """Withdraws a draft that was not published, for good. It stays on record, with the reason."""
    asked, key = await read_request(WithdrawalRequest, request, caller, idempotency_key)
    context = context_of(request)
    withdraw = partial(withdraw_policy, context.database, draft_id, asked.reason, caller.asked, context.now())
    withdrawing = partial(withdraw, statement_id=context.new_id(), key=key, told=_answer(context))
    return answer_of(await run_in_threadpool(withdrawing), 201)
