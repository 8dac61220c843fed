"""Where an account stands, stood, and how it got there."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field

from service.domain.decision import Kind
from service.domain.fields import AccountId, Day
from service.entrypoints.api.auth import Reader
from service.entrypoints.api.bodies import JsonResponse
from service.entrypoints.api.listing import AS_LINES, Listed, answered
from service.entrypoints.api.openapi.answers import NEXT_PAGE, answers, as_json, as_text, refuses
from service.entrypoints.common.accepting import JSON, TEXT, VARY, accepted
from service.entrypoints.common.context import context_of
from service.entrypoints.common.lines import FlatLines
from service.entrypoints.common.moments import Instant, Moment
from service.entrypoints.common.paging import Cursor, Limit
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.problems import FieldError, ProblemError, invalid_request
from service.entrypoints.views.accounts import (
    HistoryEntry,
    HistoryPage,
    StandingBody,
    render_ahead,
    render_entry,
    render_standing,
)
from service.entrypoints.views.standing_words import standing_words
from service.store.clock import ahead_of
from service.store.decisions import standing_state
from service.store.filters import DecisionFilter
from service.usecases.changes import changed_since
from service.usecases.history import Entry, page_of_history
from service.usecases.standings import (
    Times,
    TimeToComeError,
    find_standing,
    instant_meant,
)

router = APIRouter(route_class=CheckedRoute, tags=["Ask"])
AccountPath = Annotated[AccountId, Path(description="The account's identifier in the CRM.")]


@router.get(
    "/v1/accounts/{account_id}",
    summary="Get an account's standing",
    responses=answers(200, "The standing.", as_json(StandingBody, "standing") | as_text(TEXT, "decision_text"))
    | refuses(406),
)
def get_account(
    request: Request,
    _: Reader,
    account_id: AccountPath,
    as_of: Annotated[Moment | None, Query(description="By what was on record then: an instant, or a day.")] = None,
    on: Annotated[Day | None, Query(description="What held for this day.")] = None,
) -> Response:
    """The team that owns the account, and the decision that says so; in words with `Accept: text/plain`.

    It stands on the decision with the latest `effective_on` that has come, the newest among equals. `as_of` goes by
    what was on record then, a day to its end; `on` asks what holds for a day. Where all decisions are stamped ahead of
    the clock, `as_of` answers the first.
    """
    media_type = accepted(request, "A standing comes", [TEXT, JSON])
    context = context_of(request)
    database, now = context.database, context.now()
    try:
        by = None if as_of is None else instant_meant(as_of, now, context.zone)
        times = Times(as_of=by, on=on)
        found = find_standing(
            database, account_id, times, now=now, today=context.today(), mapping=context.inbound.mapping
        )
    except TimeToComeError as error:
        raise invalid_request([FieldError(error.name, str(error))]) from error
    if found is None:
        when = "" if as_of is None else f" by {as_of.isoformat()}"
        held = "" if on is None else f" that held on {on.isoformat()}"
        raise ProblemError("not_found", f"No decision was recorded for account {account_id}{held}{when}")
    if media_type == TEXT:
        return PlainTextResponse(standing_words(found, changed_since(database, found.recorded)), headers=VARY)
    return JsonResponse(render_standing(found), headers=VARY)


class HistoryQuery(BaseModel):
    """Which entries of a history to list."""

    since: Instant | None = Field(None, description="Recorded then or later.")
    kind: Kind | None = Field(None, description="What made the decision necessary.")
    limit: Limit = 50
    cursor: Cursor = None


@router.get(
    "/v1/accounts/{account_id}/history",
    summary="Get an account's history",
    responses=answers(200, "A page of the history.", as_json(HistoryPage, "history") | AS_LINES, NEXT_PAGE)
    | refuses(406),
)
def get_history(
    request: Request, caller: Reader, account_id: AccountPath, asked: Annotated[HistoryQuery, Query()]
) -> Response:
    """Everything that was decided about the account, newest first: what, by whom, when, why, and what had changed.

    As CSV or NDJSON all of it, or as much as a `limit` that is stated.
    """
    kinds = () if asked.kind is None else (asked.kind,)
    wanted = DecisionFilter(account_id=account_id, recorded_since=asked.since, kind=kinds)
    context = context_of(request)
    database = context.database
    if standing_state(database.engine, account_id) is None:
        raise ProblemError("not_found", f"No decision was recorded for account {account_id}")

    def pages(limit: int, before: UUID | None) -> list[Entry]:
        return page_of_history(database, account_id, wanted, limit=limit, before=before)

    def body(found: Sequence[Entry]) -> HistoryPage:
        ahead = ahead_of(context.now(), found[0][0].recorded_at) if found else None
        return HistoryPage(items=[render_entry(*each) for each in found], advice=render_ahead(ahead))

    lines: FlatLines[Entry] = FlatLines("history", lambda entry: render_entry(*entry), HistoryEntry)
    return answered(request, caller.asked, asked, pages, Listed(lines, body, lambda entry: entry[0].id))
