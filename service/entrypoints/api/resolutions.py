"""What the VP of Commercial Sales decides of reviews, and what is put before them as a dispute (SEG-5)."""

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from service.domain.disputes import Dispute
from service.domain.facts import VpDecision
from service.entrypoints.api.accounts import AccountPath
from service.entrypoints.api.auth import Caller, Disputer, Reviewer
from service.entrypoints.api.bodies import read_request
from service.entrypoints.api.openapi.answers import answers, as_json, takes
from service.entrypoints.api.parts import BatchResult, Item, record_in_parts, refused
from service.entrypoints.api.recording import IdempotencyHeader, answer_about, decision_answer, record_one
from service.entrypoints.api.reviews import ReviewId
from service.entrypoints.common.acts import DisputeRequest, ResolutionRequest, ResolutionsRequest
from service.entrypoints.common.context import context_of
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.problems import FieldError, ProblemError, invalid_request, known
from service.entrypoints.views.decisions import DecisionBody
from service.entrypoints.views.reviews import ReviewBody, render_review
from service.store.reviews import find_review, find_reviews
from service.usecases.dispute import propose_dispute
from service.usecases.resolve_review import rejection_of, resolution_of

router = APIRouter(route_class=CheckedRoute, tags=["Reviews"])
_review_answer = answer_about(render_review, "/v1/reviews")
_REF = "#/components/schemas/"
_DECISION_OR_REVIEW = {"anyOf": [{"$ref": f"{_REF}{shape.__name__}"} for shape in (DecisionBody, ReviewBody)]}


@router.post(
    "/v1/accounts/{account_id}/disputes",
    summary="Dispute an account's segment",
    status_code=201,
    responses=answers(201, "The review, opened.", as_json(ReviewBody, "dispute")),
    openapi_extra=takes(as_json(DisputeRequest, "dispute_request")),
)
async def dispute_account(
    request: Request, caller: Disputer, account_id: AccountPath, idempotency_key: IdempotencyHeader = None
) -> Response:
    """Asks the VP of Commercial Sales for a review that blocks nothing: the decision stands until it is resolved.

    It is open whatever else is classified meanwhile. An account has one open dispute: another is refused with 409.
    """
    asked, key = await read_request(DisputeRequest, request, caller, idempotency_key)
    dispute = Dispute(**dict(asked), opened_by=caller.name)
    submission = propose_dispute(account_id, dispute, context_of(request).today(), caller.asked)
    return await record_one(request, submission, key, _review_answer, 201)


@router.post(
    "/v1/reviews/{review_id}/resolution",
    summary="Resolve a review",
    status_code=201,
    responses=answers(
        201, "The decision, recorded; of a rejection the review.", as_json(_DECISION_OR_REVIEW, "resolution")
    ),
    openapi_extra=takes(as_json(ResolutionRequest, "resolution_request")),
)
async def resolve_review(
    request: Request, caller: Reviewer, review_id: ReviewId, idempotency_key: IdempotencyHeader = None
) -> Response:
    """Records the VP's decision, which routes the account.

    It leads over every source for as long as these employee counts are the ones posted, and of a dispute those that it
    put forward. A review that is no longer open is refused with 409, which names what leads; with `revises` that is
    decided anew, and stays on record.
    """
    asked, key = await read_request(ResolutionRequest, request, caller, idempotency_key)
    context = context_of(request)
    found = await run_in_threadpool(find_review, context.database.engine, review_id)
    review = known(found, "review", review_id)
    if asked.segment is None:
        rejection = rejection_of(review, asked.reason, caller.asked)
        return await record_one(request, rejection, key, _review_answer, 201)
    verdict = VpDecision(segment=asked.segment, reason=asked.reason, decided_by=caller.name)
    resolution = resolution_of(review, verdict, context.today(), caller.asked, revises=asked.revises)
    return await record_one(request, resolution, key, decision_answer, 201)


@router.post(
    "/v1/reviews/resolutions",
    summary="Resolve many reviews",
    responses=answers(200, "What became of each review.", as_json(BatchResult, "batch_result")),
    openapi_extra=takes(as_json(ResolutionsRequest, "resolutions_request")),
)
async def resolve_reviews(request: Request, caller: Reviewer, idempotency_key: IdempotencyHeader = None) -> Response:
    """Decides one segment of up to 500 reviews of one kind, each by itself, and answers in order as a batch.

    One that is closed, or that there is not, does not harm the rest.
    """
    asked, key = await read_request(ResolutionsRequest, request, caller, idempotency_key)
    items = await run_in_threadpool(_items, request, caller, asked)
    return await record_in_parts(request, items, key)


def _items(request: Request, caller: Caller, asked: ResolutionsRequest) -> list[Item]:
    """What is to be recorded of each review.

    Raises:
        ProblemError: they are of several kinds.
    """
    context = context_of(request)
    found = {review.id: review for review in find_reviews(context.database.engine, asked.reviews)}
    if len({review.kind for review in found.values()}) > 1:
        raise invalid_request([FieldError("/reviews", "These are reviews of more than one kind")])
    verdict = VpDecision(segment=asked.segment, reason=asked.reason, decided_by=caller.name)
    return [
        refused(request, ProblemError("not_found", f"There is no review {each}"))
        if each not in found
        else resolution_of(found[each], verdict, context.today(), caller.asked)
        for each in asked.reviews
    ]
