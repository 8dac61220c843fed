"""Quarter changeovers (MOVE-3): tried, run, and how far they are."""

from datetime import date
from functools import partial
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import AfterValidator, BaseModel
from starlette.concurrency import run_in_threadpool

from service.domain.account_ids import full_id
from service.domain.calendar import is_changeover
from service.domain.fields import CrmId, Day
from service.domain.keys import Scope
from service.domain.sentences import summary
from service.entrypoints.common.context import ApiContext, context_of
from service.entrypoints.common.problems import ProblemError
from service.entrypoints.console.acting import leading_to, once_key, once_of
from service.entrypoints.console.fields import read_form
from service.entrypoints.console.pages import PageRoute, page, query, see, segment
from service.entrypoints.console.times import at_instant, on_day
from service.entrypoints.console.visitors import Acts, Needs, Visitor
from service.entrypoints.console.words import team_words, without_codes
from service.store.acts import recording
from service.store.changeovers import (
    ChangeoverStatus,
    RecordedChangeover,
    all_changeovers,
    find_changeover,
    request_changeover,
)
from service.store.idempotency import do_once
from service.store.policies import current_policies
from service.usecases.change_over import check_changeover, concerned_accounts
from service.usecases.doing import Doing

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_PATH = "/console/changeovers"
_ON_A_PAGE = 50
ChangeoverDay = Annotated[date, Path()]


class ChangeoverForm(BaseModel):
    """The day of a changeover."""

    on: Day


class Tried(BaseModel):
    """Which changeover is tried, and from behind which account on it is listed."""

    on: Day
    after: Annotated[CrmId, AfterValidator(full_id)] | None = None


@router.get(_PATH)
def list_changeovers(request: Request, _: Annotated[Visitor, Depends(Needs(Scope.ADMIN))]) -> Response:
    """Every changeover that was asked for, newest day first, and the form of another one."""
    context = context_of(request)
    newest = context.today()
    while not is_changeover(newest):
        newest = date.fromordinal(newest.toordinal() - 1)
    view = {
        "path": _PATH,
        "changeovers": [_view(each, context) for each in all_changeovers(context.database.engine)],
        "newest": newest.isoformat(),
    }
    return page(request, "changeovers.html", "Quarter changeovers", view)


def _view(found: RecordedChangeover, context: ApiContext) -> dict[str, object]:
    return {
        "path": f"{_PATH}/{found.on}",
        "on": on_day(found.on),
        "is_running": found.status is ChangeoverStatus.RUNNING,
        "examined": found.examined,
        "moved": found.moved,
        "unsettled": found.unsettled,
        "by": found.requested_by,
        "at": at_instant(found.requested_at, context.zone),
        "finished": None if found.finished_at is None else at_instant(found.finished_at, context.zone),
    }


@router.get("/console/changeover-dry-run")
def try_changeover(
    request: Request, _: Annotated[Visitor, Depends(Needs(Scope.ADMIN))], asked: Annotated[Tried, Query()]
) -> Response:
    """Who would move and why, and which accounts would stay open. Nothing is recorded."""
    context, on = context_of(request), asked.on
    database = context.database
    check_changeover(on, max(on, context.today()), current_policies(database.engine))
    found = list(islice(concerned_accounts(database, on, asked.after), _ON_A_PAGE + 1))
    told = found[:_ON_A_PAGE]
    rows = [
        {
            "path": f"/console/accounts/{segment(decision.facts.account.id)}",
            "name": decision.facts.account.name or decision.facts.account.id,
            "account_id": decision.facts.account.id,
            "team": team_words(decision.team),
            "because": without_codes(summary(decision, decision.policy), decision.missing_facts),
            "moves": moves,
        }
        for decision, moves in told
    ]
    more = len(found) > _ON_A_PAGE
    view = {
        "path": _PATH,
        "on": on_day(on),
        "day": on.isoformat(),
        "may_run": on <= context.today(),
        "moving": [each for each in rows if each["moves"]],
        "open": [each for each in rows if not each["moves"]],
        "next": query("/console/changeover-dry-run", on=on, after=told[-1][0].facts.account.id) if more else "",
        "first": query("/console/changeover-dry-run", on=on) if asked.after else "",
        "once": once_of(request, {}),
    }
    return page(request, "changeover_tried.html", "Dry run of a changeover", view)


@router.post(_PATH)
async def carry_out_changeover(request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.ADMIN))]) -> Response:
    """Have a changeover carried out, in the background."""
    context, on = context_of(request), read_form(ChangeoverForm, visitor.form).on
    policies = await run_in_threadpool(current_policies, context.database.engine)
    check_changeover(on, context.today(), policies)
    at, told = context.now(), leading_to(f"{_PATH}/{on}")
    requested = partial(request_changeover, on=on, by=visitor.name, at=at, request_id=visitor.request_id)
    act = recording(requested, Doing(context.new_id(), visitor.asked, at).changeover_requested)
    once = once_key(request, visitor)
    done = await run_in_threadpool(do_once, context.database.engine, once, at, act, lambda _: told)
    return see(done.answer.reference)


@router.get(f"{_PATH}/{{on}}")
def get_changeover(request: Request, _: Annotated[Visitor, Depends(Needs(Scope.ADMIN))], on: ChangeoverDay) -> Response:
    """How far a changeover is."""
    context = context_of(request)
    found = find_changeover(context.database.engine, on)
    if found is None:
        raise ProblemError("not_found", f"No changeover of {on} was asked for")
    view = _view(found, context) | {
        "decisions": query("/console/decisions", kind="changeover", effective_since=on, effective_until=on)
    }
    return page(request, "changeover.html", "Quarter changeover", view)
