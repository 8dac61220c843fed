"""First Order handoffs: started, and looked at (HAND-1 to HAND-3)."""

from datetime import date
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AfterValidator
from starlette.concurrency import run_in_threadpool

from service.domain.handoff.recorded import RecordedHandoff
from service.entrypoints.api.auth import HandoffTaker, Reader
from service.entrypoints.api.bodies import JsonResponse, read_request
from service.entrypoints.api.decisions import COUNTED_BY, each_once
from service.entrypoints.api.listing import AS_LINES, Listed, answered
from service.entrypoints.api.openapi.answers import NEXT_PAGE, answers, as_json, refuses, takes
from service.entrypoints.api.recording import IdempotencyHeader, record_one
from service.entrypoints.common.acts import HandoffRequest
from service.entrypoints.common.context import context_of
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.lines import FlatLines
from service.entrypoints.common.paging import Cursor, Limit
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.problems import known
from service.entrypoints.common.queues import HandoffWanted
from service.entrypoints.views.handoffs import (
    HandoffBody,
    HandoffCounts,
    HandoffPage,
    HandoffSummaryBody,
    render_handoff,
    render_handoff_counts,
    render_handoff_summary,
)
from service.store.decisions import team_as_prospect
from service.store.delivery.posts import posts_about
from service.store.handoffs import count_handoffs, find_handoff, page_of_handoffs
from service.store.once import Answer
from service.store.recording import Submission
from service.usecases.handoffs import prepare_handoff
from service.usecases.people import addressed, sellers_on

router = APIRouter(route_class=CheckedRoute, tags=["Handoffs"])
HandoffId = Annotated[UUID, Path(description="The handoff's identifier.")]


class HandoffQuery(HandoffWanted):
    """Which handoffs to list."""

    limit: Limit = 50
    cursor: Cursor = None


class HandoffCountQuery(HandoffWanted):
    """Which handoffs to count, and by what."""

    by: Annotated[
        list[Literal["first_order_ae", "named_ae", "status", "receiver"]], AfterValidator(each_once), COUNTED_BY
    ]


@router.post(
    "/v1/handoffs",
    summary="Start a handoff",
    status_code=201,
    responses=answers(201, "The handoff, recorded.", as_json(HandoffBody, "handoff")) | refuses(404),
    openapi_extra=takes(as_json(HandoffRequest, "handoff_request")),
)
async def start_handoff(request: Request, caller: HandoffTaker, idempotency_key: IdempotencyHeader = None) -> Response:
    """Starts the handoff of a First Order account that was won: who receives it, whether an email will do, by when.

    The account stays with MMKAFO until every required item is ticked. Unknown users, or a receiver in question, are
    escalated.
    """
    asked, key = await read_request(HandoffRequest, request, caller, idempotency_key)
    context = context_of(request)
    team = await run_in_threadpool(team_as_prospect, context.database.engine, asked.account_id)
    today = context.today()
    start = prepare_handoff(asked.account_id, asked, asked.in_question, team, context.new_id(), today)
    submission = Submission(account_id=asked.account_id, asked=caller.asked, decide=start, whole=True)
    return await record_one(request, submission, key, partial(answer_with, today), 201)


@router.get(
    "/v1/handoffs",
    summary="List handoffs",
    responses=answers(200, "A page of handoffs.", as_json(HandoffPage, "handoff_page") | AS_LINES, NEXT_PAGE)
    | refuses(406),
)
def list_handoffs(request: Request, caller: Reader, asked: Annotated[HandoffQuery, Query()]) -> Response:
    """Newest first, each with where it stands. As CSV or NDJSON all of them, or as many as a `limit` that is stated."""
    context = context_of(request)
    today = context.today()
    render = partial(render_handoff_summary, today=today)
    listed = Listed(
        FlatLines("handoffs", render, HandoffSummaryBody),
        lambda found: HandoffPage(items=[render(each) for each in found]),
        lambda found: found.handoff.terms.id,
    )

    wanted = asked.wanted(context, today)

    def pages(limit: int, before: UUID | None) -> list[RecordedHandoff]:
        return page_of_handoffs(context.database.engine, wanted, limit=limit, before=before)

    return answered(request, caller.asked, asked, pages, listed)


@router.get(
    "/v1/handoffs/counts",
    summary="Count handoffs",
    responses=answers(200, "The counts.", as_json(HandoffCounts, "handoff_counts")),
)
def handoff_counts(request: Request, _: Reader, asked: Annotated[HandoffCountQuery, Query()]) -> Response:
    """How many handoffs a list with the same filters has, by up to three values, the largest first."""
    context = context_of(request)
    wanted, database = asked.wanted(context, context.today()), context.database
    whose = sellers_on(database, context.today()).whose
    return JsonResponse(render_handoff_counts(count_handoffs(database.engine, wanted, asked.by, whose)))


@router.get(
    "/v1/handoffs/{handoff_id}",
    summary="Get a handoff",
    responses=answers(200, "The handoff.", as_json(HandoffBody, "handoff")),
)
def get_handoff(request: Request, _: Reader, handoff_id: HandoffId) -> Response:
    """A handoff with its checklist, its steps so far, and the texts to paste."""
    found = handoff_found(request, handoff_id)
    database, today = context_of(request).database, context_of(request).today()
    posts = posts_about(database.engine, [handoff_id])[handoff_id]
    return JsonResponse(render_handoff(found, today, posts, addressed(database, found.handoff, today)))


def handoff_found(request: Request, handoff_id: UUID) -> RecordedHandoff:
    """The handoff of this identifier; a problem, 404, where there is none."""
    return known(find_handoff(context_of(request).database.engine, handoff_id), "handoff", handoff_id)


def answer_with(today: date, found: RecordedHandoff) -> Answer:
    """What a request that started a handoff, or took a step of it, is answered with."""
    return Answer(to_json(render_handoff(found, today)), f"/v1/handoffs/{found.handoff.terms.id}")
