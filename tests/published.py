"""The published OpenAPI document, as something that answers are held to."""

import re
from functools import cache
from typing import Any
from urllib.parse import quote

import httpx
from jsonschema_rs import Draft202012Validator, Registry

PROBLEM = "application/problem+json"
_DOCUMENT = "urn:chalkline:openapi"
_OPEN_PATHS = ("/docs", "/openapi.json", "/static-offline-docs")


class Published:
    """Finds the schema of an answer in an OpenAPI document, and validates the answer by it."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self._registry = Registry([(_DOCUMENT, document)])
        self._templates = [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), path) for path in document["paths"]]
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
        known = operation["responses"].get(str(response.status_code))
        assert known is not None, f"{request.method} {path} does not announce {response.status_code}: {response.text}"
        media_type = response.headers["content-type"].partition(";")[0]
        assert media_type in known["content"], f"{request.method} {path} does not announce {media_type}"
        assert set(known.get("headers", ())) <= {"Link", "Retry-After"}
        if media_type in {"application/json", PROBLEM}:
            pointer = "/".join(
                part.replace("~", "~0").replace("/", "~1")
                for part in (
                    str(path),
                    request.method.lower(),
                    "responses",
                    str(response.status_code),
                    "content",
                    media_type,
                )
            )
            self._validate(f"/paths/{pointer}/schema", response)

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
