"""What moves accounts: what AEs find out about them (MOVE-1, MOVE-2, MOVE-5), and quarter changeovers (MOVE-3)."""

from datetime import date
from functools import partial
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AfterValidator, Field
from starlette.concurrency import run_in_threadpool

from service.domain.account_ids import full_id
from service.domain.decision import Kind
from service.domain.fields import CrmId, Day, Frozen
from service.domain.triggers import Discovery
from service.entrypoints.api.accounts import AccountPath
from service.entrypoints.api.auth import Administrator, Caller, Classifier
from service.entrypoints.api.bodies import JsonResponse, read_request
from service.entrypoints.api.openapi.answers import NEXT_PAGE, answers, as_json, takes
from service.entrypoints.api.recording import IdempotencyHeader, answer_of, decision_answer, record_one
from service.entrypoints.common.acts import DiscoveryRequest
from service.entrypoints.common.context import context_of
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.paging import Limit, link_to_next
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.problems import ProblemError
from service.entrypoints.views.changeovers import (
    AcceptedBody,
    ChangeoverBody,
    ChangeoverPage,
    TriedChangeoverPage,
    render_changeover,
    render_open_account,
)
from service.entrypoints.views.decisions import DecisionBody, render_unrecorded
from service.store.acts import recording
from service.store.changeovers import all_changeovers, find_changeover, request_changeover
from service.store.idempotency import do_once
from service.store.once import Answer
from service.store.policies import current_policies
from service.usecases.change_over import check_changeover, concerned_accounts
from service.usecases.doing import Doing
from service.usecases.record_discovery import propose_discovery

router = APIRouter(route_class=CheckedRoute, tags=["Moves"])
_Behind = Annotated[CrmId, AfterValidator(full_id)]
"""A place in a list, which an id may be that was recorded before ids had to fit their case."""
ChangeoverDay = Annotated[date, Path(description="The day of the changeover.")]


class ChangeoverRequest(Frozen):
    """The quarter changeover to carry out (MOVE-3)."""

    on: Day = Field(description="The first day of a fiscal quarter: 1 February, May, August or November.")


@router.post(
    "/v1/accounts/{account_id}/discoveries",
    summary="Record a discovery",
    status_code=201,
    responses=answers(201, "The decision, recorded.", as_json(DecisionBody, "discovery")),
    openapi_extra=takes(as_json(DiscoveryRequest, "discovery_request")),
)
async def record_discovery(
    request: Request, caller: Classifier, account_id: AccountPath, idempotency_key: IdempotencyHeader = None
) -> Response:
    """Decides whether the discovery moves the account, and records that; `team` is its owner from now on.

    Where nothing moves, the explanation says which clause held it back, and the summary by how much.
    """
    asked, key = await read_request(DiscoveryRequest, request, caller, idempotency_key)
    today = context_of(request).today()
    on = asked.discovered_on or today
    found = partial(Discovery, **dict(asked) | {"discovered_on": on})
    submission = propose_discovery(account_id, found, on, today, caller.asked)
    return await record_one(request, submission, key, decision_answer, 201)


@router.post(
    "/v1/changeovers",
    summary="Carry out a quarter changeover",
    status_code=202,
    responses=answers(
        200,
        "With `dry_run`: a page of the decisions that would be recorded, and of the accounts that would stay open.",
        as_json(TriedChangeoverPage, "changeover_tried"),
        NEXT_PAGE,
    )
    | answers(
        202, "It is being carried out; `Location` tells how far it is.", as_json(AcceptedBody, "changeover_accepted")
    ),
    openapi_extra=takes(as_json(ChangeoverRequest, "changeover_request")),
)
async def carry_out_changeover(
    request: Request,
    caller: Administrator,
    idempotency_key: IdempotencyHeader = None,
    *,
    dry_run: Annotated[bool, Query(description="Record nothing, and list who would move and why.")] = False,
    limit: Limit = 50,
    after: Annotated[_Behind | None, Query(description="List from behind this account on.")] = None,
) -> Response:
    """Moves every account that the changeover moves (MOVE-3), in the background; running it again moves none twice.

    With `dry_run` nothing is recorded: a page of the decisions, and of the accounts that stay open for want of their
    last activity, is listed in the order of the accounts' identifiers.
    """
    asked, key = await read_request(ChangeoverRequest, request, caller, idempotency_key)
    on = asked.on
    if dry_run:
        return await run_in_threadpool(_listed, request, caller, on, limit, after)
    context = context_of(request)
    policies = await run_in_threadpool(current_policies, context.database.engine)
    check_changeover(on, context.today(), policies)
    told = Answer(to_json(AcceptedBody(on=on, status="running")), f"/v1/changeovers/{on}")
    at = context.now()
    requested = partial(request_changeover, on=on, by=caller.name, at=at, request_id=caller.request_id)
    act = recording(requested, Doing(context.new_id(), caller.asked, at).changeover_requested)
    return answer_of(await run_in_threadpool(do_once, context.database.engine, key, at, act, lambda _: told), 202)


def _listed(request: Request, caller: Caller, on: date, limit: int, after: str | None) -> Response:
    context = context_of(request)
    check_changeover(on, max(on, context.today()), current_policies(context.database.engine))
    found = list(islice(concerned_accounts(context.database, on, after), limit + 1))
    told = found[:limit]
    headers = {"Link": link_to_next(request, after=told[-1][0].facts.account.id)} if len(found) > limit else {}
    body = TriedChangeoverPage(
        items=[render_unrecorded(decision, caller.asked, Kind.CHANGEOVER) for decision, moves in told if moves],
        unsettled=[render_open_account(decision) for decision, moves in told if not moves],
    )
    return JsonResponse(body, headers=headers)


@router.get(
    "/v1/changeovers",
    summary="List quarter changeovers",
    responses=answers(200, "The changeovers.", as_json(ChangeoverPage, "changeover_page")),
)
def list_changeovers(request: Request, _: Administrator) -> Response:
    """Every changeover that was asked for, over the API or by the command, newest day first, and how far it is."""
    found = all_changeovers(context_of(request).database.engine)
    body = ChangeoverPage(items=[render_changeover(changeover) for changeover in found])
    return JsonResponse(body)


@router.get(
    "/v1/changeovers/{on}",
    summary="Get a quarter changeover",
    responses=answers(200, "The changeover.", as_json(ChangeoverBody, "changeover")),
)
def get_changeover(request: Request, _: Administrator, on: ChangeoverDay) -> Response:
    """How far a changeover is: the accounts looked at, moved, and open for want of their last activity."""
    found = find_changeover(context_of(request).database.engine, on)
    if found is None:
        raise ProblemError("not_found", f"No changeover of {on} was asked for")
    return JsonResponse(render_changeover(found))
