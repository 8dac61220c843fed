"""What ``openapi.yaml`` says beyond what the code states by itself: examples, problem responses, request bodies."""

from copy import deepcopy
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

import orjson
from pydantic import BaseModel

from service.domain.decide import decide
from service.domain.decision import Kind, RecordedDecision
from service.domain.policies import BUILT_IN
from service.entrypoints.api.problems import KNOWN, MEDIA_TYPE, problem_body
from service.entrypoints.common.requests import ClassificationRequest
from service.entrypoints.views.decisions import recorded_body
from service.entrypoints.views.encoding import to_json

SAMPLE_CLASSIFICATION: dict[str, Any] = {
    "account": {
        "id": "0018a00001XyZaBAAV",
        "name": "Sample Manufacturing GmbH",
        "region": "EMEA",
        "crm_segment": "MM",
        "crm_created_on": "2021-06-01",
        "first_order_available": True,
        "customer": False,
        "max_family_employees": 640,
        "lam_dev_count": 80,
    },
    "employee_counts": [{"source": "datafox", "employees": 640}, {"source": "linkedin", "employees": 655}],
    "motion": "existing",
    "effective_on": "2022-03-15",
}
_SAMPLE_INSTANCE = "urn:chalkline:request:0198c0de00007000a000000000000000"


def _sample_recorded(asked: dict[str, Any]) -> RecordedDecision:
    request = ClassificationRequest.model_validate_json(orjson.dumps(asked))
    on = request.effective_on or datetime.min.replace(tzinfo=UTC).date()
    return RecordedDecision(
        id=UUID("0198c0de-0000-7000-a000-000000000001"),
        kind=Kind.CLASSIFICATION,
        account_id=request.account.id,
        decision=decide(request.facts(), BUILT_IN.on(on), on),
        actor="sample-integration",
        source="api",
        request_id="0198c0de00007000a000000000000000",
        previous_decision_id=None,
        review_id=None,
        recorded_at=datetime(2022, 3, 15, 9, 30, tzinfo=UTC),
    )


def sample(value: object) -> Any:  # noqa: ANN401 - JSON
    """A value as it is answered."""
    return orjson.loads(to_json(value))


SAMPLE_RECORDED = _sample_recorded(SAMPLE_CLASSIFICATION)
SAMPLE_UNDECIDED = _sample_recorded(
    SAMPLE_CLASSIFICATION
    | {
        "employee_counts": [
            {"source": "datafox", "employees": 12, "wholly_wrong": True, "gap": "Counts one office only"},
            {"source": "third_party", "name": "Annual report", "url": "https://example.org/report", "employees": 640},
        ]
    }
)
SAMPLE_DECISION: dict[str, Any] = sample(recorded_body(SAMPLE_RECORDED))
SAMPLE_ERROR = {"pointer": "/account/max_family_employees", "detail": "Input should be greater than or equal to 0"}


_KEPT: dict[str, object] = {}


def kept(value: object) -> str:
    """Stands for an example until ``with_examples`` puts it in: the framework would drop every null in it."""
    place = f"urn:chalkline:example:{len(_KEPT)}"
    _KEPT[place] = value
    return place


def with_examples(document: Any) -> Any:  # noqa: ANN401 - JSON
    """The document with every example in its place, nulls and all."""
    match document:
        case dict():
            return {name: with_examples(value) for name, value in document.items()}
        case list():
            return [with_examples(value) for value in document]
        case str():
            return deepcopy(_KEPT.get(document, document))
        case _:
            return document


def example(value: object) -> dict[str, Any]:
    """The example of a successful answer."""
    return {"content": {"application/json": {"example": kept(value)}}}


def json_body(model: type[BaseModel], sample: object) -> dict[str, Any]:
    """The request body of an operation that parses its body's bytes itself."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema, "example": sample}}}}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problem responses of an operation, each with an example."""
    return {status: _problem(status) for status in statuses}


def sample_problem(code: str) -> dict[str, Any]:
    """A problem as it is answered."""
    body = problem_body(code, KNOWN[code][1], _SAMPLE_INSTANCE)
    return body | {"errors": [SAMPLE_ERROR]} if code == "invalid_request" else body


def _problem(status: int) -> dict[str, Any]:
    codes = [code for code, (known, _, _) in KNOWN.items() if known == status]
    schema = {"$ref": "#/components/schemas/Problem"}
    response: dict[str, Any] = {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": schema, "example": sample_problem(codes[0])}},
    }
    if any(KNOWN[code][2] is not None for code in codes):
        seconds = {"description": "Seconds after which to try again.", "schema": {"type": "integer"}}
        response["headers"] = {"Retry-After": seconds}
    return response


SAMPLE_BATCH = {"items": [SAMPLE_CLASSIFICATION]}
SAMPLE_BATCH_RESULT = {
    "results": [
        {"status": 201, "decision": SAMPLE_DECISION},
        {"status": 422, "problem": sample_problem("invalid_request")},
    ]
}
NEXT_PAGE = {
    "Link": {
        "description": 'Where the next page is: `<URL>; rel="next"`. Absent on the last page.',
        "schema": {"type": "string"},
    }
}
