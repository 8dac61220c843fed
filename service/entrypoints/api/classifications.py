"""Classify accounts: one at a time, or up to 1,000 in one request."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import ValidationError
from pydantic_core import from_json
from pydantic_core import to_json as plain_json
from starlette.concurrency import run_in_threadpool

from service.domain.decision import RecordedDecision
from service.domain.errors import DomainError
from service.entrypoints.api.auth import Caller, Classifier
from service.entrypoints.api.bodies import body_of, not_json, parsed, refusal
from service.entrypoints.api.openapi.document import (
    SAMPLE_BATCH,
    SAMPLE_BATCH_RESULT,
    SAMPLE_CLASSIFICATION,
    SAMPLE_DECISION,
    example,
    json_body,
    problems,
)
from service.entrypoints.api.problems import (
    FieldError,
    ProblemError,
    instance_of,
    invalid_request,
    pointer_to,
    problem_body,
    problem_of,
)
from service.entrypoints.api.recording import (
    IdempotencyHeader,
    asked_by,
    decision_answer,
    idempotency,
    record_all,
    record_one,
)
from service.entrypoints.api.schemas import BatchRequest, BatchResult, DecisionBody
from service.entrypoints.api.services import Services, services_of
from service.entrypoints.common.reasons import UNKNOWN_FIELD
from service.entrypoints.common.requests import ClassificationRequest
from service.entrypoints.views.decisions import Unrecorded, recorded_body, unrecorded_body
from service.entrypoints.views.encoding import to_json
from service.store.recording import Answer, Submission, allow_refusal
from service.usecases.classify import propose_classification, try_classification

router = APIRouter(tags=["Classify"])
DryRun = Annotated[bool, Query(description="Decide and explain, and record nothing.")]
_MOST_ITEMS = 1000


@router.post(
    "/v1/classifications",
    summary="Classify an account",
    status_code=201,
    responses={
        201: {"model": DecisionBody, "description": "The decision, recorded.", **example(SAMPLE_DECISION)},
        200: {
            "model": DecisionBody,
            "description": "The decision, with `dry_run`: not recorded.",
            **example(SAMPLE_DECISION | {"id": None, "recorded_at": None}),
        },
        **problems(400, 401, 403, 408, 409, 413, 415, 422, 503),
    },
    openapi_extra=json_body(ClassificationRequest, SAMPLE_CLASSIFICATION),
)
async def classify(
    request: Request, caller: Classifier, idempotency_key: IdempotencyHeader = None, *, dry_run: DryRun = False
) -> Response:
    """Decides the segment and the owning team, explains why, and records the decision before it answers."""
    body = await body_of(request)
    asked = parsed(ClassificationRequest, body)
    services = services_of(request)
    if dry_run:
        return await _tried(services, asked, caller)
    submission = _submission(services, asked, caller)
    key = idempotency(request, caller, idempotency_key, body)
    return await record_one(request, submission, key, decision_answer, 201)


def _submission(services: Services, asked: ClassificationRequest, caller: Caller) -> Submission[RecordedDecision]:
    on = asked.effective_on or services.today()
    return propose_classification(asked.facts(), on, asked.dedup_requested_by, asked_by(caller))


async def _tried(services: Services, asked: ClassificationRequest, caller: Caller) -> Response:
    on = asked.effective_on or services.today()
    decision = await run_in_threadpool(try_classification, services.database, asked.facts(), on)
    by = Unrecorded(caller.name, "api", caller.request_id)
    return Response(to_json(unrecorded_body(decision, by)), media_type="application/json")


@router.post(
    "/v1/classifications/batch",
    summary="Classify many accounts",
    responses={
        200: {"model": BatchResult, "description": "What became of each item.", **example(SAMPLE_BATCH_RESULT)},
        **problems(400, 401, 403, 408, 409, 413, 415, 422, 503),
    },
    openapi_extra=json_body(BatchRequest, SAMPLE_BATCH),
)
async def classify_batch(request: Request, caller: Classifier, idempotency_key: IdempotencyHeader = None) -> Response:
    """Up to 1,000 accounts, answered in order.

    An item that is refused does not harm the rest; those that are decided are recorded together before the answer.
    """
    body = await body_of(request)
    services = services_of(request)
    items = [_item(services, item, caller, f"/items/{place}") for place, item in enumerate(_items(body))]
    submissions = [allow_refusal(item) for item in items if isinstance(item, Submission)]

    def answer(made: Sequence[RecordedDecision | DomainError]) -> Answer:
        decided = iter(made)
        told = [
            _told(request, next(decided) if isinstance(item, Submission) else item, f"/items/{place}")
            for place, item in enumerate(items)
        ]
        return Answer(to_json({"results": told}))

    return await record_all(request, submissions, idempotency(request, caller, idempotency_key, body), answer, 200)


def _items(body: bytes) -> list[Any]:
    try:
        stated = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise not_json(str(error), body) from None
    if not isinstance(stated, dict) or not isinstance(stated.get("items"), list):
        raise invalid_request([FieldError("/items", "A list of classification requests is needed here")])
    if unknown := sorted(set(stated) - {"items"}):
        raise invalid_request([FieldError(pointer_to([name]), UNKNOWN_FIELD) for name in unknown])
    items: list[Any] = stated["items"]
    if not 1 <= len(items) <= _MOST_ITEMS:
        raise invalid_request([FieldError("/items", f"1 to {_MOST_ITEMS} items are taken, not {len(items)}")])
    return items


def _item(services: Services, item: object, caller: Caller, prefix: str) -> Submission[RecordedDecision] | ProblemError:
    body = plain_json(item)
    try:
        return _submission(services, ClassificationRequest.model_validate_json(body), caller)
    except ValidationError as error:
        return refusal(error, body, prefix)
    except DomainError as error:
        return problem_of(error, prefix)


def _told(request: Request, result: RecordedDecision | DomainError | ProblemError, prefix: str) -> dict[str, Any]:
    if isinstance(result, RecordedDecision):
        return {"status": 201, "decision": recorded_body(result)}
    problem = problem_of(result, prefix) if isinstance(result, DomainError) else result
    return {"status": 422, "problem": problem_body(problem.code, problem.detail, instance_of(request), problem.errors)}
