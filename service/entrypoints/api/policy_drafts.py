"""Drafts of policy revisions: made, looked at, compared, tried on what was recorded, and published."""

from enum import StrEnum
from functools import partial
from operator import attrgetter
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from service.domain.drafts import RecordedDraft
from service.domain.fields import Day, Frozen, Line, Prose
from service.domain.lab.compare import compare
from service.domain.parameters import ParameterChanges
from service.entrypoints.api.apart import answer_apart, lint_apart
from service.entrypoints.api.auth import Administrator, Reader
from service.entrypoints.api.bodies import JsonResponse, read_request
from service.entrypoints.api.openapi.answers import NEXT_PAGE, answers, as_json, refuses, takes
from service.entrypoints.api.recording import IdempotencyHeader, answer_about, answer_of, idempotency
from service.entrypoints.common.context import context_of
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.moments import Instant
from service.entrypoints.common.paging import Cursor, Limit, page, position
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.problems import FieldError, invalid_request, known
from service.entrypoints.views.backtests import BacktestBody, render_backtest
from service.entrypoints.views.comparisons import ComparisonBody, render_comparison
from service.entrypoints.views.policies import DraftBody, DraftPage, LintBody, render_draft, render_lint
from service.store.database import Readable
from service.store.history import Extent
from service.store.policies import find_draft, load_revisions, on_record, page_of_drafts
from service.usecases.revise_policy import ProposedRevision, findings_on, make_draft, publish_policy

router = APIRouter(route_class=CheckedRoute, tags=["Policies"])
_ANSWER = answer_about(render_draft, "/v1/policies/drafts", attrgetter("draft.id"))
DraftId = Annotated[UUID, Path(description="The draft's identifier.")]
_AS_OF_NOW = "Standings are as of now; with examined=history, decisions are of a time"


class Examined(StrEnum):
    """What a draft is tried on: what accounts stand on now, or all that was recorded."""

    STANDINGS = "standings"
    HISTORY = "history"


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
    return JsonResponse(render_draft(_found(context_of(request).database, draft_id)))


@router.get(
    "/v1/policies/drafts/{draft_id}/lint",
    summary="Lint a draft",
    responses=answers(200, "What is odd about it.", as_json(LintBody, "lint")),
)
def lint_draft(request: Request, _: Reader, draft_id: DraftId) -> Response:
    """What is odd about the policy that the draft makes. A fault keeps it from being published."""
    database = context_of(request).database
    policy = _found(database, draft_id).draft.policy
    return JsonResponse(render_lint(policy, findings_on(database, policy, lint_apart)))


@router.get(
    "/v1/policies/drafts/{draft_id}/comparison",
    summary="Compare a draft",
    responses=answers(200, "Where it differs.", as_json(ComparisonBody, "comparison")) | refuses(409),
)
async def compare_draft(request: Request, _: Reader, draft_id: DraftId) -> Response:
    """Every region of facts that a draft decides differently from the revision that it changes, with witnesses."""
    database = context_of(request).database
    await run_in_threadpool(_found, database, draft_id)
    return await answer_apart(database, _compare, draft_id)


def _compare(database: Readable, draft_id: UUID) -> bytes:
    draft = _found(database, draft_id).draft
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


@router.get(
    "/v1/policies/drafts/{draft_id}/backtest",
    summary="Backtest a draft",
    responses=answers(200, "What it makes of them.", as_json(BacktestBody, "backtest")),
)
async def backtest_draft(
    request: Request,
    _: Administrator,
    draft_id: DraftId,
    examined: Annotated[Examined, Query(description="What it is tried on.")] = Examined.STANDINGS,
    recorded_since: Annotated[Instant | None, Query(description="With `history`: recorded then or later.")] = None,
    recorded_until: Annotated[Instant | None, Query(description="With `history`: recorded before.")] = None,
) -> Response:
    """Takes recorded decisions again under a draft, each from its recorded facts and for its own day.

    Who would move, from which team to which, which clauses would flip, how many stay, which become provisional for want
    of which facts, and which cannot be replayed. Nothing is recorded. A million decisions take seconds; one backtest
    is run at a time, and others wait for it.
    """
    if examined is Examined.STANDINGS:
        stated = {"recorded_since": recorded_since, "recorded_until": recorded_until}
        faults = [FieldError(name, _AS_OF_NOW) for name, instant in stated.items() if instant is not None]
        if faults:
            raise invalid_request(faults)
    context = context_of(request)
    extent = Extent(standings=examined is Examined.STANDINGS, since=recorded_since, until=recorded_until)
    await run_in_threadpool(_found, context.database, draft_id)
    async with context.backtesting:
        return await answer_apart(context.database, _backtest, draft_id, extent)


def _backtest(database: Readable, draft_id: UUID, extent: Extent) -> bytes:
    # What decides tables takes as long to load as all the rest, and most services never need it.
    from service.usecases.backtest import backtest  # noqa: PLC0415 - as said

    draft = _found(database, draft_id).draft
    based_on = on_record(draft.based_on)
    tried = backtest(database, draft.policy, load_revisions(database.engine), extent, lambda *_: None)
    return to_json(render_backtest(tried, based_on, draft.policy))


def _found(database: Readable, draft_id: UUID) -> RecordedDraft:
    return known(find_draft(database.engine, draft_id), "policy draft", draft_id)
