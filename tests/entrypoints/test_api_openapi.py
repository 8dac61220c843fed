"""The published document is the truth: valid, whole, and what the service itself says."""

import json
import re
import subprocess
import sys
from typing import Any

import httpx
import pytest
import yaml
from jsonschema_rs import Draft202012Validator, Registry
from openapi_spec_validator import OpenAPIV31SpecValidator

from service import server
from service.settings import Settings
from tests.api import Api
from tests.builders import request
from tests.published import PROBLEM, Published
from tests.servers import REPOSITORY

PUBLISHED: dict[str, Any] = yaml.safe_load((REPOSITORY / "openapi.yaml").read_text())
OPERATIONS = [
    (method, path, operation) for path, item in PUBLISHED["paths"].items() for method, operation in item.items()
]
CONTENTS = [
    (f"{method} {path} {status} {media_type}", content)
    for method, path, operation in OPERATIONS
    for status, answer in [*operation["responses"].items(), ("request", operation.get("requestBody", {}))]
    for media_type, content in answer.get("content", {}).items()
]


def named(operations: list[tuple[str, str, dict[str, Any]]]) -> list[str]:
    return [f"{method} {path}" for method, path, _ in operations]


def test_the_published_document_is_what_the_command_writes() -> None:
    ran = subprocess.run([sys.executable, "-m", "service", "openapi"], cwd=REPOSITORY, capture_output=True, check=True)

    assert ran.stdout.decode() == (REPOSITORY / "openapi.yaml").read_text(), "write it anew: make openapi"


def test_the_running_service_publishes_the_same(both: tuple[Api, Api]) -> None:
    for api in both:
        served = httpx.get(f"{api.url}/openapi.json").json()
        assert served | {"info": PUBLISHED["info"]} == server.application(Settings()).openapi() == PUBLISHED


def test_the_document_is_valid_openapi() -> None:
    assert PUBLISHED["openapi"].startswith("3.1.")
    assert [error.message for error in OpenAPIV31SpecValidator(PUBLISHED).iter_errors()] == []


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=named(OPERATIONS))
def test_an_operation_is_described(method: str, path: str, operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert len(operation["description"]) > 20
    assert operation["tags"]
    assert all(parameter["description"] for parameter in operation.get("parameters", []))
    assert all(answer["description"] for answer in operation["responses"].values())
    statuses = set(operation["responses"])
    if "security" in operation:
        assert statuses >= {"401", "403", "503"}, (method, path)
    if path.startswith("/v1/webhooks/"):
        # Each event is known by its own key, so it is recorded once without a key of the request.
        assert statuses >= {"400", "401", "408", "413", "415", "422", "503"}
    elif "requestBody" in operation:
        assert statuses >= {"400", "408", "409", "413", "415", "422"}
        assert operation["requestBody"]["required"] is True
        assert "Idempotency-Key" in [parameter["name"] for parameter in operation["parameters"]]
    if "{" in path:
        assert "404" in statuses
    for status, answer in operation["responses"].items():
        assert (int(status) < 400) != (PROBLEM in answer["content"]), (method, path, status)


@pytest.mark.parametrize(("where", "content"), CONTENTS, ids=[where for where, _ in CONTENTS])
def test_an_example_is_given_and_is_valid(where: str, content: dict[str, Any]) -> None:
    registry = Registry([("urn:document", PUBLISHED)])
    absolute = re.sub(r'"\$ref": "#', '"$ref": "urn:document#', json.dumps(content.get("schema", True)))

    validator = Draft202012Validator(json.loads(absolute), registry=registry, validate_formats=True)

    assert "example" in content, where
    assert [str(error) for error in validator.iter_errors(content["example"])] == []


@pytest.mark.parametrize("name", ["Account", "EmployeeCount", "ClassificationRequest", "ResolutionRequest"])
def test_every_field_of_a_request_is_described(name: str) -> None:
    schema = PUBLISHED["components"]["schemas"][name]

    assert schema["additionalProperties"] is False
    for field, described in schema["properties"].items():
        assert described.get("description") or "$ref" in described, field


def test_an_answer_that_is_not_as_published_fails_the_tests() -> None:
    published = Published(PUBLISHED)
    sent = httpx.Request("GET", "http://localhost/v1/policies")

    published.hold(httpx.Response(200, json={"items": []}, request=sent))
    for wrong in (
        httpx.Response(200, json={"items": [], "more": 1}, request=sent),
        httpx.Response(200, json={"items": [{"id": "fy23"}]}, request=sent),
        httpx.Response(200, json=[], request=sent),
        httpx.Response(201, json={"items": []}, request=sent),
        httpx.Response(401, json={"items": []}, request=sent),
    ):
        with pytest.raises(AssertionError):
            published.hold(wrong)


def test_the_examples_of_requests_are_answered_as_their_examples_say(both: tuple[Api, Api]) -> None:
    for api in both:
        operation = PUBLISHED["paths"]["/v1/classifications"]["post"]
        body = operation["requestBody"]["content"]["application/json"]["example"]
        expected = operation["responses"]["201"]["content"]["application/json"]["example"]

        decision = api.classify(body)

        changing = {"id", "actor", "request_id", "recorded_at", "previous_decision_id"}
        assert {name: value for name, value in decision.items() if name not in changing} == {
            name: value for name, value in expected.items() if name not in changing
        }


def test_the_documentation_page_needs_nothing_from_elsewhere(both: tuple[Api, Api]) -> None:
    url = both[0].url
    page = httpx.get(f"{url}/docs")

    assert page.status_code == 200
    loaded = re.findall(r"""(?:src|href)=["']([^"']+)["']""", page.text)
    assert len(loaded) >= 3
    assert not re.search(r"""["'(](?:https?:)?//""", page.text.replace("http://www.w3.org", ""))
    for link in loaded:
        assert link.startswith("/")
        answer = httpx.get(f"{url}{link}")
        assert answer.status_code == 200
        assert answer.content
    assert "/openapi.json" in page.text


def test_a_request_of_the_schema_is_a_request_of_the_service(both: tuple[Api, Api]) -> None:
    schema = {"$ref": "urn:document#/components/schemas/ClassificationRequest"}
    validator = Draft202012Validator(schema, registry=Registry([("urn:document", PUBLISHED)]), validate_formats=True)
    good = request(df=640)

    for body in (good, good | {"motion": "sideways"}, good | {"more": 1}, {}, good | {"effective_on": "20220315"}):
        answer = both[0].http.post("/v1/classifications?dry_run=true", json=body)
        assert (answer.status_code == 200) == validator.is_valid(body), body
