"""Leads: how they are assigned and touched, and how they stand (LEAD-1 to LEAD-3)."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from service.domain.fields import CrmId
from service.entrypoints.api.auth import Classifier, Reader
from service.entrypoints.api.bodies import JsonResponse, read_request
from service.entrypoints.api.openapi.answers import NEXT_PAGE, answers, as_json, takes
from service.entrypoints.api.recording import IdempotencyHeader, answer_of
from service.entrypoints.common.context import context_of
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.occasions import occasion_of
from service.entrypoints.common.paging import Cursor, Limit, page, position
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.problems import known
from service.entrypoints.common.queues import names_asked
from service.entrypoints.common.sales_work import LeadRequest, TouchRequest
from service.entrypoints.common.wanted import PersonNamed
from service.entrypoints.views.leads import LeadBody, LeadPage, render_lead
from service.store.once import Answer
from service.usecases.leads import Lead, assign_lead, lead_of, leads_asked, touch_lead

router = APIRouter(route_class=CheckedRoute, tags=["Leads"])
LeadId = Annotated[CrmId, Path(description="The lead's id in the CRM.")]


class LeadQuery(BaseModel):
    """Which leads to list."""

    overdue: bool | None = Field(None, description="Whether an MQL is past due without a touch.")
    sdr: PersonNamed | None = Field(None, description="Whose: by a person's id, CRM user id, email or name.")
    limit: Limit = 50
    cursor: Cursor = None


@router.post(
    "/v1/leads",
    summary="Assign a lead",
    status_code=201,
    responses=answers(201, "The lead, as it stands.", as_json(LeadBody, "lead")),
    openapi_extra=takes(as_json(LeadRequest, "lead_request")),
)
async def assign(request: Request, caller: Classifier, idempotency_key: IdempotencyHeader = None) -> Response:
    """Records that a lead was assigned to an SDR: both its clocks begin anew, by the policy of that day.

    Whichever is told last, the lead stands by the assignment that came last.
    """
    asked, key = await read_request(LeadRequest, request, caller, idempotency_key)
    context = context_of(request)
    keep = partial(assign_lead, context.database, asked.lead(), occasion_of(context, caller.asked, key), _told)
    return answer_of(await run_in_threadpool(keep), 201)


@router.post(
    "/v1/leads/{lead_id}/touches",
    summary="Record a touch of a lead",
    status_code=201,
    responses=answers(201, "The lead, as it stands.", as_json(LeadBody, "lead")),
    openapi_extra=takes(as_json(TouchRequest, "touch_request")),
)
async def touch(
    request: Request, caller: Classifier, lead_id: LeadId, idempotency_key: IdempotencyHeader = None
) -> Response:
    """Records that its SDR reached out. A touch from before the last assignment is kept, and changes nothing."""
    asked, key = await read_request(TouchRequest, request, caller, idempotency_key)
    context = context_of(request)
    occasion = occasion_of(context, caller.asked, key)
    keep = partial(touch_lead, context.database, lead_id, asked.channel, asked.at or occasion.at, occasion, _told)
    return answer_of(await run_in_threadpool(keep), 201)


def _told(lead: Lead) -> Answer:
    return Answer(to_json(render_lead(lead)), f"/v1/leads/{lead.lead.id}")


@router.get(
    "/v1/leads/{lead_id}",
    summary="Get a lead",
    responses=answers(200, "The lead.", as_json(LeadBody, "lead")),
)
def get_lead(request: Request, _: Reader, lead_id: LeadId) -> Response:
    """How it stands now: by when and how its SDR reaches out, and from when on the AE may."""
    context = context_of(request)
    found = lead_of(context.database, lead_id, context.now(), context.zone)
    return JsonResponse(render_lead(known(found, "lead", lead_id)))


@router.get(
    "/v1/leads",
    summary="List leads",
    responses=answers(200, "A page of leads.", as_json(LeadPage, "lead_page"), NEXT_PAGE),
)
def list_leads(request: Request, _: Reader, asked: Annotated[LeadQuery, Query()]) -> Response:
    """Those recorded last first, as they stand now."""
    context = context_of(request)
    names = names_asked(context, asked.sdr, "sdr", context.today())
    find = partial(leads_asked, context.database, context.now(), context.zone, overdue=asked.overdue, names=names)
    found = find(limit=asked.limit + 1, before=position(asked.cursor))
    items = [render_lead(each) for each in found[: asked.limit]]
    return page(request, LeadPage(items=items), [each.record.id for each in found], asked.limit)
