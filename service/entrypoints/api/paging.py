"""What lists take: instants, how many items a page has and from where on; and the page, with the link to the next."""

import base64
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Request, Response
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from service.entrypoints.api.bodies import JsonResponse

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
Limit = Annotated[int, Field(ge=1, le=500, description="How many items a page has at most.")]
Cursor = Annotated[
    str | None,
    Field(
        # The 128 bits of an identifier in base64 without padding: the last character holds two of them.
        pattern=r"^[A-Za-z0-9_-]{21}[AQgw]$",
        description="Where the page begins: taken from the `Link` of the page before.",
    ),
]


def _written_out(value: object) -> object:
    # Left to itself, Pydantic reads a bare number as a timestamp, in seconds or milliseconds as it guesses.
    if isinstance(value, str) and not _RFC_3339.fullmatch(value):
        raise PydanticCustomError("instant_form", "An instant is written as RFC 3339 says: 2022-03-15T09:30:00Z")
    return value


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("instant_range", "An instant lies in the years 1 to 9999, UTC") from None


Instant = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_in_utc)]
"""An instant, in UTC."""


def position(cursor: str | None) -> UUID | None:
    """The identifier of the last item of the page before."""
    return None if cursor is None else UUID(bytes=base64.urlsafe_b64decode(f"{cursor}=="))


def link_to_next(request: Request, **begins: str) -> str:
    """The ``Link`` header of a page that is followed by one which begins as stated."""
    url = request.url.include_query_params(**begins)
    return f'<{url.path}?{url.query}>; rel="next"'


def page(request: Request, body: object, identifiers: Sequence[UUID], limit: int) -> Response:
    """Answer a page of up to ``limit`` items. One identifier too many tells that there is a next page."""
    headers = {}
    if len(identifiers) > limit:
        cursor = base64.urlsafe_b64encode(identifiers[limit - 1].bytes).rstrip(b"=").decode()
        headers["Link"] = link_to_next(request, cursor=cursor)
    return JsonResponse(body, headers=headers)
