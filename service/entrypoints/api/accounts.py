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
from service.entrypoints.api.problems import ProblemError
from service.entrypoints.views.accounts import HistoryPage, StandingBody, render_entry, render_standing
from service.store.decisions import DecisionFilter, newest_decision, page_of_decisions
from service.usecases.account_events import find_crm_state

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
    """The team that owns the account, and the decision that says so; with `as_of`, as it was at an instant."""
    database = context_of(request).database
    recorded = newest_decision(database.engine, account_id, as_of)
    if recorded is None:
        when = "" if as_of is None else f" by {as_of.isoformat()}"
        raise ProblemError("not_found", f"No decision was recorded for account {account_id}{when}")
    crm = find_crm_state(database, account_id) if as_of is None else None
    return JsonResponse(render_standing(recorded, as_of, crm))


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
    engine = context_of(request).database.engine
    found = page_of_decisions(engine, wanted, limit=limit + 1, before=position(cursor))
    if not found and cursor is None:
        raise ProblemError("not_found", f"No decision was recorded for account {account_id}")
    body = HistoryPage(items=[render_entry(recorded) for recorded in found[:limit]])
    return page(request, body, [recorded.id for recorded in found], limit)
