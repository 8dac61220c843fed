"""Where an account stands, stood, and how it got there."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from service.domain.fields import AccountId
from service.entrypoints.api.auth import Reader
from service.entrypoints.api.bodies import JsonResponse
from service.entrypoints.api.context import context_of
from service.entrypoints.api.openapi.answers import NEXT_PAGE, answers, as_json
from service.entrypoints.api.paging import Cursor, Instant, Limit, page, position
from service.entrypoints.api.parameters import CheckedRoute
from service.entrypoints.api.problems import FieldError, ProblemError, invalid_request
from service.entrypoints.views.accounts import HistoryPage, StandingBody, render_ahead, render_entry, render_standing
from service.store.clock import ahead_of
from service.store.decisions import (
    DecisionFilter,
    decision_as_of,
    oldest_decision,
    page_of_decisions,
    standing_decision,
    standing_state,
)
from service.usecases.account_events import find_crm_state
from service.usecases.unread_facts import unread_facts

router = APIRouter(route_class=CheckedRoute, tags=["Ask"])
AccountPath = Annotated[AccountId, Path(description="The account's identifier in the CRM.")]


@router.get(
    "/v1/accounts/{account_id}",
    summary="Get an account's standing",
    responses=answers(200, "The standing.", as_json(StandingBody, "standing")),
)
def get_account(
    request: Request,
    _: Reader,
    account_id: AccountPath,
    as_of: Annotated[Instant | None, Query(description="An instant, RFC 3339.")] = None,
) -> Response:
    """The team that owns the account, and the decision that says so; with `as_of`, as it was at an instant.

    It stands on the decision with the latest `effective_on` that has come, the newest among equals. Where all decisions
    are stamped ahead of the clock, and none by then, `as_of` answers the first.
    """
    context = context_of(request)
    database = context.database
    state = standing_state(database.engine, account_id)
    ahead = None if state is None else ahead_of(context.now(), state.recorded_at)
    if as_of is None:
        recorded = standing_decision(database.engine, account_id)
    elif ahead_of(context.now() if state is None or ahead is None else state.recorded_at, as_of):
        raise invalid_request([FieldError("as_of", f"{as_of.isoformat()} has not come yet")])
    else:
        recorded = decision_as_of(database.engine, account_id, as_of)
    if recorded is None and ahead is not None:
        # Nothing tells when it was really decided, and an account that stands somewhere has an answer.
        oldest = oldest_decision(database.engine, account_id)
        recorded = oldest if oldest and ahead_of(context.now(), oldest.recorded_at) else None
    if recorded is None:
        when = "" if as_of is None else f" by {as_of.isoformat()}"
        raise ProblemError("not_found", f"No decision was recorded for account {account_id}{when}")
    crm = find_crm_state(database, account_id) if as_of is None else None
    unread = () if crm is None else unread_facts(database, account_id, context.inbound.mapping)
    return JsonResponse(render_standing(recorded, as_of, crm, ahead, unread))


@router.get(
    "/v1/accounts/{account_id}/history",
    summary="Get an account's history",
    responses=answers(200, "A page of the history.", as_json(HistoryPage, "history"), NEXT_PAGE),
)
def get_history(
    request: Request, _: Reader, account_id: AccountPath, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    """Everything that was decided about the account, newest first: what, by whom, when and why."""
    wanted = DecisionFilter(account_id=account_id)
    context = context_of(request)
    engine = context.database.engine
    found = page_of_decisions(engine, wanted, limit=limit + 1, before=position(cursor))
    if not found and cursor is None:
        raise ProblemError("not_found", f"No decision was recorded for account {account_id}")
    ahead = ahead_of(context.now(), found[0].recorded_at) if found else None
    body = HistoryPage(items=[render_entry(recorded) for recorded in found[:limit]], advice=render_ahead(ahead))
    return page(request, body, [recorded.id for recorded in found], limit)
