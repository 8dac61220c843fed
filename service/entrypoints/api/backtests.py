"""A draft tried on what was recorded: counted as JSON, and all that move as lines."""

import gzip
from collections.abc import Iterator
from enum import StrEnum
from tempfile import NamedTemporaryFile, _TemporaryFileWrapper
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from service.entrypoints.api.auth import Administrator
from service.entrypoints.api.openapi.answers import answers, as_json, as_text, refuses
from service.entrypoints.api.policy_drafts import DraftId, found_draft
from service.entrypoints.common.accepting import CSV, JSON, NDJSON, VARY, accepted
from service.entrypoints.common.apart import answer_apart, made_apart
from service.entrypoints.common.context import ApiContext, context_of
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.exports import sent
from service.entrypoints.common.moments import Instant
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.problems import FieldError, invalid_request
from service.entrypoints.views.backtests import MOVERS, BacktestBody, render_backtest
from service.store.database import Readable
from service.store.history import Extent
from service.store.policies import load_revisions, on_record

router = APIRouter(route_class=CheckedRoute, tags=["Policies"])
_AS_OF_NOW = "Standings are as of now; with examined=history, decisions are of a time"
_PIECE = 64 * 1024


class Examined(StrEnum):
    """What a draft is tried on: what accounts stand on now, or all that was recorded."""

    STANDINGS = "standings"
    HISTORY = "history"


@router.get(
    "/v1/policies/drafts/{draft_id}/backtest",
    summary="Backtest a draft",
    responses=answers(
        200,
        "What it makes of them.",
        as_json(BacktestBody, "backtest") | as_text(CSV, "movers_csv") | as_text(NDJSON, "movers_ndjson"),
    )
    | refuses(406),
)
async def backtest_draft(
    request: Request,
    caller: Administrator,
    draft_id: DraftId,
    examined: Annotated[Examined, Query(description="What it is tried on.")] = Examined.STANDINGS,
    recorded_since: Annotated[Instant | None, Query(description="With `history`: recorded then or later.")] = None,
    recorded_until: Annotated[Instant | None, Query(description="With `history`: recorded before.")] = None,
) -> Response:
    """Takes recorded decisions again under a draft, each from its recorded facts and for its own day.

    Who would move, from which team to which, which clauses would flip, how many stay, which become provisional for want
    of which facts, and which cannot be replayed. Nothing is recorded. A million decisions take seconds; one backtest
    is run at a time, and others wait for it. With `Accept: text/csv` or `application/x-ndjson` every decision that
    would move is streamed, in no order.
    """
    media_type = accepted(request, "A backtest comes", [NDJSON, CSV, JSON])
    if examined is Examined.STANDINGS:
        stated = {"recorded_since": recorded_since, "recorded_until": recorded_until}
        faults = [FieldError(name, _AS_OF_NOW) for name, instant in stated.items() if instant is not None]
        if faults:
            raise invalid_request(faults)
    context = context_of(request)
    extent = Extent(standings=examined is Examined.STANDINGS, since=recorded_since, until=recorded_until)
    await run_in_threadpool(found_draft, context.database, draft_id)
    if media_type != JSON:
        return await _movers(context, caller.name, draft_id, extent, media_type)
    async with context.backtesting:
        answer = await answer_apart(context.database, _backtest, draft_id, extent)
    answer.headers.update(VARY)
    return answer


async def _movers(context: ApiContext, key: str, draft_id: UUID, extent: Extent, media_type: str) -> Response:
    """All that move: written into a file, packed, for a slow reader is not to keep the database nor other backtests."""
    context.exports.begin(key)
    try:
        # It is gone once it was sent, or let go of.
        file = await run_in_threadpool(lambda: NamedTemporaryFile(prefix="chalkline-movers-"))  # noqa: SIM115 - as said
        async with context.backtesting:
            await made_apart(context.database, _write_movers, draft_id, extent, media_type, file.name)
    except BaseException:
        context.exports.end(key)
        raise
    return sent(context.exports, key, media_type, _unpacked(file), MOVERS.name)


def _unpacked(file: "_TemporaryFileWrapper[bytes]") -> Iterator[bytes]:
    with file, gzip.open(file.name, "rb") as packed:
        while piece := packed.read(_PIECE):
            yield piece


def _backtest(database: Readable, draft_id: UUID, extent: Extent) -> bytes:
    # What decides tables takes as long to load as all the rest, and most services never need it.
    from service.usecases.backtest import backtest  # noqa: PLC0415 - as said

    draft = found_draft(database, draft_id).draft
    based_on = on_record(draft.based_on)
    tried = backtest(database, draft.policy, load_revisions(database.engine), extent, lambda *_: None)
    return to_json(render_backtest(tried, based_on, draft.policy))


def _write_movers(database: Readable, draft_id: UUID, extent: Extent, media_type: str, file: str) -> None:
    from service.usecases.backtest import backtest  # noqa: PLC0415 - as above

    draft = found_draft(database, draft_id).draft
    with gzip.open(file, "wb", compresslevel=1) as packed:
        moved = MOVERS.written(packed.write, as_csv=media_type == CSV)
        backtest(database, draft.policy, load_revisions(database.engine), extent, lambda *_: None, moved)
