"""The forecast calendar (CAL-1, CAL-3), as a list and as a feed for calendar programs; and close dates (CAL-2)."""

from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from service.domain.close_date import Closing, day_asked, decide_close_date
from service.domain.fields import Day, Frozen
from service.domain.forecast_calendar import EntryCode, entries, span_end
from service.domain.terms import OpportunityKind
from service.entrypoints.api.auth import CalendarProgram, CalendarReader
from service.entrypoints.api.bodies import JsonResponse, body_of, need_of, parsed
from service.entrypoints.api.openapi.answers import answers, as_json, as_text, refuses, takes
from service.entrypoints.common.context import context_of
from service.entrypoints.common.moments import Moment, StatedInstant
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.views.calendar import CalendarBody, CloseDateBody, render_calendar, render_close_date
from service.entrypoints.views.calendar_feed import MEDIA_TYPE, render_feed
from service.store.policies import current_policies

router = APIRouter(route_class=CheckedRoute, tags=["Calendar"])
_FED_BACK = timedelta(days=62)
_FED_AHEAD = timedelta(days=400)
_KEPT_FOR = "private, max-age=3600"


class FeedQuery(BaseModel):
    """Of what a feed is."""

    kind: list[EntryCode] = Field([], description="What to list; all, unless some are named.")


class CalendarQuery(FeedQuery):
    """Which days to list."""

    first: Day | None = Field(None, alias="from", description="The first day; default today.")
    until: Day | None = Field(
        None, description="The last day, 1,099 days later at most; default 91 days after the first."
    )


class CloseDateRequest(Frozen):
    """What is known of when an opportunity closes. What is absent, or null, is not known."""

    kind: OpportunityKind | None = Field(None, description="What the opportunity is about.")
    closing_on: Day | None = Field(None, description="A day of the month in which it most likely closes.")
    compelling_event: bool | None = Field(None, description="Whether a compelling event is defined.")
    quote_out: bool | None = Field(None, description="Whether a quote is out for signature.")
    signing_expected_on: Day | None = Field(None, description="The day on which it should be signed.")
    set_at: StatedInstant | None = Field(None, description="When its close date became the first day of a month.")
    today: Moment | None = Field(None, description="What it is asked about, an instant or a whole day; default now.")


@router.get(
    "/v1/calendar",
    summary="List the forecast calendar",
    responses=answers(200, "What is on the days.", as_json(CalendarBody, "calendar")),
)
def get_calendar(request: Request, _: CalendarReader, asked: Annotated[CalendarQuery, Query()]) -> Response:
    """Red/Green meetings and the last work days of months (CAL-1), forecast updates (CAL-3), quarter changeovers.

    Days are those of the organisation; both ends are included. Each goes by the policy of that day.
    """
    context = context_of(request)
    first, policies = asked.first or context.today(), current_policies(context.database.engine)
    found = entries(first, asked.until or span_end(first), policies.bounds_on, asked.kind)
    return JsonResponse(render_calendar(found, policies))


@router.get(
    "/v1/calendar/{key}.ics",
    summary="Subscribe to the forecast calendar",
    response_class=Response,
    responses=answers(200, "The calendar.", as_text(MEDIA_TYPE, "calendar_feed")) | refuses(401, 429, 503),
)
def get_calendar_feed(
    request: Request,
    _: CalendarProgram,
    key: Annotated[str, Path(description="An API key.")],
    asked: Annotated[FeedQuery, Query()],
) -> Response:
    """The same as iCalendar, for programs that send no headers: from two months back to thirteen months ahead.

    The key stands in the path, and has the scope `calendar` and no other. Times of day have no zone.
    """
    del key  # what stands there was looked at before, and is out of the path by now
    context = context_of(request)
    today, policies = context.today(), current_policies(context.database.engine)
    found = entries(today - _FED_BACK, today + _FED_AHEAD, policies.bounds_on, asked.kind)
    return Response(render_feed(found, policies), 200, {"Cache-Control": _KEPT_FOR}, MEDIA_TYPE)


@router.post(
    "/v1/calendar/close-date",
    summary="Ask for a close date",
    responses=answers(200, "The close date.", as_json(CloseDateBody, "close_date")),
    openapi_extra=takes(as_json(CloseDateRequest, "close_date_request")),
)
async def post_close_date(request: Request, _: CalendarReader) -> Response:
    """Which close date an opportunity has by the conventions (CAL-2), whether it may be left so, and why.

    Nothing is recorded. What is not known leaves it open, and `missing_facts` says what would settle it.
    """
    asked = parsed(CloseDateRequest, await body_of(request), need_of(request).members)
    context = context_of(request)
    case = Closing(**{name: getattr(asked, name) for name in Closing.__dataclass_fields__})
    asked_at: datetime | date = asked.today or context.now()
    policies = await run_in_threadpool(current_policies, context.database.engine)
    policy = policies.sales_on(day_asked(asked_at, context.zone))
    found = decide_close_date(case, asked_at, context.zone, policy.parameters)
    return JsonResponse(render_close_date(found, policy))
