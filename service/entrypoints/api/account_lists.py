"""Where accounts stand: lists of them, and how many."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator

from service.entrypoints.api.auth import Reader
from service.entrypoints.api.bodies import JsonResponse
from service.entrypoints.api.decisions import COUNTED_BY, each_once
from service.entrypoints.api.openapi.answers import NEXT_PAGE, answers, as_json, as_text, refuses
from service.entrypoints.common.accepting import CSV, JSON, NDJSON, VARY, accepted
from service.entrypoints.common.context import context_of
from service.entrypoints.common.exporting import streamed
from service.entrypoints.common.lines import Lines
from service.entrypoints.common.paging import link_to_next
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.wanted import AccountQuery, AccountWanted, filter_of, find_accounts
from service.entrypoints.views.account_lists import AccountPage, render_account
from service.entrypoints.views.cells import ACCOUNT_CELLS
from service.entrypoints.views.decisions import CountPage, render_counts
from service.store.accounts import chunks_of_accounts, count_standings
from service.store.people import users_on
from service.usecases.counts import OfAccounts, summed

router = APIRouter(route_class=CheckedRoute, tags=["Ask"])


class AccountCountQuery(AccountWanted):
    """Which accounts to count, and by what."""

    by: Annotated[list[OfAccounts], AfterValidator(each_once), COUNTED_BY]


@router.get(
    "/v1/accounts",
    summary="List accounts",
    responses=answers(
        200,
        "A page of accounts.",
        as_json(AccountPage, "account_page") | as_text(CSV, "accounts_csv") | as_text(NDJSON, "accounts_ndjson"),
        NEXT_PAGE,
    )
    | refuses(406),
)
def list_accounts(request: Request, caller: Reader, asked: Annotated[AccountQuery, Query()]) -> Response:
    """Where accounts stand, the last decided first; the pages behind the first are by what was on record with it.

    With `Accept: text/csv` or `application/x-ndjson` the whole result is streamed, as decisions are.
    """
    context = context_of(request)
    media_type = accepted(request, "Accounts come", [NDJSON, CSV, JSON])
    found = find_accounts(context, asked)
    if media_type != JSON:
        engine = context.database.engine
        render = partial(render_account, people=users_on(engine, asked.on or context.today()))
        chunks = chunks_of_accounts(engine, found.wanted)
        lines = Lines("accounts", render, ACCOUNT_CELLS)
        return streamed(request, caller.asked, media_type, chunks, lines)
    headers = dict(VARY)
    if found.cursor is not None:
        headers["Link"] = link_to_next(request, cursor=found.cursor)
    items = [render_account(each, found.people) for each in found.items]
    return JsonResponse(AccountPage(items=items), headers=headers)


@router.get(
    "/v1/accounts/counts",
    summary="Count accounts",
    responses=answers(200, "The counts.", as_json(CountPage, "counts")),
)
def count_accounts(request: Request, _: Reader, asked: Annotated[AccountCountQuery, Query()]) -> Response:
    """How many accounts a list with the same filters has, by up to three values, the largest first.

    By `missing_fact` an account counts once for each of its facts.
    """
    context = context_of(request)
    counted = count_standings(context.database.engine, filter_of(context, asked))
    return JsonResponse(render_counts(summed(counted, asked.by)))
