"""Recording over HTTP: idempotency keys, and answers that can be given again byte for byte."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from operator import attrgetter
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Header, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from service.domain.decision import RecordedDecision
from service.entrypoints.api.auth import Caller
from service.entrypoints.common.context import context_of
from service.entrypoints.common.encoding import to_json
from service.entrypoints.views.decisions import render_decision
from service.store.errors import StoreBusyError
from service.store.once import Answer, Done, IdempotencyKey, Once
from service.store.recording import Submission

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

_LISTENS_AFTER = 1.0
"""Seconds until a request that is still to be recorded listens for its caller to leave."""
_REPLAYED = {"Idempotent-Replayed": "true"}
_T = TypeVar("_T")


def idempotency(request: Request, caller: Caller, key: str | None, body: bytes) -> IdempotencyKey | None:
    """The key of a request, with what tells the request from any other: its target and its exact bytes."""
    if key is None:
        return None
    path = request.url.path.removeprefix(request.scope.get("root_path", ""))
    target = f"{request.method} {path}?{request.url.query}\n".encode()
    return IdempotencyKey(caller.name, key, hashlib.sha256(target + body).hexdigest())


def decision_answer(recorded: RecordedDecision) -> Answer:
    """The answer about one decision."""
    return Answer(to_json(render_decision(recorded)), f"/v1/decisions/{recorded.id}")


def answer_about(
    render: Callable[[_T], object], path: str, identify: Callable[[_T], UUID] = attrgetter("id")
) -> Callable[[_T], Answer]:
    """What the caller is told of a thing: how it is rendered, and that it is to be found under a path."""
    return lambda made: Answer(to_json(render(made)), f"{path}/{identify(made)}")


async def record_one(
    request: Request,
    submission: Submission[_T],
    key: IdempotencyKey | None,
    answer: Callable[[_T], Answer],
    status: int,
) -> Response:
    """Record one thing, and answer once it is durable."""
    return await record_all(request, (submission,), key, lambda made: answer(made[0]), status)


async def record_all(
    request: Request,
    submissions: Sequence[Submission[_T]],
    key: IdempotencyKey | None,
    answer: Callable[[Sequence[_T]], Answer],
    status: int | Callable[[Sequence[_T] | None], int],
) -> Response:
    """Record things together or not at all, and answer once they are durable.

    The answer is written after that; for a key, that keeps it for another time, in the same commit. ``status`` may go
    by what was made: by nothing, where an answer is given again.
    """
    recorder = context_of(request).database.recorder
    if key is None:
        made = await while_connected(request, recorder.record(submissions))
        # What is said of many things takes so long that others need their turns meanwhile.
        return _respond(
            answer(made) if len(made) == 1 else await run_in_threadpool(answer, made), _status_of(made, status)
        )
    done = await while_connected(request, recorder.record_once(submissions, Once(key, answer)))
    return answer_of(done, _status_of(done.made, status))


def _status_of(made: Sequence[_T] | None, status: int | Callable[[Sequence[_T] | None], int]) -> int:
    return status if isinstance(status, int) else status(made)


async def while_connected(request: Request, recording: Awaitable[_T]) -> _T:
    """What is recorded. A caller that leaves meanwhile gives up what has not begun.

    Raises:
        StoreBusyError: it left.
    """
    asking, loop = asyncio.current_task(), asyncio.get_running_loop()
    listening: list[asyncio.Task[None]] = []

    async def listen() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        if asking is not None:
            asking.cancel()

    # Most are recorded long before that, and nobody need listen.
    later = loop.call_later(_LISTENS_AFTER, lambda: listening.append(loop.create_task(listen())))
    try:
        return await recording
    except asyncio.CancelledError:
        if asking is None or not any(each.done() for each in listening):
            raise
        asking.uncancel()
        raise StoreBusyError("The caller left before it could be recorded") from None
    finally:
        later.cancel()
        for each in listening:
            each.cancel()


def answer_of(done: Done[Any], status: int, shown: bytes | None = None) -> Response:
    """Answer what was done; the first time with ``shown``, where that is more than may be kept for a key."""
    answer = done.answer if shown is None else Answer(shown, done.answer.reference)
    return _respond(answer, status, replayed=done.made is None)


def answer_in_parts(parts: Sequence[bytes], *, replayed: bool) -> Response:
    """Answer what is told in parts of JSON; whether all of it was told before."""
    return _InParts(parts, _REPLAYED if replayed else {})


class _InParts(Response):
    """An answer that is sent part by part: to put a large one together, and to send it in one go, holds up others."""

    media_type = "application/json"

    def __init__(self, parts: Sequence[bytes], headers: Mapping[str, str]) -> None:
        super().__init__(headers={"Content-Length": str(sum(map(len, parts))), **headers})
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        del scope, receive
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for part in self._parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
            await asyncio.sleep(0)
        await send({"type": "http.response.body"})


def _respond(answer: Answer, status: int, *, replayed: bool = False) -> Response:
    headers = ({"Location": answer.reference} if answer.reference else {}) | (_REPLAYED if replayed else {})
    return Response(answer.body, status, headers, "application/json")
