"""The VP's queue: reviews of employee counts, and of what is disputed (SEG-4, SEG-5)."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from service.domain.review_queue import Review
from service.entrypoints.api.auth import Reader
from service.entrypoints.api.bodies import JsonResponse
from service.entrypoints.api.listing import AS_LINES, Listed, answered
from service.entrypoints.api.openapi.answers import NEXT_PAGE, answers, as_json, refuses
from service.entrypoints.common.context import context_of
from service.entrypoints.common.lines import FlatLines
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.problems import known
from service.entrypoints.common.queues import ReviewQuery
from service.entrypoints.views.reviews import ReviewBody, ReviewPage, render_review
from service.store.delivery.posts import posts_about
from service.store.reviews import find_review, page_of_reviews
from service.usecases.resolve_review import with_outcomes

router = APIRouter(route_class=CheckedRoute, tags=["Reviews"])
ReviewId = Annotated[UUID, Path(description="The review's identifier.")]


@router.get(
    "/v1/reviews",
    summary="List reviews",
    responses=answers(200, "A page of reviews.", as_json(ReviewPage, "review_page") | AS_LINES, NEXT_PAGE)
    | refuses(406),
)
def list_reviews(request: Request, caller: Reader, asked: Annotated[ReviewQuery, Query()]) -> Response:
    """What waits for the VP of Commercial Sales with `status=open`; repeat a filter for either of several values.

    As CSV or NDJSON all of them, or as many as a `limit` that is stated.
    """
    wanted, engine = asked.wanted(), context_of(request).database.engine

    def pages(limit: int, behind: UUID | None) -> list[ReviewBody]:
        return _rendered(request, page_of_reviews(engine, wanted, limit=limit, order=asked.sort, behind=behind))

    lines: FlatLines[ReviewBody] = FlatLines("reviews", lambda review: review, ReviewBody)
    listed = Listed(lines, lambda found: ReviewPage(items=found), lambda review: review["id"])
    return answered(request, caller.asked, asked, pages, listed)


def _rendered(request: Request, found: Sequence[Review]) -> list[ReviewBody]:
    context = context_of(request)
    today, reviews = context.today(), with_outcomes(context.database, found, context.today())
    posts = posts_about(context.database.engine, [review.id for review in reviews])
    ages = ((today - context.day_of(review.opened_at)).days for review in reviews)
    return [render_review(review, posts[review.id], age) for review, age in zip(reviews, ages, strict=True)]


@router.get(
    "/v1/reviews/{review_id}",
    summary="Get a review",
    responses=answers(200, "The review.", as_json(ReviewBody, "review")),
)
def get_review(request: Request, _: Reader, review_id: ReviewId) -> Response:
    """A review with its recommendation and the text to post to Chatter."""
    review = known(find_review(context_of(request).database.engine, review_id), "review", review_id)
    return JsonResponse(_rendered(request, [review])[0])
