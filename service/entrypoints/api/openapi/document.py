"""The OpenAPI document, built from the routes, the shapes that they name, and the samples.

``make openapi`` writes it, for people as ``openapi.yaml`` and, beside this file, as the bytes that the service answers.
"""

import re
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from importlib import resources
from typing import Any

import orjson
import yaml
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema
from starlette.routing import BaseRoute

from service.domain.fy23 import fy23_program
from service.domain.program_json import program_digest
from service.entrypoints.api.needs import needs_of
from service.entrypoints.api.openapi.answers import refuses
from service.entrypoints.api.openapi.messages import SHAPES, webhooks
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.problems import KNOWN, MEDIA_TYPE, FieldError, Problem, problem_body

_DESCRIPTION = """Decides which sales team owns an account, says why clause by clause, and remembers.

Every error is a problem (RFC 9457) with a stable `type`. Unknown fields are refused: a mistyped fact is never silently
taken as unknown. What a POST answers with 201 is durable.

Whatever is asked may be refused with 400 (not JSON), 401 (no valid key), 403 (not its scope), 408 (too slow), 413 (too
large), 415 (another media type) or 429 (too many requests): `4XX` stands for those of them that an operation has.

HEAD is answered wherever GET is. What is not HTTP/1 is refused with 400, slow headers with 408, large ones with 431.
"""
_NEXT_PAGE = {
    "description": 'Where the next page is: `<URL>; rel="next"`. Absent on the last page.',
    "schema": {"type": "string"},
}
_LINE = 210
_LARGEST = 16 * 1024 * 1024
"""What is read of any body, unless set otherwise."""
_RATE_FIELDS = {
    "RateLimit-Policy": "How many requests a key may make (`q`) in how many seconds (`w`), where that is bounded.",
    "RateLimit": "How many of these are left (`r`), and in how many seconds more are (`t`).",
}
"""Of every answer to a key whose rate is bounded."""
_OF_EVERYTHING = {400, 401, 403, 408, 413, 415, 429}
"""The statuses of problems that say nothing of an operation; ``4XX`` stands for them."""
_SCHEMAS = "#/components/schemas/"
_NAMED = re.compile(rf'"\$ref":"{_SCHEMAS}(\w+)"'.encode())
_INSTANCE = "urn:chalkline:request:0198c0de00007000a000000000000000"
_ERROR = FieldError("/account/max_family_employees", "Input should be greater than or equal to 0")


def write_document(document: dict[str, Any], *, as_json: bool) -> str:
    """The document as it is published: as YAML for people, or as the JSON that the service answers."""
    if as_json:
        return orjson.dumps(document).decode() + "\n"
    return yaml.dump(document, Dumper=_Lines, sort_keys=False, allow_unicode=True, width=_LINE)


class _Lines(yaml.SafeDumper):
    """What fits on a line is written on one, and so is a list of mere names; text of several lines stays as it is."""

    def represent_data(self, data: Any) -> yaml.Node:  # noqa: ANN401 - whatever JSON is made of
        node = super().represent_data(data)
        match node:
            case yaml.CollectionNode(value=parts):
                names = isinstance(data, list) and all(isinstance(each, yaml.ScalarNode) for each in parts)
                node.flow_style = names or len(str(data)) < _LINE
            case yaml.ScalarNode(value=text) if "\n" in text:
                node.style = "|"
        return node


def build_document(routes: Sequence[BaseRoute], version: str) -> dict[str, Any]:
    """The document of what routes answer. Takes about a second; nothing in it is shared."""
    document = get_openapi(
        title="Chalkline",
        version=version,
        summary="Which sales team owns an account, and why.",
        description=_DESCRIPTION,
        routes=routes,
        separate_input_output_schemas=False,
    )
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    refused = {status for operation in operations for status in _tidy(operation)}
    # A key is needed but where that is said.
    keyed: list[dict[str, list[str]]] = [{name: []} for name in document["components"]["securitySchemes"]]
    document["security"] = keyed
    for operation in operations:
        if operation.setdefault("security", []) == keyed:
            del operation["security"]
    schemas = document["components"]["schemas"] | _schemas(dict(_shapes(routes)) | SHAPES)
    document["webhooks"] = webhooks(_SCHEMAS)
    document["components"] |= {
        "schemas": {name: schemas[name] for name in sorted(schemas)},
        "parameters": _share_parameters(operations),
        "responses": {status: _problem(status) for status in sorted(refused)},
        "headers": {"Link": _NEXT_PAGE},
        "examples": {name: {"value": value} for name, value in _samples().items()},
    }
    built: dict[str, Any] = orjson.loads(to_json(document))
    for (method, path), need in needs_of(built).items():
        most = f"{int(need.size):,} bytes" if need.size < _LARGEST else "`CHALKLINE_MAX_BODY_BYTES` bytes"
        built["paths"][path][method.lower()]["requestBody"]["description"] = f"At most {most}."
    return built


