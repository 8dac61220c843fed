"""Co-selling calls of ASMs: logged, and counted over the days that the policy has for it (CAL-4)."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from service.domain.fields import Day
from service.entrypoints.api.auth import Classifier, Reader
from service.entrypoints.api.bodies import JsonResponse, read_request
from service.entrypoints.api.openapi.answers import answers, as_json, takes
from service.entrypoints.api.recording import IdempotencyHeader, answer_of
from service.entrypoints.common.context import context_of
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.occasions import occasion_of
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.queues import names_asked
from service.entrypoints.common.sales_work import CallRequest
from service.entrypoints.common.wanted import PersonNamed
from service.entrypoints.views.leads import CallBody, CoSellingBody, render_call, render_co_selling
from service.store.once import Answer
from service.store.sales_records import LoggedCall
from service.usecases.co_selling import co_selling_of, log_call

router = APIRouter(route_class=CheckedRoute, tags=["Co-selling"])
_PATH = "/v1/co-selling"
MOST_CALLS = 100


class CoSellingQuery(BaseModel):
    """Whose calls, and of which days."""

    asm: PersonNamed = Field(description="The ASM: a person's id, CRM user id, email or name.")
    on: Day | None = Field(None, description="The last of the days; default today.")


@router.post(
    _PATH,
    summary="Log a co-selling call",
    status_code=201,
    responses=answers(201, "The call.", as_json(CallBody, "call"))
    | answers(200, "It was logged before.", as_json(CallBody, "call")),
    openapi_extra=takes(as_json(CallRequest, "call_request")),
)
async def log(request: Request, caller: Classifier, idempotency_key: IdempotencyHeader = None) -> Response:
    """Logs a call. The same one (ASM, account, instant) is logged once."""
    asked, key = await read_request(CallRequest, request, caller, idempotency_key)
    context = context_of(request)
    occasion = occasion_of(context, caller.asked, key)
    keep = partial(log_call, context.database, asked.asm, asked.account_id, asked.at or occasion.at, occasion, _told)
    done = await run_in_threadpool(keep)
    return answer_of(done, 201 if done.answer.reference else 200)


def _told(call: LoggedCall) -> Answer:
    # Where it counts is told of a new one alone: so the status is known when the answer is given again.
    return Answer(to_json(render_call(call.record)), _PATH if call.is_new else "")


@router.get(
    _PATH,
    summary="Count co-selling calls",
    responses=answers(200, "The calls.", as_json(CoSellingBody, "co_selling")),
)
def count_calls(request: Request, _: Reader, asked: Annotated[CoSellingQuery, Query()]) -> Response:
    """The calls of an ASM on the days of the organisation up to one, and whether they are enough (CAL-4).

    How many days, seven by the handbook, is up to the policy of the last one.
    """
    context = context_of(request)
    today = context.today()
    names = names_asked(context, asked.asm, "asm", today) or ()
    found = co_selling_of(context.database, names, asked.on or today, today, context.zone, MOST_CALLS)
    return JsonResponse(render_co_selling(asked.asm, found))
