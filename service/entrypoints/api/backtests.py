"""A draft tried on what was recorded: counted as JSON, and all that move as lines."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from service.domain.duties.policy import DutyPolicy
from service.domain.lab.duty_backtest import OF_OPPORTUNITIES
from service.domain.policy import of_accounts
from service.entrypoints.api.auth import Administrator
from service.entrypoints.api.openapi.answers import answers, as_json, as_text, refuses
from service.entrypoints.api.policy_drafts import DraftId
from service.entrypoints.common.accepting import CSV, JSON, NDJSON, VARY, accepted
from service.entrypoints.common.apart import answer_apart
from service.entrypoints.common.context import context_of
from service.entrypoints.common.exporting import record_export
from service.entrypoints.common.moments import Instant
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.problems import FieldError, invalid_request
from service.entrypoints.views.backtests import MOVERS, BacktestBody
from service.entrypoints.views.duty_backtests import DutyBacktestBody
from service.entrypoints.views.trials import backtest_of_draft, every_mover, found_draft
from service.store.history import Extent

router = APIRouter(route_class=CheckedRoute, tags=["Policies"])
_BACKTEST = {"oneOf": [{"$ref": f"#/components/schemas/{each.__name__}"} for each in (BacktestBody, DutyBacktestBody)]}
_AS_OF_NOW = "Standings are as of now; with examined=history, decisions are of a time"


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
        as_json(_BACKTEST, "backtest") | as_text(CSV, "movers_csv") | as_text(NDJSON, "movers_ndjson"),
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
    would move is streamed, in no order. A draft of duties is taken to every opportunity as it was last recorded.
    """
    media_type = accepted(request, "A backtest comes", [NDJSON, CSV, JSON])
    if examined is Examined.STANDINGS:
        stated = {"recorded_since": recorded_since, "recorded_until": recorded_until}
        faults = [FieldError(name, _AS_OF_NOW) for name, instant in stated.items() if instant is not None]
        if faults:
            raise invalid_request(faults)
    context = context_of(request)
    extent = Extent(standings=examined is Examined.STANDINGS, since=recorded_since, until=recorded_until)
    found = await run_in_threadpool(found_draft, context.database, draft_id)
    if examined is Examined.HISTORY and isinstance(found.draft.policy, DutyPolicy):
        raise invalid_request([FieldError("examined", OF_OPPORTUNITIES)])
    if media_type != JSON:
        of_accounts(found.draft.policy)
        await run_in_threadpool(record_export, request, caller.asked, MOVERS.name, media_type)
        return await every_mover(context, caller.name, draft_id, extent, media_type)
    async with context.backtesting:
        answer = await answer_apart(context.database, backtest_of_draft, draft_id, extent)
    answer.headers.update(VARY)
    return answer
