"""Export a whole list: who has what, by which filter, is recorded before any of it leaves."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TypeVar

from fastapi import Request
from starlette.responses import Response

from service.entrypoints.common.accepting import NDJSON
from service.entrypoints.common.context import context_of
from service.entrypoints.common.exports import sent
from service.entrypoints.common.lines import Lines
from service.store.acts import record_act
from service.store.recording import Asked
from service.usecases.doing import Doing

T = TypeVar("T")


def record_export(request: Request, asked: Asked, what: str, media_type: str) -> None:
    """Record that somebody exports something, with what it was asked by, in the path or behind it.

    Raises:
        StoreUnavailableError: it cannot be recorded, and nothing is exported then.
    """
    context = context_of(request)
    wanted = {name: [value] for name, value in request.path_params.items()}
    wanted |= {name: request.query_params.getlist(name) for name in request.query_params}
    doing = Doing(context.new_id(), asked, context.now())
    record_act(context.database.engine, doing.exported(what, media_type, wanted))


def streamed(
    request: Request, asked: Asked, media_type: str, chunks: Iterator[Sequence[T]], lines: Lines[T]
) -> Response:
    """Answer a whole list, a chunk at a time, as NDJSON or CSV."""
    exports = context_of(request).exports
    exports.begin(asked.actor)
    try:
        # The first chunk is fetched here, so that a database that is away is still answered with a problem.
        first = next(chunks, ())
        record_export(request, asked, lines.name, media_type)
    except BaseException:
        exports.end(asked.actor)
        raise
    every = chain([first], chunks)
    pieces = lines.ndjson(every) if media_type == NDJSON else lines.csv(every)
    return sent(exports, asked.actor, media_type, pieces, lines.name)
