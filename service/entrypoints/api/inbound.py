"""Inbound requests (OPP-6), of which nothing is recorded, and web direct purchases (OPP-7)."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from service.domain.fields import AccountId
from service.domain.triage import triage
from service.entrypoints.api.auth import Classifier, Reader
from service.entrypoints.api.bodies import JsonResponse, body_of, need_of, parsed, read_request
from service.entrypoints.api.openapi.answers import NEXT_PAGE, answers, as_json, refuses, takes
from service.entrypoints.api.recording import IdempotencyHeader, answer_of
from service.entrypoints.common.context import context_of
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.occasions import occasion_of
from service.entrypoints.common.paging import Cursor, Limit, page, position
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.sales_work import TriageRequest, WebDirectRequest
from service.entrypoints.views.inbound import TriageBody, WebDirectBody, WebDirectPage, render_triage, render_web_direct
from service.store.once import Answer
from service.usecases.check_web_direct import (
    CheckedPurchase,
    check_purchase,
    page_of_purchases,
    record_purchase,
)

_WEB_DIRECTS = "/v1/web-directs"
router = APIRouter(route_class=CheckedRoute, tags=["Opportunities"])


class WebDirectQuery(BaseModel):
    """Whose purchases to list."""

    account_id: AccountId = Field(description="The account.")
    limit: Limit = 50
    cursor: Cursor = None


@router.post(
    "/v1/support-requests/triage",
    summary="Ask who takes an inbound request",
    responses=answers(200, "Who takes it.", as_json(TriageBody, "triage")),
    openapi_extra=takes(as_json(TriageRequest, "triage_request")),
)
async def triage_request(request: Request, _: Reader) -> Response:
    """Support, the sales owner, or out of Support's hours the SMB team (OPP-6). Nothing is recorded."""
    asked = parsed(TriageRequest, await body_of(request), need_of(request).members)
    return JsonResponse(render_triage(triage(asked.inbound())))


@router.post(
    "/v1/web-directs/check",
    summary="Check a web direct purchase",
    responses=answers(200, "What is to be done, not recorded.", as_json(WebDirectBody, "web_direct"))
    | answers(201, "The same, with `record`: recorded.", as_json(WebDirectBody, "web_direct"))
    | refuses(404),
    openapi_extra=takes(as_json(WebDirectRequest, "web_direct_request")),
)
async def check_web_direct(
    request: Request,
    caller: Classifier,
    idempotency_key: IdempotencyHeader = None,
    *,
    record: Annotated[bool, Query(description="Keep what is said of it.")] = False,
) -> Response:
    """What it may be a duplicate of, which a person says, and whether somebody reached out (OPP-7).

    Open opportunities are those that are sent, and those with duties on record.
    """
    asked, key = await read_request(WebDirectRequest, request, caller, idempotency_key)
    context, purchase = context_of(request), asked.purchase()
    if not record:
        found = await run_in_threadpool(check_purchase, context.database, purchase)
        return JsonResponse(render_web_direct(found))
    keep = partial(record_purchase, context.database, purchase, occasion_of(context, caller.asked, key), _told)
    return answer_of(await run_in_threadpool(keep), 201)


def _told(checked: CheckedPurchase) -> Answer:
    return Answer(to_json(render_web_direct(checked)), f"{_WEB_DIRECTS}?account_id={checked.purchase.account_id}")


@router.get(
    _WEB_DIRECTS,
    summary="List web direct purchases",
    responses=answers(200, "A page of what was recorded.", as_json(WebDirectPage, "web_direct_page"), NEXT_PAGE),
)
def list_web_directs(request: Request, _: Reader, asked: Annotated[WebDirectQuery, Query()]) -> Response:
    """What was recorded of an account's purchases, newest first, each by what was known then."""
    database, before = context_of(request).database, position(asked.cursor)
    found = page_of_purchases(database, asked.account_id, limit=asked.limit + 1, before=before)
    items = [render_web_direct(each) for each in found[: asked.limit]]
    identifiers = [each.record.id for each in found if each.record is not None]
    return page(request, WebDirectPage(items=items), identifiers, asked.limit)
