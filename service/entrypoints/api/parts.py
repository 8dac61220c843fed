"""Many things recorded for one request, each by itself: some in one commit, and all of them before the answer."""

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Annotated, Literal, TypeAlias, cast

import orjson
from fastapi import Request, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from typing_extensions import TypedDict

from service.domain.decision import RecordedDecision
from service.domain.errors import DomainError
from service.entrypoints.api.recording import answer_in_parts, while_connected
from service.entrypoints.common.context import context_of
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.problems import Problem, ProblemError, instance_of, problem_body, problem_of
from service.entrypoints.views.decisions import DecisionBody, render_decision
from service.store.errors import KeyReusedError, StoreError
from service.store.once import Answer, Done, IdempotencyKey, Once
from service.store.recording import Submission, allow_refusal

_TOGETHER = 30
"""What items weigh that are recorded in one commit: what others send waits for as long as that takes."""
_BEGIN, _END = b'{"results":[', b"]}"
Item: TypeAlias = Submission[RecordedDecision] | bytes
"""What is to be recorded of an item, or its result where it is refused: as JSON, since it may tell of many faults."""
_Refused: TypeAlias = Literal[404, 409, 422, 503]


class BatchDecided(TypedDict):
    """An item of which a decision was recorded."""

    status: Annotated[Literal[201], Field(description="What it would be answered with alone.")]
    decision: Annotated[DecisionBody, Field(description="The decision, recorded.")]


class BatchRefused(TypedDict):
    """An item that was refused, or could not be recorded: nothing was."""

    status: Annotated[_Refused, Field(description="What it would be answered with alone; 503: try it again.")]
    problem: Annotated[Problem, Field(description="Why.")]


class BatchResult(TypedDict):
    """What became of each item, in order."""

    results: Annotated[Sequence[BatchDecided | BatchRefused], Field(description="One for each item.")]


async def record_in_parts(request: Request, items: Sequence[Item], key: IdempotencyKey | None) -> Response:
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


def _part(items: Sequence[Item], first: int) -> Sequence[Item]:
    """The items from a place on that are recorded together: one at least."""
    weights = accumulate(1 if isinstance(item, bytes) else item.weight for item in items[first : first + _TOGETHER])
    return items[first : first + max(1, sum(weight <= _TOGETHER for weight in weights))]


async def _record(
    request: Request, part: Sequence[Item], first: int, key: IdempotencyKey | None
) -> Done[Sequence[RecordedDecision | DomainError]]:
    recorder, answer = context_of(request).database.recorder, _answer(request, part, first)
    submissions = [allow_refusal(item) for item in part if isinstance(item, Submission)]
    if key is not None:
        return await while_connected(request, recorder.record_once(submissions, Once(key, answer)))
    made = await while_connected(request, recorder.record(submissions)) if submissions else ()
    # What is said of many things takes so long that others need their turns meanwhile.
    return Done(await run_in_threadpool(answer, made), made)


def _answer(
    request: Request, items: Sequence[Item], first: int
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


def _told(request: Request, result: RecordedDecision | DomainError | StoreError, prefix: str) -> bytes:
    if isinstance(result, RecordedDecision):
        return to_json(BatchDecided(status=201, decision=render_decision(result)))
    return refused(request, problem_of(result, prefix))


def refused(request: Request, problem: ProblemError) -> bytes:
    """The result of an item that is refused."""
    told = problem_body(problem.code, problem.detail, instance_of(request), problem.errors)
    return to_json(BatchRefused(status=cast("_Refused", told["status"]), problem=told))
