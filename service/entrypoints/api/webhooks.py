"""Webhooks of CRMs: each notification is kept once, with what became of it, before it is acknowledged."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from service.crm.hubspot.signature import SignedRequest, verify_hubspot
from service.crm.known_record import RecordChange
from service.crm.payloads import MalformedPayloadError
from service.crm.salesforce.changes import changes_of_message
from service.crm.salesforce.outbound_messages import ACKNOWLEDGEMENT, read_outbound_message
from service.crm.signed.standard_webhooks import SignatureError, SignedHeaders, verify
from service.entrypoints.api.auth import WebhookCaller
from service.entrypoints.api.bodies import JsonResponse, body_of, media_type_of, payload_of
from service.entrypoints.api.openapi.answers import answers, as_json, as_text, refuses, takes
from service.entrypoints.api.recording import while_connected
from service.entrypoints.common.context import context_of
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.problems import ProblemError
from service.entrypoints.views.events import ReceivedBody, render_received
from service.store.inbox import Payload, RecordedEvent
from service.store.recording import Asked
from service.usecases.read_payload import EventSource, changes_in
from service.usecases.receive_events import Reception, record

router = APIRouter(route_class=CheckedRoute, tags=["Webhooks"])
_ORGANIZATION = 15
"""The characters of a Salesforce identifier that tell; the last three of the longer form only check them."""
_LONG = 0.005
_T = TypeVar("_T")
_EVENT = {"type": "object", "additionalProperties": True}
_EVENTS = {"type": "array", "items": _EVENT}
_RECEIVED = answers(200, "Every event is recorded, with what became of it.", as_json(ReceivedBody, "received"))


@router.post(
    "/v1/webhooks/salesforce/outbound-messages",
    summary="Receive Salesforce Outbound Messages",
    response_class=Response,
    responses=answers(200, "Every notification is recorded.", as_text("text/xml", "outbound_acknowledgement")),
    openapi_extra=takes(as_text("text/xml", "outbound_message")),
)
async def receive_outbound_messages(request: Request, caller: WebhookCaller) -> Response:
    """Takes a SOAP message of up to 100 notifications, and acknowledges it once all of them are durably recorded.

    Salesforce cannot send headers: a key with the scope `webhook` alone may follow as a last segment of the path. A
    notification that cannot be applied is recorded as rejected, and keeps no other from being acknowledged.
    """
    if media_type_of(request) not in {"text/xml", "application/soap+xml", "application/xml"}:
        raise ProblemError("unsupported_media_type", "Send the message with Content-Type: text/xml")
    body = await payload_of(request)
    context = context_of(request)

    def read() -> tuple[Payload, tuple[RecordChange, ...]]:
        message = read_outbound_message(body)
        expected = context.inbound.organization_id
        if expected is not None and message.organization_id[:_ORGANIZATION] != expected[:_ORGANIZATION]:
            raise ProblemError("wrong_organization", "The message is of an organisation that is not taken here")
        source, told = (
            EventSource.SALESFORCE_OUTBOUND,
            changes_of_message(message, context.inbound.mapping, context.now()),
        )
        return Payload(id=context.new_id(), source=source, content_type="text/xml", body=message.kept), told

    await _recorded(request, caller.name, read)
    return Response(ACKNOWLEDGEMENT, media_type="text/xml")


@router.post(
    "/v1/webhooks/salesforce/change-events",
    summary="Receive Salesforce change events",
    responses=_RECEIVED,
    openapi_extra=takes(as_json({"anyOf": [_EVENT, _EVENTS]}, "change_event")),
)
async def receive_change_events(request: Request, caller: WebhookCaller) -> Response:
    """Takes Change Data Capture events, one or a list of them, as a bridge posts them."""
    return await _told(request, EventSource.SALESFORCE_CHANGES, await body_of(request), caller.name)


@router.post(
    "/v1/webhooks/events",
    summary="Receive signed events",
    responses=_RECEIVED | refuses(401, 404),
    openapi_extra=takes(as_json(_EVENT, "signed_event")),
)
async def receive_events(request: Request) -> Response:
    """Takes an event of any sender, signed as Standard Webhooks says, with the names of facts.

    `type` is `account.updated`, `account.deleted`, `opportunity.updated` or `opportunity.deleted`. A fact that `data`
    does not have stays as it is; null makes it unknown.
    """
    context = context_of(request)
    secrets = context.inbound.secrets
    if not secrets:
        raise ProblemError("webhook_not_set_up", "No secret is set up for signed events: CHALKLINE_WEBHOOK_SECRETS")
    body = await body_of(request)
    headers = SignedHeaders(
        message_id=request.headers.get("webhook-id"),
        timestamp=request.headers.get("webhook-timestamp"),
        signatures=request.headers.get("webhook-signature"),
    )
    message_id = _verified(lambda: verify(headers, body, secrets, context.now()))
    return await _told(request, EventSource.EVENTS, body, EventSource.EVENTS.value, message_id)


@router.post(
    "/v1/webhooks/hubspot",
    summary="Receive HubSpot events",
    responses=_RECEIVED | refuses(401, 404),
    openapi_extra=takes(as_json(_EVENTS, "hubspot_events")),
)
async def receive_hubspot(request: Request) -> Response:
    """Takes up to 100 events of HubSpot, signed with version 3 of its signatures."""
    context = context_of(request)
    secrets = context.inbound.hubspot_secrets
    if not secrets:
        raise ProblemError(
            "webhook_not_set_up", "No client secret of HubSpot is set up: CHALKLINE_HUBSPOT_CLIENT_SECRETS"
        )
    body = await body_of(request)
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    base = context.inbound.public_url or f"{request.url.scheme}://{request.url.netloc}"
    signed = SignedRequest(
        method=request.method,
        uri=base + target,
        body=body,
        signature=request.headers.get("x-hubspot-signature-v3"),
        timestamp=request.headers.get("x-hubspot-request-timestamp"),
    )
    _verified(lambda: verify_hubspot(signed, secrets, context.now()))
    return await _told(request, EventSource.HUBSPOT, body, EventSource.HUBSPOT.value)


def _verified(check: Callable[[], _T]) -> _T:
    try:
        return check()
    except SignatureError as error:
        raise ProblemError("bad_signature", str(error)) from None


async def _told(request: Request, source: EventSource, body: bytes, actor: str, message_id: str = "") -> Response:
    """Record the events of a payload in JSON, and tell what became of each."""
    context = context_of(request)
    payload = Payload(id=context.new_id(), source=source, content_type="application/json", body=body)

    def read() -> tuple[Payload, tuple[RecordChange, ...]]:
        return payload, changes_in(source, body, message_id, context.inbound.mapping, context.now())

    events = await _recorded(request, actor, read)
    # What is said of many things takes so long that others need their turns meanwhile.
    return await run_in_threadpool(lambda: JsonResponse(render_received(events)))


@asynccontextmanager
async def _turn(reading: asyncio.Lock) -> AsyncIterator[None]:
    """The turn to read a payload. Who had a long one leaves as long to all others, before the next is read.

    A payload is read in one piece, for which nothing else has Python's lock.
    """
    loop = asyncio.get_running_loop()
    await reading.acquire()
    began = loop.time()
    try:
        yield
    finally:
        took = loop.time() - began
        loop.call_later(took if took > _LONG else 0, reading.release)


async def _recorded(
    request: Request, actor: str, read: Callable[[], tuple[Payload, tuple[RecordChange, ...]]]
) -> Sequence[RecordedEvent]:
    """Record the events of a payload, which is read to what is kept of it and what it tells; all are durable then."""
    context = context_of(request)
    request.state.actor = actor
    try:
        async with _turn(context.reading):
            payload, told = await run_in_threadpool(read)
    except MalformedPayloadError as error:
        # Its frames hold all that was read, and what a thread raises is garbage that only a collection finds.
        raise ProblemError("malformed_payload", str(error.with_traceback(None))) from None
    asked = Asked(actor, payload.source, request.state.request_id)
    reception = Reception(
        mapping=context.inbound.mapping, at=context.now(), today=context.today(), new_id=context.new_id, asked=asked
    )
    events = await while_connected(request, record(context.database, payload, told, reception))
    verdicts = Counter("repeated" if event.repeated else event.status for event in events)
    for verdict, count in verdicts.items():
        request.app.state.received.labels(payload.source, verdict).inc(count)
    return events
