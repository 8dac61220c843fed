"""What a form asks for: its fields as a model reads them, and the key by which it is carried out once."""

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from fastapi import Request, Response
from pydantic import BaseModel, ValidationError

from service.entrypoints.common.context import context_of
from service.entrypoints.common.problems import FieldError, invalid_request
from service.entrypoints.common.reasons import reason
from service.entrypoints.console.pages import see
from service.entrypoints.console.visitors import Visitor
from service.store.once import Answer, IdempotencyKey, Once
from service.store.recording import Submission

ONCE = "once"
"""The field of a form that holds the key which was made with its page."""
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_Made = TypeVar("_Made")
_Asked = TypeVar("_Asked", bound=BaseModel)


def read_form(model: type[_Asked], form: Mapping[str, str]) -> _Asked:
    """The fields of a form; what was left empty is not there.

    Raises:
        ProblemError: a field is not what it must be.
    """
    stated = {name: text for name, text in form.items() if text.strip() and name != ONCE}
    try:
        return model.model_validate(stated)
    except ValidationError as error:
        errors = [FieldError(".".join(map(str, each["loc"])), reason(each)) for each in error.errors()]
        raise invalid_request(errors) from None


def new_once(request: Request) -> str:
    """A key for a form of a page: sent twice, the form is carried out once."""
    return str(context_of(request).new_id())


def once_of(request: Request, visitor: Visitor) -> IdempotencyKey | None:
    """The key of a form that was sent, with what tells it from any other."""
    key = visitor.form.get(ONCE, "")
    if not _KEY.fullmatch(key):
        return None
    path = request.url.path.removeprefix(request.scope.get("root_path", ""))
    fields = "".join(f"\n{name}={value}" for name, value in sorted(visitor.form.items()) if name != ONCE)
    return IdempotencyKey(visitor.name, key, hashlib.sha256(f"console {path}{fields}".encode()).hexdigest())


def leading_to(path: str) -> Answer:
    """What is remembered of a form: the page that shows what became of it."""
    return Answer(b"", path)


async def record_form(
    request: Request, visitor: Visitor, submission: Submission[_Made], told: Callable[[_Made], Answer]
) -> Response:
    """Record what a form states, once, and send the browser to the page of what was made."""
    recorder, key = context_of(request).database.recorder, once_of(request, visitor)
    if key is None:
        made = await recorder.record((submission,))
        return see(told(made[0]).reference)
    done = await recorder.record_once((submission,), Once(key, lambda made: told(made[0])))
    return see(done.answer.reference)
