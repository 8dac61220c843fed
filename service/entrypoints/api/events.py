"""Events of CRMs: what became of each, what was sent, and trying a rejected one again."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field
from starlette.concurrency import run_in_threadpool

from service.domain.account_ids import full_id
from service.domain.errors import EventNotRejectedError, PayloadForgottenError
from service.domain.fields import Frozen, Line, Prose
from service.entrypoints.api.auth import Administrator, Reader
from service.entrypoints.api.bodies import JsonResponse, read_request
from service.entrypoints.api.openapi.answers import NEXT_PAGE, answers, as_json, as_text, takes
from service.entrypoints.api.recording import IdempotencyHeader, answer_about, answer_of, idempotency, record_one
from service.entrypoints.common.context import context_of
from service.entrypoints.common.moments import Instant
from service.entrypoints.common.paging import Cursor, Limit, page, position
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.problems import ProblemError, known
from service.entrypoints.views.events import EventBody, EventPage, RecordKind, RetryBody, render_event, render_retry
from service.store.acts import recording
from service.store.event_retries import find_retry, request_retry
from service.store.events import find_event, find_payload, page_of_events
from service.store.idempotency import do_once
from service.store.inbox import EventFilter, EventStatus, RecordedEvent
from service.store.once import Answer
from service.usecases.doing import Doing
from service.usecases.read_payload import EventSource
from service.usecases.receive_events import Reception
from service.usecases.retry_events import dismiss, retry

router = APIRouter(route_class=CheckedRoute, tags=["Webhooks"])
_ANSWER = answer_about(render_event, "/v1/events")
_RETRY = answer_about(render_retry, "/v1/event-retries")
RetryId = Annotated[UUID, Path(description="The retry's identifier.")]
EventId = Annotated[UUID, Path(description="The event's identifier.")]


class DismissalRequest(Frozen):
    """Why nothing is to be done about an event."""

    reason: Prose = Field(description="Why.")


class RetryRequest(Frozen):
    """Which events to try again: those that were rejected, wait or have a remark, and match."""

    status: EventStatus | None = Field(None, description="What became of it.")
    source: EventSource | None = Field(None, description="The entry point that it came through.")
    kind: RecordKind | None = Field(None, description="What kind of record it tells of.")
    remark: bool | None = Field(None, description="True: it has a remark; false: none.")
    since: AwareDatetime | None = Field(None, description="Received then or later.")


class EventQuery(BaseModel):
    """Which events to list."""

    status: EventStatus | None = Field(None, description="What became of it.")
    source: EventSource | None = Field(None, description="The entry point that it came through.")
    record_id: Annotated[Line, AfterValidator(full_id)] | None = Field(None, description="The record in the CRM.")
    kind: RecordKind | None = Field(None, description="What kind of record it tells of.")
    remark: bool | None = Field(None, description="True: it has a remark; false: none.")
    since: Instant | None = Field(None, description="Received then or later.")
    limit: Limit = 50
    cursor: Cursor = None


@router.get(
    "/v1/events",
    summary="List events",
    responses=answers(200, "A page of events.", as_json(EventPage, "event_page"), NEXT_PAGE),
)
def list_events(request: Request, _: Reader, asked: Annotated[EventQuery, Query()]) -> Response:
    """Newest first; with `status=rejected`, those that could not be applied, and why."""
    wanted = EventFilter(**asked.model_dump(exclude={"limit", "cursor"}))
    engine = context_of(request).database.engine
    found = page_of_events(engine, wanted, limit=asked.limit + 1, before=position(asked.cursor))
    body = EventPage(items=[render_event(event) for event in found[: asked.limit]])
    return page(request, body, [event.id for event in found], asked.limit)


@router.post(
    "/v1/event-retries",
    summary="Try events again",
    status_code=202,
    responses=answers(
        202, "They are being tried; `Location` tells how far that is.", as_json(RetryBody, "event_retry")
    ),
    openapi_extra=takes(as_json(RetryRequest, "event_retry_request")),
)
async def retry_events(request: Request, caller: Administrator, idempotency_key: IdempotencyHeader = None) -> Response:
    """Reads what was sent anew, each payload once, with the mapping as it is now, in the background.

    Without `status`, dismissed events are left as they are.
    """
    asked, key = await read_request(RetryRequest, request, caller, idempotency_key)
    context = context_of(request)
    at, wanted = context.now(), EventFilter(**asked.model_dump())
    requested = partial(
        request_retry, retry_id=context.new_id(), wanted=wanted, by=caller.name, at=at, request_id=caller.request_id
    )
    act = recording(requested, Doing(context.new_id(), caller.asked, at).retry_requested)
    return answer_of(await run_in_threadpool(do_once, context.database.engine, key, at, act, _RETRY), 202)


@router.get(
    "/v1/event-retries/{retry_id}",
    summary="Get a retry of events",
    responses=answers(200, "The retry.", as_json(RetryBody, "event_retry")),
)
def get_event_retry(request: Request, _: Administrator, retry_id: RetryId) -> Response:
    """How far a retry is, and what became of the events that were tried so far."""
    found = known(find_retry(context_of(request).database.engine, retry_id), "retry", retry_id)
    return JsonResponse(render_retry(found))


@router.get(
    "/v1/events/{event_id}", summary="Get an event", responses=answers(200, "The event.", as_json(EventBody, "event"))
)
def get_event(request: Request, _: Reader, event_id: EventId) -> Response:
    """What a CRM told of one record, and what became of it."""
    event = known(find_event(context_of(request).database.engine, event_id), "event", event_id)
    return JsonResponse(render_event(event))


@router.get(
    "/v1/events/{event_id}/payload",
    summary="Get what was sent",
    response_class=Response,
    responses=answers(
        200,
        "The payload that brought the event, byte for byte.",
        as_text("application/octet-stream", "outbound_message"),
    ),
)
def get_payload(request: Request, _: Reader, event_id: EventId) -> Response:
    """The payload that brought the event, byte for byte. It may have brought others as well."""
    engine = context_of(request).database.engine
    event = known(find_event(engine, event_id), "event", event_id)
    payload = known(find_payload(engine, event.payload_id), "event", event_id)
    if payload.forgotten_at is not None:
        raise ProblemError("not_found", str(PayloadForgottenError(event.id, payload.forgotten_at, payload.digest)))
    # What a stranger sent is for saving and looking at, never for a browser to interpret.
    headers = {"Content-Disposition": f'attachment; filename="{payload.id}"', "X-Content-Type-Options": "nosniff"}
    return Response(payload.body, headers=headers, media_type="application/octet-stream")


@router.post(
    "/v1/events/{event_id}/retry",
    summary="Try a rejected event again",
    responses=answers(200, "What became of it now.", as_json(EventBody, "event")),
)
async def retry_event(
    request: Request, caller: Administrator, event_id: EventId, idempotency_key: IdempotencyHeader = None
) -> Response:
    """Reads what was sent anew, with the mapping as it is now, and applies it where the CRM's order has it."""
    context = context_of(request)
    mapping, asked = context.inbound.mapping, caller.asked
    reception = Reception(
        mapping=mapping, at=context.now(), today=context.today(), new_id=context.new_id, asked=asked, again=True
    )
    found = await run_in_threadpool(retry, context.database, event_id, reception)
    key = idempotency(request, caller, idempotency_key, b"")
    return await record_one(request, known(found, "event", event_id), key, _ANSWER, 200)


@router.post(
    "/v1/events/{event_id}/dismissal",
    summary="Dismiss a rejected event",
    responses=answers(200, "The event.", as_json(EventBody, "event")),
    openapi_extra=takes(as_json(DismissalRequest, "dismissal_request")),
)
async def dismiss_event(
    request: Request, caller: Administrator, event_id: EventId, idempotency_key: IdempotencyHeader = None
) -> Response:
    """Closes an event that was rejected or waits. Who did so, when and why stays on record; it may be retried still."""
    asked, key = await read_request(DismissalRequest, request, caller, idempotency_key)
    found = await run_in_threadpool(find_event, context_of(request).database.engine, event_id)
    submission = dismiss(known(found, "event", event_id), asked.reason, caller.asked)
    return await record_one(request, submission, key, _dismissed, 200)


def _dismissed(event: RecordedEvent) -> Answer:
    if event.repeated:  # something else became of it meanwhile
        raise EventNotRejectedError(event.id, event.status)
    return _ANSWER(event)
