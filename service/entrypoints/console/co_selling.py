"""The co-selling calls of an ASM on the days up to one (CAL-4), and the form that logs one."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from service.domain.fields import AccountId, Day
from service.domain.keys import Scope
from service.domain.wording import quantity
from service.entrypoints.common.context import context_of
from service.entrypoints.common.occasions import occasion_of
from service.entrypoints.common.problems import ProblemError
from service.entrypoints.common.queues import names_asked
from service.entrypoints.common.sales_work import CallRequest
from service.entrypoints.common.wanted import PersonNamed
from service.entrypoints.console.acting import act, leading_to, once_key, once_of
from service.entrypoints.console.fields import Typed, elsewhere, fields_of, read, with_instants
from service.entrypoints.console.pages import PageRoute, page, query, segment
from service.entrypoints.console.times import at_instant, on_day
from service.entrypoints.console.visitors import Acts, Needs, Visitor
from service.store.policies import current_policies
from service.usecases.co_selling import co_selling_of, log_call

router = APIRouter(route_class=PageRoute, include_in_schema=False)
CO_SELLING = "/console/co-selling"
_MOST_CALLS = 50


class CoSellingAsked(BaseModel):
    """Whose calls, and up to which day; and on which account a call is to be logged."""

    asm: PersonNamed | None = None
    on: Day | None = None
    account_id: AccountId | None = None


@router.get(CO_SELLING)
def count_calls(
    request: Request,
    visitor: Annotated[Visitor, Depends(Needs(Scope.READ))],
    asked: Annotated[CoSellingAsked, Query()],
) -> Response:
    """The calls of an ASM on the days up to one, and the form of another one."""
    return _show(request, visitor, asked, {"asm": asked.asm or "", "account_id": asked.account_id or ""}, None)


@router.post(CO_SELLING)
async def log(request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.CLASSIFY))]) -> Response:
    """Log a call that an ASM joined."""

    async def do() -> str:
        context = context_of(request)
        stated = read(CallRequest, with_instants(CallRequest, visitor.form, context.zone))
        occasion = occasion_of(context, visitor.asked, once_key(request, visitor))
        at, to = stated.at or occasion.at, query(CO_SELLING, asm=stated.asm)
        keep = partial(log_call, context.database, stated.asm, stated.account_id, at, occasion)
        return (await run_in_threadpool(keep, lambda _: leading_to(to))).answer.reference

    return await act(visitor, partial(_show, request, visitor, CoSellingAsked()), do)


def _show(
    request: Request, visitor: Visitor, asked: CoSellingAsked, typed: Typed, problem: ProblemError | None
) -> Response:
    context = context_of(request)
    today, fields = context.today(), fields_of(CallRequest, typed, problem)
    names = names_asked(context, asked.asm, "asm", today)
    found = (
        None
        if names is None
        else co_selling_of(context.database, names, asked.on or today, today, context.zone, _MOST_CALLS)
    )
    bounds = current_policies(context.database.engine).bounds_on(asked.on or today)
    view = {
        "path": CO_SELLING,
        "asm": asked.asm or "",
        "on": str(asked.on or today),
        "week": None if found is None else found.week,
        "days": () if found is None else (on_day(found.week.first), on_day(found.week.until)),
        "calls": []
        if found is None
        else [
            (at_instant(each.happened_at or each.recorded_at, context.zone), each.subject, _account(each.subject))
            for each in found.calls
        ],
        "bounds": bounds,
        "fewest": (quantity(bounds.co_selling_fewest, "call"), quantity(bounds.co_selling_days, "day")),
        "may_act": Scope.CLASSIFY in visitor.scopes,
        "fields": fields,
        "wrong": elsewhere(problem, fields),
        "once": once_of(request, typed),
    }
    return page(request, "co_selling.html", "Co-selling", view)


def _account(account_id: str) -> str:
    return f"/console/accounts/{segment(account_id)}"
