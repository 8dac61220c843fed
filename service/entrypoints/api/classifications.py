"""Classify accounts: one at a time, or up to 1,000 in one request."""

from collections.abc import Callable
from functools import cache, partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field, ValidationError
from starlette.concurrency import run_in_threadpool

from service.domain.decision import RecordedDecision
from service.domain.errors import DomainError
from service.domain.fields import Frozen
from service.domain.sellers import Sellers
from service.entrypoints.api.auth import Caller, Classifier
from service.entrypoints.api.batches import MOST_ITEMS, items_of
from service.entrypoints.api.bodies import (
    JsonResponse,
    body_of,
    check_members,
    need_of,
    read_request,
    refusal,
)
from service.entrypoints.api.needs import Need
from service.entrypoints.api.openapi.answers import answers, as_json, takes
from service.entrypoints.api.parts import BatchResult, Item, record_in_parts, refused
from service.entrypoints.api.recording import IdempotencyHeader, decision_answer, idempotency, record_one
from service.entrypoints.common.context import ApiContext, context_of
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.problems import FieldError, ProblemError, invalid_request, pointer_to, problem_of
from service.entrypoints.common.requests import ClassificationRequest
from service.entrypoints.common.strict_json import TWICE, keys_given_twice
from service.entrypoints.views.decisions import DecisionBody, render_unrecorded
from service.store.recording import Submission
from service.usecases.classify import propose_classification, try_classification
from service.usecases.people import sellers_on

router = APIRouter(route_class=CheckedRoute, tags=["Classify"])
DryRun = Annotated[bool, Query(description="Decide and explain, and record nothing.")]
_ONE = "/v1/classifications"


class BatchRequest(Frozen):
    """Up to 1,000 accounts to classify."""

    items: list[ClassificationRequest] = Field(
        min_length=1, max_length=MOST_ITEMS, description="The accounts, each as it would be classified alone."
    )


@router.post(
    _ONE,
    summary="Classify an account",
    status_code=201,
    responses=answers(201, "The decision, recorded.", as_json(DecisionBody, "decision"))
    | answers(200, "The decision, with `dry_run`: not recorded.", as_json(DecisionBody, "decision_dry_run")),
    openapi_extra=takes(as_json(ClassificationRequest, "classification_request")),
)
async def classify(
    request: Request, caller: Classifier, idempotency_key: IdempotencyHeader = None, *, dry_run: DryRun = False
) -> Response:
    """Decides the segment and the owning team, explains why, and records the decision before it answers.

    One that is effective before the decision that the account stands on is history: it moves nothing, opens and closes
    no review, and says `"stands": false`.
    """
    asked, key = await read_request(ClassificationRequest, request, caller, idempotency_key)
    context = context_of(request)
    if dry_run:
        today = context.today()
        on = asked.effective_on or today
        decision, stands = await run_in_threadpool(try_classification, context.database, asked.facts(), on, today)
        return JsonResponse(render_unrecorded(decision, caller.asked, stands=stands))
    if asked.dedup_requested_by is None:
        submission = _submission(context, asked, caller)
    else:
        submission = await run_in_threadpool(_submission, context, asked, caller)  # it asks who sells
    return await record_one(request, submission, key, decision_answer, 201)


def _submission(
    context: ApiContext, asked: ClassificationRequest, caller: Caller, sellers: Callable[[], Sellers] | None = None
) -> Submission[RecordedDecision]:
    stated = (asked.facts(), asked.effective_on, context.today(), asked.dedup_requested_by)
    return propose_classification(*stated, caller.asked, sellers or partial(sellers_on, context.database, stated[2]))


@router.post(
    "/v1/classifications/batch",
    summary="Classify many accounts",
    responses=answers(200, "What became of each item.", as_json(BatchResult, "batch_result")),
    openapi_extra=takes(as_json(BatchRequest, "batch_request")),
)
async def classify_batch(request: Request, caller: Classifier, idempotency_key: IdempotencyHeader = None) -> Response:
    """Up to 1,000 accounts, answered in order.

    An item that is refused does not harm the rest. Thirty at a time are recorded together, all before the answer.
    Where the database goes away in between, the items that were not recorded say so; with an `Idempotency-Key` that is
    503, and sent again the request goes on where it was.
    """
    body, need, context = await body_of(request), need_of(request, _ONE), context_of(request)
    sellers = cache(partial(sellers_on, context.database, context.today()))

    def read() -> list[Item]:
        return [
            _item(request, item, caller, need, f"/items/{place}", sellers)
            for place, item in enumerate(items_of(body, need))
        ]

    # It takes so long that others need their turns meanwhile.
    items = await run_in_threadpool(read)
    return await record_in_parts(request, items, idempotency(request, caller, idempotency_key, body))


def _item(
    request: Request, body: bytes, caller: Caller, need: Need, prefix: str, sellers: Callable[[], Sellers]
) -> Item:
    """An item of a batch.

    Raises:
        ProblemError: it is not JSON, and so the whole is not.
    """
    try:
        check_members(body, need.members, prefix)
        asked = ClassificationRequest.model_validate_json(body)
        if twice := keys_given_twice(body):
            raise invalid_request([FieldError(pointer_to(place, prefix), TWICE) for place in twice])
        return _submission(context_of(request), asked, caller, sellers)
    except ProblemError as error:
        return refused(request, error)
    except DomainError as error:
        return refused(request, problem_of(error, prefix))
    except ValidationError as error:
        problem = refusal(error, body, prefix)
        if problem.code == "malformed_json":
            raise problem from None
        return refused(request, problem)
