"""What happens when a form is sent: it is recorded once, and what went wrong is said beside what was typed."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TypeVar

import orjson
from fastapi import Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from service.domain.errors import DomainError
from service.entrypoints.common.context import context_of
from service.entrypoints.common.problems import ProblemError
from service.entrypoints.console.fields import ONCE, Typed, elsewhere, fields_of, wrong_of
from service.entrypoints.console.pages import STATUSES, problem_for, see
from service.entrypoints.console.visitors import Visitor
from service.store.errors import StoreError
from service.store.once import Answer, IdempotencyKey, Once
from service.store.recording import Submission

_KEY = re.compile(r"[0-9a-f-]{36}")
T = TypeVar("T")
Show = Callable[[Typed, ProblemError | None], Response]
"""The page of a form, with what was typed and what is wrong with it, if anything."""


async def act(visitor: Visitor, show: Show, do: Callable[[], Awaitable[str | Response]]) -> Response:
    """Do what a form asks for, and answer that, or send the browser to where it shows; or say what is wrong."""
    try:
        done = await do()
        return see(done) if isinstance(done, str) else done
    except (ProblemError, DomainError, StoreError) as error:
        problem = error if isinstance(error, ProblemError) else problem_for(error)
    typed = visitor.form
    if problem.code == "idempotency_key_reused":  # sent again, it is another form
        typed = {name: text for name, text in typed.items() if name != ONCE}
    answer = await run_in_threadpool(show, typed, problem)
    answer.status_code, _, retry_after = STATUSES[problem.code]
    if retry_after is not None:
        answer.headers["Retry-After"] = str(retry_after)
    return answer


async def record(request: Request, visitor: Visitor, submission: Submission[T], place_of: Callable[[T], str]) -> str:
    """Record one thing, once for each form that was sent, and say where it is to be seen.

    Raises:
        ProblemError, DomainError, StoreError: nothing was recorded.
    """
    once: Once[Sequence[T]] = Once(once_key(request, visitor), lambda made: leading_to(place_of(made[0])))
    done = await context_of(request).database.recorder.record_once((submission,), once)
    return done.answer.reference


def once_key(request: Request, visitor: Visitor) -> IdempotencyKey:
    """The key of a form that was sent: no caller of the API can have it, for it has a blank.

    Raises:
        ProblemError: the form has none.
    """
    sent = visitor.form.get(ONCE, "")
    if not _KEY.fullmatch(sent):
        raise ProblemError("invalid_request", "The form lacks what tells it from others: open its page again")
    path = request.scope["path"].removeprefix(context_of(request).root_path)
    said = orjson.dumps([path, *sorted(visitor.form.items())])
    return IdempotencyKey(visitor.name, f"console {sent}", hashlib.sha256(said).hexdigest())


def once_of(request: Request, typed: Typed) -> str:
    """What a form carries to be recorded once: what it carried before, else something new."""
    return typed.get(ONCE) or str(context_of(request).new_id())


def form_view(
    request: Request,
    model: type[BaseModel],
    typed: Typed,
    problem: ProblemError | None,
    *,
    only: Sequence[str] = (),
    beside: Collection[str] = (),
) -> dict[str, object]:
    """A form as its template prints it: its fields, what was typed, and what is wrong.

    ``beside`` are names of what the template asks for itself, beside which it says what is wrong with it.
    """
    fields, wrong = fields_of(model, typed, problem, only=only), wrong_of(problem)
    told = {name: wrong.get(name, "") for name in beside}
    return {
        "fields": fields,
        "wrong": [each for each in elsewhere(problem, fields) if each not in told.values()],
        "beside": told,
        "is_wrong": problem is not None,
        "typed": typed,
        "once": once_of(request, typed),
    }


def leading_to(path: str) -> Answer:
    """What is remembered of a form: the page that shows what became of it."""
    return Answer(b"", path)
