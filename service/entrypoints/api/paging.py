"""Pages: how many items, from where on, and the link to the next."""

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import Request, Response
from pydantic import Field

from service.entrypoints.api.problems import FieldError, invalid_request
from service.entrypoints.common.encoding import to_json

Limit = Annotated[int, Field(ge=1, le=500, description="How many items a page has at most.")]
Cursor = Annotated[
    str | None, Field(max_length=64, description="Where the page begins: taken from the `Link` of the page before.")
]


def position(cursor: str | None) -> UUID | None:
    """The identifier of the last item of the page before.

    Raises:
        ProblemError: the cursor is not one of ours.
    """
    if cursor is None:
        return None
    try:
        identifier = UUID(bytes=base64.urlsafe_b64decode(cursor.encode() + b"=="))
    except (ValueError, binascii.Error):
        identifier = None
    # Decoding passes over characters that are none of base64's; a cursor of ours has none.
    if identifier is None or _cursor(identifier) != cursor:
        raise invalid_request([FieldError("cursor", "This is not a cursor that a page's Link gave")])
    return identifier


def _cursor(identifier: UUID) -> str:
    return base64.urlsafe_b64encode(identifier.bytes).rstrip(b"=").decode()


def page(request: Request, items: Sequence[Any], identifiers: Sequence[UUID], limit: int) -> Response:
    """Answer a page from up to ``limit + 1`` items: the one too many tells that there is a next page."""
    headers = {}
    if len(items) > limit:
        url = request.url.include_query_params(cursor=_cursor(identifiers[limit - 1]))
        headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
    return Response(to_json({"items": items[:limit]}), headers=headers, media_type="application/json")
