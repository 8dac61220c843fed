"""Classify accounts: one at a time, or up to 1,000 in one request."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field, ValidationError
from starlette.concurrency import run_in_threadpool
from typing_extensions import TypedDict

from service.domain.decision import RecordedDecision
from service.domain.errors import DomainError
from service.domain.fields import Frozen
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
from service.entrypoints.api.context import ApiContext, context_of
from service.entrypoints.api.needs import Need
from service.entrypoints.api.openapi.answers import answers, as_json, takes
from service.entrypoints.api.parameters import CheckedRoute
from service.entrypoints.api.problems import (
    FieldError,
    Problem,
    ProblemError,
    instance_of,
    invalid_request,
    pointer_to,
    problem_body,
    problem_of,
)
from service.entrypoints.api.recording import IdempotencyHeader, decision_answer, idempotency, record_all, record_one
from service.entrypoints.common.requests import ClassificationRequest
from service.entrypoints.common.strict_json import TWICE, keys_given_twice
from service.entrypoints.views.decisions import DecisionBody, render_decision, render_unrecorded
from service.entrypoints.views.encoding import to_json
from service.store.recording import Answer, Submission, allow_refusal
from service.usecases.classify import propose_classification, try_classification

router = APIRouter(route_class=CheckedRoute, tags=["Classify"])
DryRun = Annotated[bool, Query(description="Decide and explain, and record nothing.")]
_ONE = "/v1/classifications"
_TURN = 0.005
"""Seconds for which items are parsed before others have their turn."""


class BatchRequest(Frozen):
    """Up to 1,000 accounts to classify."""

    items: list[ClassificationRequest] = Field(
        min_length=1, max_length=MOST_ITEMS, description="The accounts, each as it would be classified alone."
    )


class BatchDecided(TypedDict):
    """An item that was classified."""

    status: Annotated[Literal[201], Field(description="What it would be answered with alone.")]
    decision: Annotated[DecisionBody, Field(description="The decision, recorded.")]


class BatchRefused(TypedDict):
    """An item that was refused, and recorded nothing."""

    status: Annotated[Literal[422], Field(description="It was refused.")]
    problem: Annotated[Problem, Field(description="Why.")]


class BatchResult(TypedDict):
    """What became of each item, in order."""

    results: Annotated[Sequence[BatchDecided | BatchRefused], Field(description="One for each item.")]


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
    return await record_one(request, _submission(context, asked, caller), key, decision_answer, 201)


def _submission(context: ApiContext, asked: ClassificationRequest, caller: Caller) -> Submission[RecordedDecision]:
    stated = (asked.facts(), asked.effective_on, context.today(), asked.dedup_requested_by)
    return propose_classification(*stated, caller.asked)


@router.post(
    "/v1/classifications/batch",
    summary="Classify many accounts",
    responses=answers(200, "What became of each item.", as_json(BatchResult, "batch_result")),
    openapi_extra=takes(as_json(BatchRequest, "batch_request")),
)
async def classify_batch(request: Request, caller: Classifier, idempotency_key: IdempotencyHeader = None) -> Response:
    """Up to 1,000 accounts, answered in order.

    An item that is refused does not harm the rest; those that are decided are recorded together before the answer.
    """
    body, need = await body_of(request), need_of(request, _ONE)
    items = []
    loop = asyncio.get_running_loop()
    until = loop.time() + _TURN
    for place, item in enumerate(await items_of(body, need)):
        items.append(_item(request, item, caller, need, f"/items/{place}"))
        if loop.time() >= until:
            await asyncio.sleep(0)
            until = loop.time() + _TURN
    for read in items:
        if isinstance(read, ProblemError) and read.code == "malformed_json":
            raise read
    submissions = [allow_refusal(item) for item in items if isinstance(item, Submission)]

    def answer(made: Sequence[RecordedDecision | DomainError]) -> Answer:
        decided = iter(made)
        told = [
            _told(request, next(decided) if isinstance(item, Submission) else item, f"/items/{place}")
            for place, item in enumerate(items)
        ]
        return Answer(to_json(BatchResult(results=told)))

    return await record_all(request, submissions, idempotency(request, caller, idempotency_key, body), answer, 200)


def _item(
    request: Request, body: bytes, caller: Caller, need: Need, prefix: str
) -> Submission[RecordedDecision] | ProblemError:
    try:
        check_members(body, need.members, prefix)
        asked = ClassificationRequest.model_validate_json(body)
        if twice := keys_given_twice(body):
            return invalid_request([FieldError(pointer_to(place, prefix), TWICE) for place in twice])
        return _submission(context_of(request), asked, caller)
    except ProblemError as error:
        return error
    except ValidationError as error:
        return refusal(error, body, prefix)
    except DomainError as error:
        return problem_of(error, prefix)


def _told(
    request: Request, result: RecordedDecision | DomainError | ProblemError, prefix: str
) -> BatchDecided | BatchRefused:
    if isinstance(result, RecordedDecision):
        return BatchDecided(status=201, decision=render_decision(result))
    problem = problem_of(result, prefix) if isinstance(result, DomainError) else result
    told = problem_body(problem.code, problem.detail, instance_of(request), problem.errors)
    return BatchRefused(status=422, problem=told)
