"""The VP's queue: reviews of employee counts, and their resolution (SEG-4, SEG-5)."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from service.domain.facts import VpDecision
from service.domain.reviews import ReviewStatus, chatter_text, recommendation_rests_on, recommended_segment
from service.entrypoints.api.auth import Reader, Reviewer
from service.entrypoints.api.bodies import body_of, parsed
from service.entrypoints.api.openapi.document import (
    NEXT_PAGE,
    SAMPLE_DECISION,
    SAMPLE_UNDECIDED,
    example,
    json_body,
    problems,
    sample,
)
from service.entrypoints.api.paging import Cursor, Limit, page, position
from service.entrypoints.api.problems import ProblemError
from service.entrypoints.api.recording import IdempotencyHeader, asked_by, decision_answer, idempotency, record_one
from service.entrypoints.api.schemas import DecisionBody, ReviewBody, ReviewPage
from service.entrypoints.api.services import services_of
from service.entrypoints.common.resolutions import ResolutionRequest
from service.entrypoints.views.decisions import citation_body
from service.entrypoints.views.encoding import to_json
from service.store.reviews import Review, find_review, page_of_reviews
from service.usecases.resolve_review import propose_resolution

router = APIRouter(tags=["Reviews"])
ReviewId = Annotated[UUID, Path(description="The review's identifier.")]


def _body(review: Review) -> dict[str, Any]:
    decision = review.decision.decision
    parameters = decision.policy.parameters
    segment, reason = recommended_segment(decision.facts, parameters, decision.effective_on)
    return {
        "id": review.id,
        "account_id": review.account_id,
        "status": review.status,
        "blocking": review.blocking,
        "opened_at": review.opened_at,
        "opened_by_decision_id": review.opened_by_decision_id,
        "recommendation": {
            "segment": segment,
            "reason": reason,
            "citation": citation_body(recommendation_rests_on(parameters, decision.effective_on)),
        },
        "chatter_text": chatter_text(decision, reason),
        "resolution": None
        if review.verdict is None
        else {
            "segment": review.verdict.segment,
            "reason": review.verdict.reason,
            "decided_by": review.verdict.decided_by,
            "decided_at": review.resolved_at,
            "decision_id": review.resolution_decision_id,
        },
    }


_SAMPLE_REVIEW = sample(
    _body(
        Review(
            id=UUID("0198c0de-0000-7000-a000-000000000002"),
            account_id=SAMPLE_UNDECIDED.account_id,
            counts_fingerprint="",
            blocking=True,
            status=ReviewStatus.OPEN,
            opened_at=SAMPLE_UNDECIDED.recorded_at,
            opened_by_decision_id=SAMPLE_UNDECIDED.id,
            decision=SAMPLE_UNDECIDED,
            verdict=None,
            resolved_at=None,
            resolution_decision_id=None,
        )
    )
)


@router.get(
    "/v1/reviews",
    summary="List reviews",
    responses={
        200: {
            "model": ReviewPage,
            "description": "A page of reviews.",
            "headers": NEXT_PAGE,
            **example({"items": [_SAMPLE_REVIEW]}),
        },
        **problems(401, 403, 422, 503),
    },
)
def list_reviews(
    request: Request,
    caller: Reader,
    status: Annotated[ReviewStatus | None, Query(description="Where the review stands.")] = None,
    account_id: Annotated[
        str | None, Query(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@~-]{0,63}$", description="Reviews of this account.")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Newest first; with `status=open`, what waits for the VP of Commercial Sales."""
    del caller
    engine = services_of(request).database.engine
    found = page_of_reviews(engine, limit=limit + 1, status=status, account_id=account_id, before=position(cursor))
    return page(request, [_body(review) for review in found], [review.id for review in found], limit)


@router.get(
    "/v1/reviews/{review_id}",
    summary="Get a review",
    responses={
        200: {"model": ReviewBody, "description": "The review.", **example(_SAMPLE_REVIEW)},
        **problems(401, 403, 404, 422, 503),
    },
)
def get_review(request: Request, caller: Reader, review_id: ReviewId) -> Response:
    """A review with its recommendation and the text to post to Chatter."""
    del caller
    review = find_review(services_of(request).database.engine, review_id)
    if review is None:
        raise ProblemError("not_found", f"There is no review {review_id}")
    return Response(to_json(_body(review)), media_type="application/json")


@router.post(
    "/v1/reviews/{review_id}/resolution",
    summary="Resolve a review",
    status_code=201,
    responses={
        201: {"model": DecisionBody, "description": "The decision, recorded.", **example(SAMPLE_DECISION)},
        **problems(400, 401, 403, 404, 408, 409, 413, 415, 422, 503),
    },
    openapi_extra=json_body(ResolutionRequest, {"segment": "MM", "reason": "The annual report names 640 employees."}),
)
async def resolve_review(
    request: Request, caller: Reviewer, review_id: ReviewId, idempotency_key: IdempotencyHeader = None
) -> Response:
    """Records the VP's decision, which routes the account.

    It leads over every source for as long as these employee counts are the ones posted. A review that is no longer
    open is refused with 409.
    """
    body = await body_of(request)
    asked = parsed(ResolutionRequest, body)
    key = idempotency(request, caller, idempotency_key, body)
    verdict = VpDecision(segment=asked.segment, reason=asked.reason, decided_by=caller.name)
    database = services_of(request).database
    submission = await run_in_threadpool(propose_resolution, database, review_id, verdict, asked_by(caller))
    if submission is None:
        raise ProblemError("not_found", f"There is no review {review_id}")
    return await record_one(request, submission, key, decision_answer, 201)
