"""The published document is the truth: valid, whole, and what the service itself says."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from jsonschema_rs import Draft202012Validator, Registry
from openapi_spec_validator import OpenAPIV31SpecValidator

from service.domain.subscriptions import MessageType
from service.entrypoints.views.cells import CSV_COLUMNS
from tests.api import Api, serving
from tests.builders import request
from tests.commands import run_for_text
from tests.problems import hold_problem
from tests.published import OF_EVERYTHING, PROBLEM, SERVED, Published
from tests.servers import REPOSITORY

PUBLISHED: dict[str, Any] = yaml.safe_load((REPOSITORY / "openapi.yaml").read_text())
COMPONENTS: dict[str, dict[str, Any]] = PUBLISHED["components"]
RECORDS_NOTHING = ("/v1/calendar/close-date", "/v1/support-requests/triage")
DOCUMENT = Published(PUBLISHED)
OPERATIONS = [
    (method, path, operation) for path, item in PUBLISHED["paths"].items() for method, operation in item.items()
]
CONTENTS = [
    (f"{method} {path} {status} {media_type}", content)
    for method, path, operation in OPERATIONS
    for status, answer in [*operation["responses"].items(), ("request", operation.get("requestBody", {}))]
    for media_type, content in DOCUMENT.resolve(answer).get("content", {}).items()
]
PROPERTIES = [
    (f"{schema}.{name}", described)
    for schema, defined in COMPONENTS["schemas"].items()
    for name, described in defined.get("properties", {}).items()
]


def named(operations: list[tuple[str, str, dict[str, Any]]]) -> list[str]:
    return [f"{method} {path}" for method, path, _ in operations]


def examples_of(content: dict[str, Any]) -> list[Any]:
    return (
        [content["example"]]
        if "example" in content
        else [DOCUMENT.resolve(example)["value"] for example in content["examples"].values()]
    )


@pytest.mark.parametrize(
    ("options", "written"), [((), REPOSITORY / "openapi.yaml"), (("--json",), SERVED)], ids=["yaml", "json"]
)
def test_the_published_document_is_what_the_command_writes(options: tuple[str, ...], written: Path) -> None:
    ran = run_for_text("openapi", *options)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == written.read_text(), "write it anew: make openapi"


def test_the_running_service_publishes_the_same(both: tuple[Api, Api]) -> None:
    for api in both:
        answer = httpx.get(f"{api.url}/openapi.json")
        assert answer.json() == PUBLISHED
        assert answer.content == SERVED.read_bytes()


def test_no_request_builds_the_document(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(*_: object, **__: object) -> None:
        raise AssertionError("A request builds the document")

    with serving(database_url) as api:
        monkeypatch.setattr("fastapi.applications.get_openapi", build)
        monkeypatch.setattr("fastapi.FastAPI.openapi", build)
        monkeypatch.setattr("pydantic.json_schema.GenerateJsonSchema.generate_definitions", build)

        assert api.get("/v1/decisions", limit=1) == {"items": []}
        hold_problem(api.http.get("/v1/decisions?limits=1"), 422, "invalid_request")
        hold_problem(api.http.get("/healthz?verbose=1"), 422, "invalid_request")
        hold_problem(api.http.get("/nowhere?verbose=1"), 404, "not_found")
        refused = api.http.post("/v1/handoffs/0198c0de-0000-7000-a000-000000000001/items/find-named-ae")
        hold_problem(refused, 405, "method_not_allowed")
        assert refused.headers["allow"] == "DELETE, PUT"
        hold_problem(api.http.post("/v1/classifications?dry_run=true", json={}), 422, "invalid_request")
        for path in ("/openapi.json", "/docs", "/openapi.json?as=yaml", "/docs?as=yaml", "/readyz"):
            assert api.http.get(path).status_code == 200


def test_what_builds_the_document_is_not_even_loaded_to_serve() -> None:
    loads = "import sys, service.server; print('service.entrypoints.api.openapi.document' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", loads], cwd=REPOSITORY, capture_output=True, check=True)

    assert ran.stdout == b"False\n"


def test_the_document_is_valid_openapi() -> None:
    assert PUBLISHED["openapi"].startswith("3.1.")
    assert [error.message for error in OpenAPIV31SpecValidator(PUBLISHED).iter_errors()] == []


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=named(OPERATIONS))
def test_an_operation_is_described(method: str, path: str, operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert len(operation["description"]) > 20
    assert operation["tags"]
    parameters = [DOCUMENT.resolve(parameter) for parameter in operation.get("parameters", [])]
    answers = {status: DOCUMENT.resolve(answer) for status, answer in operation["responses"].items()}
    assert all(parameter["description"] for parameter in parameters)
    assert all(answer["description"] for answer in answers.values())
    statuses = set(answers)
    if operation.get("security") != []:
        assert statuses >= {"4XX", "503"}, (method, path)
    if path.startswith("/v1/webhooks/"):
        # Each event is known by its own key, so it is recorded once without a key of the request.
        assert statuses >= {"4XX", "422", "503"}
    elif path in RECORDS_NOTHING:
        assert statuses >= {"4XX", "422"}  # and so it takes no key of a request
    elif "requestBody" in operation:
        assert statuses >= {"4XX", "409", "422"}
        assert operation["requestBody"]["required"] is True
        assert "Idempotency-Key" in [parameter["name"] for parameter in parameters]
    if "{" in path:
        assert "404" in statuses
    for status, answer in answers.items():
        assert (status < "4") != (PROBLEM in answer["content"]), (method, path, status)


def test_no_message_to_a_subscriber_is_said_to_carry_an_api_key() -> None:
    messages = [operation for item in PUBLISHED["webhooks"].values() for operation in item.values()]

    assert len(messages) == len(MessageType)
    assert [message.get("security") for message in messages] == [[]] * len(messages)


@pytest.mark.parametrize(("where", "content"), CONTENTS, ids=[where for where, _ in CONTENTS])
def test_an_example_is_given_and_is_valid(where: str, content: dict[str, Any]) -> None:
    registry = Registry([("urn:document", PUBLISHED)])
    absolute = re.sub(r'"\$ref": "#', '"$ref": "urn:document#', json.dumps(content.get("schema", True)))

    validator = Draft202012Validator(json.loads(absolute), registry=registry, validate_formats=True)

    examples = examples_of(content)
    assert examples, where
    assert [str(error) for example in examples for error in validator.iter_errors(example)] == []


def test_every_property_is_described() -> None:
    assert len(PROPERTIES) > 500
    assert [name for name, described in PROPERTIES if len(described.get("description", "")) < len("Why.")] == []
    assert [name for name, described in PROPERTIES if described.get("default", ...) is None] == []


def test_every_request_and_answer_is_just_what_it_names() -> None:
    assert len(COMPONENTS["schemas"]) > 100
    for name, schema in COMPONENTS["schemas"].items():
        assert schema["description"], name
        assert ("properties" in schema) == (schema.get("additionalProperties") is False), name


def test_operations_are_named_as_clients_call_them() -> None:
    names = [operation["operationId"] for _, _, operation in OPERATIONS]

    assert {"classify", "classify_batch", "list_decisions", "get_account"} < set(names)
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+){0,3}", name) for name in names)


def test_what_is_said_often_stands_once() -> None:
    text = (REPOSITORY / "openapi.yaml").read_text()

    assert len(text) < 4_000 * len(OPERATIONS)
    assert not OF_EVERYTHING & COMPONENTS["responses"].keys()
    for status in COMPONENTS["responses"]:
        told = COMPONENTS["responses"][status]["content"][PROBLEM]["example"]
        assert text.count(f"instance: {told['instance']}") <= len(COMPONENTS["responses"]) + 1
        assert all(
            operation["responses"].get(status, {"$ref": f"#/components/responses/{status}"})
            == {"$ref": f"#/components/responses/{status}"}
            for _, _, operation in OPERATIONS
        )


def test_everything_that_is_defined_is_used() -> None:
    used = set(re.findall(r"#/components/(\w+/[\w-]+)", json.dumps(PUBLISHED)))

    defined = {f"{kind}/{name}" for kind, named in COMPONENTS.items() if kind != "securitySchemes" for name in named}
    assert used == defined


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
        (body,) = examples_of(operation["requestBody"]["content"]["application/json"])
        (expected,) = examples_of(operation["responses"]["201"]["content"]["application/json"])

        decision = api.classify(body)

        changing = {"id", "actor", "request_id", "recorded_at", "previous_decision_id", "explanation"}
        assert {name: value for name, value in decision.items() if name not in changing} == {
            name: value for name, value in expected.items() if name not in changing
        }
        explained = iter(decision["explanation"])
        assert all(clause in explained for clause in expected["explanation"])


def test_the_other_examples_say_what_is_answered(both: tuple[Api, Api]) -> None:
    samples = {name: example["value"] for name, example in COMPONENTS["examples"].items()}
    decision = both[0].classify(samples["classification_request"] | {"motion": "outbound"})

    what_if = both[0].get(f"/v1/decisions/{decision['id']}/what-if")
    assert what_if["found_out"][:1] == samples["what_if"]["found_out"]
    assert what_if["boundaries"][: len(samples["what_if"]["boundaries"])] == samples["what_if"]["boundaries"]
    assert both[0].get("/v1/policies/fy23", version=1)["rules"][0] == samples["policy"]["rules"][0]
    drafting = both[0].http.post("/v1/policies/drafts", json=samples["draft_request"])
    assert drafting.json()["changes"] == samples["draft"]["changes"]
    assert samples["decisions_csv"] == ",".join(CSV_COLUMNS)


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
