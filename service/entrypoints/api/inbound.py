"""Inbound requests (OPP-6), of which nothing is recorded, and web direct purchases (OPP-7)."""

import re
from datetime import time
from functools import partial
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError
from starlette.concurrency import run_in_threadpool

from service.domain.calendar import Weekday
from service.domain.fields import AccountId, CrmId, Day, Frozen, Line
from service.domain.triage import InboundRequest, SupportHours, triage
from service.domain.web_direct import OpenOpportunity, WebDirect
from service.entrypoints.api.auth import Classifier, Reader
from service.entrypoints.api.bodies import JsonResponse, body_of, need_of, parsed, read_request
from service.entrypoints.api.openapi.answers import NEXT_PAGE, answers, as_json, refuses, takes
from service.entrypoints.api.recording import IdempotencyHeader, answer_of
from service.entrypoints.common.context import context_of
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.moments import StatedInstant
from service.entrypoints.common.occasions import occasion_of
from service.entrypoints.common.paging import Cursor, Limit, page, position
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.views.inbound import TriageBody, WebDirectBody, WebDirectPage, render_triage, render_web_direct
from service.store.once import Answer
from service.usecases.check_web_direct import (
    CheckedPurchase,
    Purchase,
    check_purchase,
    page_of_purchases,
    record_purchase,
)

_WEB_DIRECTS = "/v1/web-directs"
router = APIRouter(route_class=CheckedRoute, tags=["Opportunities"])
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*")


def _time_zone(name: str) -> str:
    try:
        if _ZONE.fullmatch(name):
            ZoneInfo(name)
            return name
    except (ValueError, OSError, KeyError):
        pass
    raise PydanticCustomError("time_zone", "There is no such time zone; name one as Europe/Berlin")


TimeOfDay = Annotated[str, Field(pattern=r"^(?:[01]\d|2[0-3]):[0-5]\d$", json_schema_extra={"maxLength": 5})]


class HoursRequest(Frozen):
    """When Support is at work. Hours that do not end later than they begin end on the day after."""

    time_zone: Annotated[str, Field(max_length=64), AfterValidator(_time_zone)] = Field(
        description="The time zone, such as Europe/Berlin."
    )
    days: Annotated[list[Weekday], Field(min_length=1, max_length=7)] = Field(description="On which days they begin.")
    begin: TimeOfDay = Field(alias="from", description="When they begin: HH:MM.")
    end: TimeOfDay = Field(alias="until", description="When they end: HH:MM.")


class TriageRequest(Frozen):
    """An inbound request to Support. What is absent, or null, is not known."""

    customer: bool | None = Field(None, description="It comes from a customer.")
    net_arr_affected: bool | None = Field(None, description="Net ARR is affected.")
    needs_sales_manager: bool | None = Field(None, description="A credit, or else for a sales manager to approve.")
    received_at: StatedInstant | None = Field(None, description="When it came.")
    breaches_at: StatedInstant | None = Field(None, description="When it breaches what Support promises.")
    support_hours: HoursRequest | None = Field(None, description="When Support is at work.")


class OpenOpportunityRequest(Frozen):
    """An open opportunity of the account."""

    opportunity_id: CrmId = Field(description="Its id in the CRM.")
    title: Line | None = Field(None, description="Its title.")


class WebDirectRequest(Frozen):
    """A web direct purchase. What is absent, or null, is not known."""

    account_id: AccountId = Field(description="The account.")
    purchased_on: Day = Field(description="The day of the purchase.")
    open_opportunities: Annotated[tuple[OpenOpportunityRequest, ...], Field(max_length=500)] | None = Field(
        None, description="The account's in the CRM; null: nobody has looked."
    )
    duplicate: bool | None = Field(None, description="Whether it is a duplicate, as a person says.")
    on_sequence: bool | None = Field(None, description="The main contact is on the outreach sequence.")
    outreach_logged: bool | None = Field(None, description="Personal outreach is logged.")
    next_step_on: Day | None = Field(None, description="The day of its next step.")


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
    hours, stated = asked.support_hours, asked.model_dump(exclude={"support_hours"})
    at_work = None
    if hours is not None:
        begin, end = time.fromisoformat(hours.begin), time.fromisoformat(hours.end)
        at_work = SupportHours(ZoneInfo(hours.time_zone), hours.days, begin, end)
    return JsonResponse(render_triage(triage(InboundRequest(**stated, support_hours=at_work))))


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
    context, sent = context_of(request), asked.open_opportunities
    stated = WebDirect(
        **asked.model_dump(include={"duplicate", "on_sequence", "outreach_logged", "next_step_on"}),
        open_opportunities=None
        if sent is None
        else [OpenOpportunity(each.opportunity_id, each.title, is_recorded=False) for each in sent],
    )
    purchase = Purchase(account_id=asked.account_id, purchased_on=asked.purchased_on, stated=stated)
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