def _tidy(operation: dict[str, Any]) -> list[str]:
    """Leave out of an operation what the framework says twice, and add its problems; gives the statuses of these."""
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        if not parameter["required"]:
            del parameter["required"]
        for said in ("title", "description"):
            schema.pop(said, None)
        # What is absent is not stated; no parameter can be null.
        stated = [kind for kind in schema.pop("anyOf", ()) if kind != {"type": "null"}]
        if len(stated) == 1:
            schema |= stated[0]
        elif stated:
            schema["anyOf"] = stated
    answered = {status: said for status, said in operation["responses"].items() if "$ref" not in said}
    statuses = {int(status) for status in operation["responses"].keys() - answered.keys()} | _refused(operation)
    refused = sorted({"4XX" if status in _OF_EVERYTHING else str(status) for status in statuses})
    operation["responses"] = answered | refuses(*refused)
    return refused


def _refused(operation: dict[str, Any]) -> set[int]:
    """The statuses of the problems that follow from what an operation takes; a route says what it refuses beside."""
    parameters = operation.get("parameters", ())
    refused: set[int] = set()
    if "security" in operation:
        refused |= {401, 403, 429, 503}
    if "requestBody" in operation:
        refused |= {400, 408, 413, 415, 503}
    if any(parameter["in"] == "path" for parameter in parameters):
        refused.add(404)
    if any(parameter["name"] == "Idempotency-Key" for parameter in parameters):
        refused.add(409)
    return refused


def _share_parameters(operations: list[dict[str, Any]]) -> dict[str, Any]:
    """Let a parameter that several operations take stand once; gives those by name."""
    taken = [each for operation in operations for each in operation.get("parameters", ())]
    shared: dict[str, Any] = {}
    for each in taken:
        if taken.count(each) > 1:
            shared.setdefault(each["name"], each)
    for operation in operations:
        if "parameters" in operation:
            operation["parameters"] = [
                {"$ref": f"#/components/parameters/{each['name']}"} if shared.get(each["name"]) == each else each
                for each in operation["parameters"]
            ]
    return shared


def _shapes(routes: Sequence[BaseRoute]) -> Iterator[tuple[str, Any]]:
    """The shapes that routes name, found as annotations are: among the names of the module that the route stands in."""
    yield Problem.__name__, Problem
    for route in (context.original_route for context in iter_route_contexts(routes)):
        if isinstance(route, APIRoute):
            said = orjson.dumps([*route.responses.values(), route.openapi_extra])
            for name in map(bytes.decode, _NAMED.findall(said)):
                yield name, route.endpoint.__globals__[name]


class _Schema(GenerateJsonSchema):
    """Schemas without what says nothing; a shape is just what it names."""

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> JsonSchemaValue:
        return super().typed_dict_schema(schema) | {"additionalProperties": False}

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        written = super().default_schema(schema)
        if written.get("default", ...) is None:
            del written["default"]
        return written

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        written = super().nullable_schema(schema)
        match written:
            case {"anyOf": [{"type": str() | list()} as stated, {"type": "null"}]} if not stated.keys() & {
                "enum",
                "const",
            }:
                kinds = stated["type"]
                return {**stated, "type": [*([kinds] if isinstance(kinds, str) else kinds), "null"]}
        return written

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401 - one of pydantic's many kinds
        del schema
        return False


def _schemas(shapes: dict[str, Any]) -> dict[str, Any]:
    _, written = TypeAdapter.json_schemas(
        [(name, "validation", TypeAdapter(shape)) for name, shape in shapes.items()],
        ref_template=f"{_SCHEMAS}{{model}}",
        schema_generator=_Schema,
    )
    defined: dict[str, dict[str, Any]] = written["$defs"]
    return {name: {key: said for key, said in schema.items() if key != "title"} for name, schema in defined.items()}


def _problem(said: str) -> dict[str, Any]:
    """The problem response of a status, or of ``4XX``, with the first of its codes as an example."""
    statuses = _OF_EVERYTHING if said == "4XX" else {int(said)}
    codes = [code for code, (known, _, _) in KNOWN.items() if known in statuses]
    errors = [_ERROR] if codes[0] == "invalid_request" else []
    example = problem_body(codes[0], KNOWN[codes[0]][1], _INSTANCE, errors)
    schema = {"$ref": f"{_SCHEMAS}{Problem.__name__}"}
    response: dict[str, Any] = {
        "description": ", ".join(HTTPStatus(status).phrase for status in sorted(statuses)),
        "content": {MEDIA_TYPE: {"schema": schema, "example": example}},
    }
    if any(KNOWN[code][2] is not None for code in codes):
        seconds = {"description": "Seconds after which to try again.", "schema": {"type": "integer"}}
        response["headers"] = {"Retry-After": seconds}
    if HTTPStatus.TOO_MANY_REQUESTS in statuses:
        response["headers"] |= {
            name: {"description": said, "schema": {"type": "string"}} for name, said in _RATE_FIELDS.items()
        }
    return response


def _samples() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("samples.yaml").read_text("utf-8")
    samples: dict[str, Any] = yaml.safe_load(text.replace("$program", program_digest(fy23_program())))
    return samples
