"""Classify accounts: one at a time, or up to 1,000 in one request."""

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Annotated, Literal, TypeAlias

import orjson
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
from service.entrypoints.api.recording import (
    IdempotencyHeader,
    answer_in_parts,
    decision_answer,
    idempotency,
    record_one,
    while_connected,
)
from service.entrypoints.common.requests import ClassificationRequest
from service.entrypoints.common.strict_json import TWICE, keys_given_twice
from service.entrypoints.views.decisions import DecisionBody, render_decision, render_unrecorded
from service.entrypoints.views.encoding import to_json
from service.store.errors import KeyReusedError, StoreError
from service.store.once import Answer, Done, IdempotencyKey, Once
from service.store.recording import Submission, allow_refusal
from service.usecases.classify import propose_classification, try_classification

router = APIRouter(route_class=CheckedRoute, tags=["Classify"])
DryRun = Annotated[bool, Query(description="Decide and explain, and record nothing.")]
_ONE = "/v1/classifications"
_TOGETHER = 100
"""What items weigh that are recorded in one commit: what others send waits for as long as that takes."""
_BEGIN, _END = b'{"results":[', b"]}"
_Item: TypeAlias = Submission[RecordedDecision] | bytes
"""What is to be recorded of an item, or its result where it is refused: as JSON, since it may tell of many faults."""


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
    """An item that was refused, or could not be recorded: nothing was."""

    status: Annotated[Literal[422, 503], Field(description="422: refused; 503: try it again.")]
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

    An item that is refused does not harm the rest. A hundred at a time are recorded together, all before the answer.
    Where the database goes away in between, the items that were not recorded say so; with an `Idempotency-Key` that is
    503, and sent again the request goes on where it was.
    """
    body, need = await body_of(request), need_of(request, _ONE)

    def read() -> list[_Item]:
        return [
            _item(request, item, caller, need, f"/items/{place}") for place, item in enumerate(items_of(body, need))
        ]

    # It takes so long that others need their turns meanwhile.
    items = await run_in_threadpool(read)
    return await _record_in_parts(request, items, idempotency(request, caller, idempotency_key, body))


async def _record_in_parts(request: Request, items: Sequence[_Item], key: IdempotencyKey | None) -> Response:
    """Record a part after the other, that what others send is recorded in between, and answer all of them.

    Raises:
        StoreError: nothing was recorded, or with a key not all was.
    """
    told: list[bytes] = []
    first, replayed = 0, True
    while first < len(items):
        part = _part(items, first)
        of_part = key if key is None or len(part) == len(items) else key.of_part(len(told))
        try:
            done = await _record(request, part, first, of_part)
        except KeyReusedError:
            if first:
                raise
            # It may be that an earlier release kept the whole answer under the key.
            done = await _record(request, part, first, key)
        except StoreError as error:
            if key is not None or not any(isinstance(item, Submission) for item in items[:first]):
                raise
            part = items[first:]
            done = Done(_answer(request, part, first)([error] * len(part)), ())
        results = done.answer.body.removeprefix(_BEGIN).removesuffix(_END)
        told.append((b"," if told else _BEGIN) + results)
        # What was kept may be of more than a part has now.
        first += len(orjson.loads(done.answer.body)["results"]) if done.made is None else len(part)
        replayed = replayed and done.made is None
    return answer_in_parts([*told, _END], replayed=replayed)


def _part(items: Sequence[_Item], first: int) -> Sequence[_Item]:
    """The items from a place on that are recorded together: one at least."""
    weights = accumulate(1 if isinstance(item, bytes) else item.weight for item in items[first : first + _TOGETHER])
    return items[first : first + max(1, sum(weight <= _TOGETHER for weight in weights))]


async def _record(
    request: Request, part: Sequence[_Item], first: int, key: IdempotencyKey | None
) -> Done[Sequence[RecordedDecision | DomainError]]:
    recorder, answer = context_of(request).database.recorder, _answer(request, part, first)
    submissions = [allow_refusal(item) for item in part if isinstance(item, Submission)]
    if key is not None:
        return await while_connected(request, recorder.record_once(submissions, Once(key, answer)))
    made = await while_connected(request, recorder.record(submissions)) if submissions else ()
    # What is said of many things takes so long that others need their turns meanwhile.
    return Done(await run_in_threadpool(answer, made), made)


def _answer(
    request: Request, items: Sequence[_Item], first: int
) -> Callable[[Sequence[RecordedDecision | DomainError | StoreError]], Answer]:
    """What is answered of items, the first of which stood at a place, by what was made of those that can be decided."""

    def answer(made: Sequence[RecordedDecision | DomainError | StoreError]) -> Answer:
        decided = iter(made)
        told = [
            item if isinstance(item, bytes) else _told(request, next(decided), f"/items/{place}")
            for place, item in enumerate(items, first)
        ]
        return Answer(_BEGIN + b",".join(told) + _END)

    return answer


def _item(request: Request, body: bytes, caller: Caller, need: Need, prefix: str) -> _Item:
    """An item of a batch.

    Raises:
        ProblemError: it is not JSON, and so the whole is not.
    """
    try:
        check_members(body, need.members, prefix)
        asked = ClassificationRequest.model_validate_json(body)
        if twice := keys_given_twice(body):
            raise invalid_request([FieldError(pointer_to(place, prefix), TWICE) for place in twice])
        return _submission(context_of(request), asked, caller)
    except ProblemError as error:
        return _refused(request, error)
    except DomainError as error:
        return _refused(request, problem_of(error, prefix))
    except ValidationError as error:
        problem = refusal(error, body, prefix)
        if problem.code == "malformed_json":
            raise problem from None
        return _refused(request, problem)


def _told(request: Request, result: RecordedDecision | DomainError | StoreError, prefix: str) -> bytes:
    if isinstance(result, RecordedDecision):
        return to_json(BatchDecided(status=201, decision=render_decision(result)))
    return _refused(request, problem_of(result, prefix), 503 if isinstance(result, StoreError) else 422)


def _refused(request: Request, problem: ProblemError, status: Literal[422, 503] = 422) -> bytes:
    told = problem_body(problem.code, problem.detail, instance_of(request), problem.errors)
    return to_json(BatchRefused(status=status, problem=told))
