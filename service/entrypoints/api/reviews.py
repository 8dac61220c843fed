"""The VP's queue: reviews of employee counts, and their resolution (SEG-4, SEG-5)."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from service.domain.facts import VpDecision
from service.domain.fields import AccountId, Frozen, Reason
from service.domain.review_queue import ReviewFilter, ReviewOrder
from service.domain.reviews import ReviewStatus, ReviewType
from service.domain.terms import Segment, Team
from service.entrypoints.api.auth import Reader, Reviewer
from service.entrypoints.api.bodies import JsonResponse, read_request
from service.entrypoints.api.context import context_of
from service.entrypoints.api.openapi.answers import NEXT_PAGE, answers, as_json, takes
from service.entrypoints.api.paging import Cursor, Limit, page, position
from service.entrypoints.api.parameters import CheckedRoute
from service.entrypoints.api.problems import known
from service.entrypoints.api.recording import IdempotencyHeader, decision_answer, record_one
from service.entrypoints.views.decisions import DecisionBody
from service.entrypoints.views.reviews import ReviewBody, ReviewPage, render_review
from service.store.delivery.posts import posts_about
from service.store.reviews import Review, find_review, page_of_reviews
from service.usecases.resolve_review import outcomes_of, propose_resolution

router = APIRouter(route_class=CheckedRoute, tags=["Reviews"])
ReviewId = Annotated[UUID, Path(description="The review's identifier.")]


class ReviewQuery(BaseModel):
    """Which reviews to list."""

    status: list[ReviewStatus] | None = Field(None, description="Where it stands.")
    blocking: bool | None = Field(None, description="Whether the account has no team until it is resolved.")
    kind: list[ReviewType] | None = Field(None, description="What it is about.")
    team: list[Team] | None = Field(None, description="The team that the account stands with now.")
    has_recommendation: bool | None = Field(None, description="Whether a segment is recommended.")
    account_id: AccountId | None = Field(None, description="Reviews of this account.")
    sort: ReviewOrder = Field(ReviewOrder.NEWEST, description="Which come first.")
    limit: Limit = 50
    cursor: Cursor = None


class ResolutionRequest(Frozen):
    """The segment that the VP of Commercial Sales decides, and why (SEG-5)."""

    segment: Segment = Field(description="SMB, MM or LARGE; it may go against the recommendation.")
    reason: Reason = Field(description="Why, in at least 10 characters.")
    revises: bool = Field(default=False, description="It leads in place of what was decided of the review.")


@router.get(
    "/v1/reviews",
    summary="List reviews",
    responses=answers(200, "A page of reviews.", as_json(ReviewPage, "review_page"), NEXT_PAGE),
)
def list_reviews(request: Request, _: Reader, asked: Annotated[ReviewQuery, Query()]) -> Response:
    """What waits for the VP of Commercial Sales with `status=open`; repeat a filter for either of several values."""
    wanted = ReviewFilter(**asked.model_dump(exclude={"sort", "limit", "cursor"}, exclude_none=True))
    engine, behind = context_of(request).database.engine, position(asked.cursor)
    found = page_of_reviews(engine, wanted, limit=asked.limit + 1, order=asked.sort, behind=behind)
    body = ReviewPage(items=_rendered(request, found[: asked.limit]))
    return page(request, body, [review.id for review in found], asked.limit)


def _rendered(request: Request, reviews: Sequence[Review]) -> list[ReviewBody]:
    context = context_of(request)
    posts, today = posts_about(context.database.engine, [review.id for review in reviews]), context.today()
    outcomes = outcomes_of(context.database, reviews, today)
    return [
        render_review(review, posts[review.id], led, (today - context.day_of(review.opened_at)).days)
        for review, led in zip(reviews, outcomes, strict=True)
    ]


@router.get(
    "/v1/reviews/{review_id}",
    summary="Get a review",
    responses=answers(200, "The review.", as_json(ReviewBody, "review")),
)
def get_review(request: Request, _: Reader, review_id: ReviewId) -> Response:
    """A review with its recommendation and the text to post to Chatter."""
    review = known(find_review(context_of(request).database.engine, review_id), "review", review_id)
    return JsonResponse(_rendered(request, [review])[0])


@router.post(
    "/v1/reviews/{review_id}/resolution",
    summary="Resolve a review",
    status_code=201,
    responses=answers(201, "The decision, recorded.", as_json(DecisionBody, "resolution")),
    openapi_extra=takes(as_json(ResolutionRequest, "resolution_request")),
)
async def resolve_review(
    request: Request, caller: Reviewer, review_id: ReviewId, idempotency_key: IdempotencyHeader = None
) -> Response:
    """Records the VP's decision, which routes the account.

    It leads over every source for as long as these employee counts are the ones posted. A review that is no longer
    open is refused with 409, which names what leads; with `revises` that is decided anew, and stays on record.
    """
    asked, key = await read_request(ResolutionRequest, request, caller, idempotency_key)
    verdict = VpDecision(segment=asked.segment, reason=asked.reason, decided_by=caller.name)
    context = context_of(request)
    proposed = (context.database, review_id, verdict, context.today(), caller.asked)
    found = await run_in_threadpool(propose_resolution, *proposed, revises=asked.revises)
    return await record_one(request, known(found, "review", review_id), key, decision_answer, 201)
