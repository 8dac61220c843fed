"""What every refusal has in common."""

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from jsonschema_rs import Draft202012Validator

from service.entrypoints.api.problems import KNOWN
from tests.published import PROBLEM, published
from tests.servers import REPOSITORY

SHARED = Path(os.environ.get("CHALKLINE_SHARED", REPOSITORY.parent / "shared"))
RFC_9457 = SHARED / "vectors" / "problem-details" / "problem.schema.json"
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
    if RFC_9457.exists():
        _of_rfc_9457().validate(problem)
    return {name: value for name, value in problem.items() if name != "instance"}


@cache
def _of_rfc_9457() -> Draft202012Validator:
    return Draft202012Validator(json.loads(RFC_9457.read_text()), validate_formats=True)
