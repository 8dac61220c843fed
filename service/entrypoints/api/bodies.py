"""Bodies of requests, read within limits, parsed once from the bytes, every fault told by its field; and of answers."""

import re
from typing import TypeVar

from fastapi import Request, Response
from pydantic import BaseModel, ValidationError

from service.crm.json_items import is_crowded
from service.entrypoints.api.auth import Caller
from service.entrypoints.api.needs import UNBOUNDED, Need
from service.entrypoints.api.recording import idempotency
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.payloads import payload_within
from service.entrypoints.common.problems import (
    MOST_ERRORS,
    FieldError,
    ProblemError,
    field_errors,
    invalid_request,
    pointer_to,
)
from service.entrypoints.common.strict_json import TWICE, keys_given_twice
from service.store.once import IdempotencyKey

Model = TypeVar("Model", bound=BaseModel)
_PLACE = re.compile(r"line (\d+) column (\d+)")
_FAULTY_MEMBERS = 1000
_DEEPEST_POINTER = 8
_LONGEST_SEARCHED = 1024 * 1024


class JsonResponse(Response):
    """An answer in JSON."""

    media_type = "application/json"

    def render(self, content: object) -> bytes:
        """Write the body."""
        return to_json(content)


async def body_of(request: Request) -> bytes:
    """The bytes of a JSON body, within the limits of time, and of what the operation can need.

    Raises:
        ProblemError: the body is not declared as JSON, is too large, or took too long to arrive.
    """
    if media_type_of(request) != "application/json":
        raise ProblemError("unsupported_media_type", "Send the body with Content-Type: application/json")
    return await payload_of(request)


def media_type_of(request: Request) -> str:
    """The media type that a body is declared as, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def need_of(request: Request, path: str | None = None) -> Need:
    """What a body of the operation needs, or of another POST by its path."""
    asked = (request.method, request.scope["route"].path) if path is None else ("POST", path)
    need: Need = request.app.state.needs.get(asked, UNBOUNDED)
    return need


async def payload_of(request: Request) -> bytes:
    """The bytes of a body, whatever it is declared as, within the limits of time, and of what the operation can need.

    Raises:
        ProblemError: the body is too large, or took too long to arrive.
    """
    return await payload_within(request, need_of(request).size)


async def read_request(
    model: type[Model], request: Request, caller: Caller, key: str | None
) -> tuple[Model, IdempotencyKey | None]:
    """What the body of a request states, and the key of the request.

    Raises:
        ProblemError: the body is no such JSON; see ``body_of`` and ``parsed``.
    """
    body = await body_of(request)
    return parsed(model, body, need_of(request).members), idempotency(request, caller, key, body)


def parsed(model: type[Model], body: bytes, members: float) -> Model:
    """The value that the body states, which needs no more than so many members and items.

    Raises:
        ProblemError: the body is not JSON, or a field of it is at fault; each is named, up to 100.
    """
    check_members(body, members)
    try:
        read = model.model_validate_json(body)
    except ValidationError as error:
        raise refusal(error, body) from None
    if twice := keys_given_twice(body):
        raise invalid_request([FieldError(pointer_to(place), TWICE) for place in twice])
    return read


def check_members(body: bytes, members: float, prefix: str = "") -> None:
    """See that a body has not many more members and items than it needs: each may be at fault, and takes its time.

    Raises:
        ProblemError: it has.
    """
    if has_far_more(body, members):
        detail = f"There are more than {members + _FAULTY_MEMBERS:,} fields and items in it, and {members:,} do"
        raise invalid_request([FieldError(prefix, detail)])


def has_far_more(body: bytes, members: float) -> bool:
    """Whether a body has many more members and items than it needs."""
    return is_crowded(body, members + _FAULTY_MEMBERS)


def refusal(error: ValidationError, body: bytes, prefix: str = "") -> ProblemError:
    """Why a body was refused. ``prefix`` is the pointer to where it stood in a larger one."""
    details = error.errors(include_url=False, include_context=False)
    if details[0]["type"] == "json_invalid":
        return not_json(details[0]["msg"], body, prefix)
    return invalid_request(field_errors(details[:MOST_ERRORS], prefix), len(details))


def not_json(message: str, body: bytes, prefix: str = "") -> ProblemError:
    """What a parser's message says of a body that is not JSON, with the field in which it stopped."""
    place = _PLACE.search(message)
    pointer = "" if place is None else pointer_at(body, int(place[1]), int(place[2]))
    detail = message.removeprefix("Invalid JSON: ")
    return ProblemError("malformed_json", f"The body is not JSON: {detail}", [FieldError(prefix + pointer, detail)])


def pointer_at(body: bytes, line: int, column: int) -> str:  # noqa: C901, PLR0912 - one case a token
    """The JSON Pointer of the value in which a parser stopped, as far as the body can be read up to there.

    Empty for a body so large that looking for it would hold up others.
    """
    if len(body) > _LONGEST_SEARCHED:
        return ""
    lines = body.split(b"\n", line)[:line]
    text = b"\n".join([*lines[:-1], lines[-1][: max(column - 1, 0)]]).decode(errors="replace")
    path: list[str | int] = []
    key = ""
    for token in re.finditer(r'"(?:[^"\\]|\\.)*"?|[\[\]{}:,]', text, re.DOTALL):
        match token[0]:
            case "{":
                path.append("")
            case "[":
                path.append(0)
            case "}" | "]":
                if path:
                    path.pop()
            case ",":
                if path and isinstance(path[-1], int):
                    path[-1] += 1
                elif path:
                    path[-1] = ""
            case ":":
                if path and isinstance(path[-1], str):
                    path[-1] = key
            case string:
                key = string.strip('"')
    if path and path[-1] == "":
        path.pop()
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path[:_DEEPEST_POINTER])
