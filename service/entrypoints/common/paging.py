"""What lists take: instants, how many items a page has and from where on; and the page, with the link to the next."""

import base64
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Request, Response
from pydantic import Field

from service.entrypoints.common.encoding import to_json

Limit = Annotated[int, Field(ge=1, le=500, description="How many items a page has at most.")]
Cursor = Annotated[
    str | None,
    Field(
        # The 128 bits of an identifier in base64 without padding: the last character holds two of them.
        pattern=r"^[A-Za-z0-9_-]{21}[AQgw]$",
        description="Where the page begins: taken from the `Link` of the page before.",
    ),
]


def position(cursor: str | None) -> UUID | None:
    """The identifier of the last item of the page before."""
    return None if cursor is None else UUID(bytes=base64.urlsafe_b64decode(f"{cursor}=="))


def next_cursor(last: UUID) -> str:
    """The cursor of the page that begins behind an item."""
    return base64.urlsafe_b64encode(last.bytes).rstrip(b"=").decode()


def link_to_next(request: Request, **begins: str) -> str:
    """The ``Link`` header of a page that is followed by one which begins as stated."""
    url = request.url.include_query_params(**begins)
    return f'<{url.path}?{url.query}>; rel="next"'


def page(request: Request, body: object, identifiers: Sequence[UUID], limit: int) -> Response:
    """Answer a page of up to ``limit`` items. One identifier too many tells that there is a next page."""
    headers = {}
    if len(identifiers) > limit:
        headers["Link"] = link_to_next(request, cursor=next_cursor(identifiers[limit - 1]))
    return Response(to_json(body), headers=headers, media_type="application/json")
