"""What a route says of itself in the OpenAPI document: what it takes, what it answers, and what it refuses with.

Schemas, samples and problems are named here, and nothing is made of them: that is for ``document``, which no request
waits for.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

Content: TypeAlias = dict[str, Any]
Responses: TypeAlias = dict[int | str, dict[str, Any]]

NEXT_PAGE = {"Link": {"$ref": "#/components/headers/Link"}}


def as_json(shape: type | Mapping[str, Any], sample: str) -> Content:
    """JSON of a shape, or of a schema as it stands, with the name of its sample."""
    schema = {"$ref": f"#/components/schemas/{shape.__name__}"} if isinstance(shape, type) else dict(shape)
    return {"application/json": {"schema": schema, "examples": _sample(sample)}}


def as_text(media_type: str, sample: str) -> Content:
    """Text of a media type, with the name of its sample."""
    return {media_type: {"schema": {"type": "string"}, "examples": _sample(sample)}}


def takes(content: Content) -> dict[str, Any]:
    """The body of an operation that parses its bytes itself."""
    return {"requestBody": {"required": True, "content": content}}


def answers(status: int, description: str, content: Content, headers: Mapping[str, Any] | None = None) -> Responses:
    """A successful answer."""
    response = {"description": description, "content": content}
    return {status: response if headers is None else response | {"headers": headers}}


def refuses(*statuses: int | str) -> Responses:
    """The problems of an operation, beside those that follow from what it takes."""
    return {status: {"$ref": f"#/components/responses/{status}"} for status in statuses}


def _sample(name: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/examples/{name}"}}
