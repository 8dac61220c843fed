"""The published OpenAPI document, as something that answers are held to."""

import json
import re
from functools import cache
from typing import Any
from urllib.parse import quote

import httpx
from jsonschema_rs import Draft202012Validator, Registry

from tests.servers import REPOSITORY

SERVED = REPOSITORY / "service" / "entrypoints" / "api" / "openapi" / "openapi.json"
PROBLEM = "application/problem+json"
OF_EVERYTHING = {"400", "401", "403", "408", "413", "415", "429"}
"""What `4XX` stands for, as the document says."""
_DOCUMENT = "urn:chalkline:openapi"
_OPEN_PATHS = ("/docs", "/openapi.json", "/static-offline-docs")


class Published:
    """Finds the schema of an answer in an OpenAPI document, and validates the answer by it."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self._registry = Registry([(_DOCUMENT, document)])
        concrete_first = sorted(document["paths"], key=lambda path: path.count("{"))
        self._templates = [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), path) for path in concrete_first]
        self._validator = cache(self._new_validator)

    def hold(self, response: httpx.Response) -> None:
        """Fail unless the answer is one that the document announces."""
        request = response.request
        path = next((path for regex, path in self._templates if regex.fullmatch(request.url.path)), None)
        operation = None if path is None else self.document["paths"][path].get(request.method.lower())
        if operation is None:
            if not request.url.path.startswith(_OPEN_PATHS):
                self.hold_to("Problem", response)
            return
        status = str(response.status_code)
        of_everything = status in OF_EVERYTHING and "4XX" in operation["responses"]
        status = "4XX" if of_everything and status not in operation["responses"] else status
        known = operation["responses"].get(status)
        assert known is not None, f"{request.method} {path} does not announce {status}: {response.text}"
        parts = [str(path), request.method.lower(), "responses", status]
        place = known.get("$ref", "#/paths/" + "/".join(part.replace("~", "~0").replace("/", "~1") for part in parts))
        known = self.resolve(known)
        media_type = response.headers["content-type"].partition(";")[0]
        assert media_type in known["content"], f"{request.method} {path} does not announce {media_type}"
        assert set(known.get("headers", ())) <= {"Link", "Retry-After", "RateLimit", "RateLimit-Policy"}
        if media_type in {"application/json", PROBLEM}:
            self._validate(f"{place[1:]}/content/{media_type.replace('/', '~1')}/schema", response)

    def resolve(self, said: dict[str, Any]) -> dict[str, Any]:
        """What is said: here, or where a reference points to."""
        if "$ref" not in said:
            return said
        _, _, kind, name = said["$ref"].split("/")
        found: dict[str, Any] = self.document["components"][kind][name]
        return found

    def hold_to(self, schema: str, response: httpx.Response) -> None:
        """Fail unless the answer is valid by one of the document's component schemas."""
        self._validate(f"/components/schemas/{schema}", response)

    def _validate(self, pointer: str, response: httpx.Response) -> None:
        errors = [
            f"{error.instance_path}: {error.message}" for error in self._validator(pointer).iter_errors(response.json())
        ]
        assert not errors, f"{response.request.method} {response.request.url}: {errors[:3]}"

    def _new_validator(self, pointer: str) -> Draft202012Validator:
        reference = {"$ref": f"{_DOCUMENT}#{quote(pointer)}"}
        return Draft202012Validator(reference, registry=self._registry, validate_formats=True)


@cache
def published() -> Published:
    """The document that the service answers."""
    return Published(json.loads(SERVED.read_bytes()))
