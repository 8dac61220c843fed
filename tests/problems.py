"""What every refusal has in common."""

import re
from typing import Any

import httpx
from jsonschema_rs import Draft202012Validator

from service.entrypoints.common.problems import KNOWN
from tests.published import PROBLEM, published

_URI, _TEXT = {"type": "string", "format": "uri-reference"}, {"type": "string"}
_STATUS = {"type": "integer", "minimum": 100, "maximum": 599}
RFC_9457 = Draft202012Validator(
    {
        "type": "object",
        "properties": {"type": _URI, "title": _TEXT, "status": _STATUS, "detail": _TEXT, "instance": _URI},
    },
    validate_formats=True,
)
NEVER_TOLD = re.compile(
    rb"Traceback|\.py\b|sqlalchemy|asyncpg|sqlite|psycopg|SELECT |INSERT |postgresql:|chalk_[0-9A-Za-z]{20}",
    re.IGNORECASE,
)


def hold_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem, without what differs from one request to the next. Fails unless it is whole and says no more."""
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["content-type"] == PROBLEM
    assert not NEVER_TOLD.search(answer.content), answer.text
    problem: dict[str, Any] = answer.json()
    published().hold_to("Problem", answer)
    assert problem["type"] == f"urn:chalkline:problem:{code}"
    assert (problem["status"], problem["title"]) == (status, KNOWN[code][1])
    assert problem["instance"] == f"urn:chalkline:request:{answer.headers['x-request-id']}"
    if (retry_after := KNOWN[code][2]) is not None:
        assert answer.headers["retry-after"] == str(retry_after)
    RFC_9457.validate(problem)
    return {name: value for name, value in problem.items() if name != "instance"}
