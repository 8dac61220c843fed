"""What the handbook asks of an opportunity: found, and kept in its own timeline (OPP-1 to OPP-5, OPP-8)."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from service.domain.fields import CrmId
from service.entrypoints.api.auth import Classifier, Reader
from service.entrypoints.api.bodies import JsonResponse, read_request
from service.entrypoints.api.openapi.answers import NEXT_PAGE, answers, as_json, refuses, takes
from service.entrypoints.api.recording import IdempotencyHeader, answer_of
from service.entrypoints.common.context import context_of
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.paging import Cursor, Limit, page, position
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.problems import known
from service.entrypoints.common.sales_work import DutiesRequest
from service.entrypoints.views.duties import DutiesBody, DutiesPage, render_duties
from service.store.once import Answer
from service.usecases.find_duties import Duties, duties_of, page_of_duties, record_duties

router = APIRouter(route_class=CheckedRoute, tags=["Opportunities"])
OpportunityId = Annotated[CrmId, Path(description="The opportunity's id in the CRM.")]


@router.post(
    "/v1/opportunities/duties",
    summary="Find the duties of an opportunity",
    responses=answers(200, "The duties, not recorded.", as_json(DutiesBody, "duties"))
    | answers(201, "The duties, with `record`: recorded.", as_json(DutiesBody, "duties"))
    | refuses(404),
    openapi_extra=takes(as_json(DutiesRequest, "duties_request")),
)
async def find_duties(
    request: Request,
    caller: Classifier,
    idempotency_key: IdempotencyHeader = None,
    *,
    record: Annotated[bool, Query(description="Keep it in the opportunity's timeline.")] = False,
) -> Response:
    """Which duties apply, which are met by the evidence, and for want of what one is unknown.

    They never change where the account stands. Without a segment it is the account's, as it stood for that day.
    """
    asked, key = await read_request(DutiesRequest, request, caller, idempotency_key)
    context = context_of(request)
    today = context.today()
    opportunity, on = asked.opportunity(), asked.on or today
    if not record:
        found = await run_in_threadpool(duties_of, context.database, opportunity, on, today)
        return JsonResponse(render_duties(found))
    keep = partial(record_duties, context.database, opportunity, on, today, record_id=context.new_id())
    done = await run_in_threadpool(keep, asked=caller.asked, at=context.now(), key=key, told=_told)
    return answer_of(done, 201)


def _told(duties: Duties) -> Answer:
    return Answer(
        to_json(render_duties(duties)), f"/v1/opportunities/{duties.stated.opportunity.opportunity_id}/duties"
    )


@router.get(
    "/v1/opportunities/{opportunity_id}/duties",
    summary="List the duties of an opportunity",
    responses=answers(200, "A page of its timeline.", as_json(DutiesPage, "duties_page"), NEXT_PAGE) | refuses(404),
)
def list_duties(
    request: Request, _: Reader, opportunity_id: OpportunityId, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    """What was recorded of an opportunity, newest first, each by the program that it was found under."""
    found = page_of_duties(context_of(request).database, opportunity_id, limit=limit + 1, before=position(cursor))
    if cursor is None:
        known(found or None, "opportunity on record", opportunity_id)
    identifiers = [each.record.id for each in found if each.record is not None]
    return page(request, DutiesPage(items=[render_duties(each) for each in found[:limit]]), identifiers, limit)
