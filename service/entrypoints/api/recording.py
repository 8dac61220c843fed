"""Recording over HTTP: idempotency keys, and answers that can be given again byte for byte."""

import hashlib
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Header, Request, Response

from service.domain.errors import DomainError
from service.domain.record import RecordedDecision
from service.entrypoints.api.auth import Caller
from service.entrypoints.api.context import context_of
from service.entrypoints.views.decisions import render_decision
from service.entrypoints.views.encoding import to_json
from service.store.recording import Answer, Done, IdempotencyKey, Job, Result
from service.store.remembering import Acted
from service.usecases.classify import Asked

IdempotencyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="The same key with the same request gives the first answer again; kept for at least 7 days.",
    ),
]


def asked_by(caller: Caller) -> Asked:
    """Who asks, over the API."""
    return Asked(caller.name, "api", caller.request_id)


def idempotency(request: Request, caller: Caller, key: str | None, body: bytes) -> IdempotencyKey | None:
    """The key of a request, with what tells the request from any other: its target and its exact bytes."""
    if key is None:
        return None
    target = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return IdempotencyKey(caller.name, key, hashlib.sha256(target + body).hexdigest())


def answer_one(results: Sequence[Result]) -> Answer:
    """Answer a job of one decision with that decision.

    Raises:
        DomainError: the decision could not be taken.
    """
    (result,) = results
    if isinstance(result, DomainError):
        raise result
    if not isinstance(result, RecordedDecision):
        raise TypeError(type(result).__name__)
    return Answer(to_json(render_decision(result)), f"/v1/decisions/{result.id}")


async def recorded(request: Request, job: Job, status: int) -> Response:
    """Record a job, and answer once it is durable. The answer about one thing says where to find it."""
    return _answer(await context_of(request).database.recorder.record(job), status)


def answer_of(acted: Acted[Any], status: int, shown: bytes | None = None) -> Response:
    """Answer what was acted upon; the first time with ``shown``, where that is more than may be remembered."""
    answer = acted.answer if shown is None else Answer(shown, acted.answer.reference)
    return _answer(Done(answer, replayed=acted.made is None), status)


def _answer(done: Done, status: int) -> Response:
    headers = {"Location": done.answer.reference} if done.answer.reference else {}
    if done.replayed:
        headers["Idempotent-Replayed"] = "true"
    return Response(done.answer.body, status, headers, "application/json")
