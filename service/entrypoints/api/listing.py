"""Lists, as they are answered: a page as JSON, or all of it line by line as NDJSON and CSV."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from fastapi import Request, Response

from service.entrypoints.api.openapi.answers import Content, as_text
from service.entrypoints.common.accepting import CSV, JSON, NDJSON, VARY, accepted
from service.entrypoints.common.exporting import streamed
from service.entrypoints.common.lines import Lines
from service.entrypoints.common.paging import page, position
from service.store.recording import Asked

T = TypeVar("T")
_CHUNK = 50
AS_LINES: Content = as_text(CSV, "list_csv") | as_text(NDJSON, "list_ndjson")
"""What a list is beside JSON."""


def answered(
    request: Request, by: Asked, asked: "Paged", pages: Callable[[int, UUID | None], list[T]], listed: "Listed[T]"
) -> Response:
    """Answer a list as JSON, a page of it; as NDJSON or CSV all of it, or as much as the ``limit`` where one is stated.

    ``pages`` gives so many items from behind an identifier on.
    """
    media_type = accepted(request, f"{listed.lines.name.capitalize()} come", [NDJSON, CSV, JSON])
    before = position(asked.cursor)
    if media_type != JSON:
        chunks = _chunks(pages, listed.key, before, asked.limit if "limit" in request.query_params else None)
        return streamed(request, by, media_type, chunks, listed.lines)
    found = pages(asked.limit + 1, before)
    body = listed.body(found[: asked.limit])
    answer = page(request, body, [listed.key(each) for each in found], asked.limit)
    answer.headers.update(VARY)
    return answer


class Paged(Protocol):
    """What a list is asked for beside what it holds."""

    limit: int
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """How a list is answered: line by line, as the ``body`` of a page, and by which ``key`` its items are ordered."""

    lines: Lines[T]
    body: Callable[[Sequence[T]], object]
    key: Callable[[T], UUID]


def _chunks(
    pages: Callable[[int, UUID | None], list[T]], key: Callable[[T], UUID], before: UUID | None, most: int | None
) -> Iterator[Sequence[T]]:
    left = most
    while left is None or left > 0:
        some = pages(_CHUNK if left is None else min(_CHUNK, left), before)
        if not some:
            return
        yield some
        before, left = key(some[-1]), None if left is None else left - len(some)
