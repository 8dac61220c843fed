"""Quarter changeovers: who would move, and having them moved (MOVE-3)."""

from datetime import date
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from service.domain.decision import Kind
from service.domain.fields import AccountId, Day, Frozen
from service.entrypoints.api.auth import Administrator, Caller
from service.entrypoints.api.bodies import body_of, parsed
from service.entrypoints.api.context import context_of
from service.entrypoints.api.openapi.answers import NEXT_PAGE, answers, as_json, takes
from service.entrypoints.api.paging import Limit, link_to_next
from service.entrypoints.api.problems import ProblemError
from service.entrypoints.api.recording import IdempotencyHeader, answer_of, idempotency
from service.entrypoints.views.changeovers import AcceptedBody, ChangeoverBody, ChangeoverPage, render_changeover
from service.entrypoints.views.decisions import DecisionPage, Unrecorded, render_unrecorded
from service.entrypoints.views.encoding import to_json
from service.store.changeovers import all_changeovers, find_changeover, requesting
from service.store.idempotency import do_once
from service.store.policies import current_policies
from service.store.recording import Answer
from service.usecases.change_over import check_changeover, due_accounts

router = APIRouter(tags=["Moves"])


ChangeoverDay = Annotated[date, Path(description="The day of the changeover.")]


class ChangeoverRequest(Frozen):
    """The quarter changeover to carry out (MOVE-3)."""

    on: Day = Field(description="The first day of a fiscal quarter: 1 February, May, August or November.")


@router.post(
    "/v1/changeovers",
    summary="Carry out a quarter changeover",
    status_code=202,
    responses=answers(
        200,
        "With `dry_run`: a page of the decisions that would be recorded.",
        as_json(DecisionPage, "decision_page"),
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
    after: Annotated[AccountId | None, Query(description="List from behind this account on.")] = None,
) -> Response:
    """Moves every account that the changeover moves (MOVE-3), in the background; running it again moves none twice.

    With `dry_run` nothing is recorded: a page of the decisions is listed, in the order of the accounts' identifiers.
    """
    body = await body_of(request)
    on = parsed(ChangeoverRequest, body).on
    if dry_run:
        return await run_in_threadpool(_listed, request, caller, on, limit, after)
    context = context_of(request)
    policies = await run_in_threadpool(current_policies, context.database.engine)
    check_changeover(on, context.today(), policies)
    told = Answer(to_json(AcceptedBody(on=on, status="running")), f"/v1/changeovers/{on}")
    key, at = idempotency(request, caller, idempotency_key, body), context.now()
    act = requesting(on, caller.name, at, caller.request_id)
    return answer_of(await run_in_threadpool(do_once, context.database.engine, key, at, act, lambda _: told), 202)


def _listed(request: Request, caller: Caller, on: date, limit: int, after: str | None) -> Response:
    context = context_of(request)
    check_changeover(on, max(on, context.today()), current_policies(context.database.engine))
    due = list(islice(due_accounts(context.database, on, after), limit + 1))
    by = Unrecorded(caller.name, "api", caller.request_id, Kind.CHANGEOVER)
    headers = {"Link": link_to_next(request, after=due[limit - 1].facts.account.id)} if len(due) > limit else {}
    body = DecisionPage(items=[render_unrecorded(decision, by) for decision in due[:limit]])
    return Response(to_json(body), headers=headers, media_type="application/json")


@router.get(
    "/v1/changeovers",
    summary="List quarter changeovers",
    responses=answers(200, "The changeovers.", as_json(ChangeoverPage, "changeover_page")),
)
def list_changeovers(request: Request, _: Administrator) -> Response:
    """Every changeover that was asked for, newest day first, and how far it is."""
    found = all_changeovers(context_of(request).database.engine)
    body = ChangeoverPage(items=[render_changeover(changeover) for changeover in found])
    return Response(to_json(body), media_type="application/json")


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
    return Response(to_json(render_changeover(found)), media_type="application/json")
