"""A draft tried on what was recorded: who would move, where to, and by which clause."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from service.entrypoints.api.auth import Administrator
from service.entrypoints.api.context import context_of
from service.entrypoints.api.openapi.answers import answers, as_json
from service.entrypoints.api.paging import Instant
from service.entrypoints.api.policy_drafts import DraftId
from service.entrypoints.api.problems import FieldError, invalid_request
from service.entrypoints.views.backtests import BacktestBody, render_backtest
from service.entrypoints.views.encoding import to_json
from service.store.database import Database
from service.store.errors import UnknownDraftError
from service.store.history import Extent
from service.store.policies import find_draft, load_revisions

router = APIRouter(tags=["Policies"])
_AS_OF_NOW = "Standings are as of now; with examined=history, decisions are of a time"


class Examined(StrEnum):
    """What a draft is tried on: what accounts stand on now, or all that was recorded."""

    STANDINGS = "standings"
    HISTORY = "history"


@router.get(
    "/v1/policies/drafts/{draft_id}/backtest",
    summary="Backtest a draft",
    responses=answers(200, "What it makes of them.", as_json(BacktestBody, "backtest")),
)
async def backtest_draft(
    request: Request,
    _: Administrator,
    draft_id: DraftId,
    examined: Annotated[Examined, Query(description="What it is tried on.")] = Examined.STANDINGS,
    recorded_since: Annotated[Instant | None, Query(description="With `history`: recorded then or later.")] = None,
    recorded_until: Annotated[Instant | None, Query(description="With `history`: recorded before.")] = None,
) -> Response:
    """Takes recorded decisions again under a draft, each from its recorded facts and for its own day.

    Who would move, from which team to which, which clauses would flip, how many stay, which become provisional for want
    of which facts, and which cannot be replayed. Nothing is recorded. A million decisions take seconds; one backtest
    is run at a time, and others wait for it.
    """
    if examined is Examined.STANDINGS:
        stated = {"recorded_since": recorded_since, "recorded_until": recorded_until}
        faults = [FieldError(name, _AS_OF_NOW) for name, instant in stated.items() if instant is not None]
        if faults:
            raise invalid_request(faults)
    context = context_of(request)
    extent = Extent(standings=examined is Examined.STANDINGS, since=recorded_since, until=recorded_until)
    async with context.backtesting:
        body = await run_in_threadpool(_backtest, context.database, draft_id, extent)
    return Response(body, media_type="application/json")


def _backtest(database: Database, draft_id: UUID, extent: Extent) -> bytes:
    # What decides tables takes as long to load as all the rest, and most services never need it.
    from service.usecases.backtest import backtest  # noqa: PLC0415 - as said

    found = find_draft(database.engine, draft_id)
    if found is None:
        raise UnknownDraftError(draft_id)
    draft = found.draft
    tried = backtest(database, draft.policy, load_revisions(database.engine), extent, lambda *_: None)
    return to_json(render_backtest(tried, draft.based_on, draft.policy))
