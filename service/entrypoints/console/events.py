"""Events of CRMs: what became of each, why some were rejected, and trying them again."""

from collections import Counter
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AfterValidator, BaseModel, Field
from starlette.concurrency import run_in_threadpool

from service.domain.account_ids import full_id
from service.domain.errors import EventNotRejectedError, PayloadForgottenError
from service.domain.fields import Line, Prose
from service.domain.keys import Scope
from service.entrypoints.common.context import ApiContext, context_of
from service.entrypoints.common.paging import Cursor, next_cursor, position
from service.entrypoints.common.problems import ProblemError, known
from service.entrypoints.console.acting import act, form_view, leading_to, once_key, once_of, record
from service.entrypoints.console.facets import asked_pairs, path_with
from service.entrypoints.console.fields import Typed, read_form
from service.entrypoints.console.pages import PageRoute, page, see, segment
from service.entrypoints.console.times import at_instant
from service.entrypoints.console.visitors import Acts, Needs, Visitor
from service.entrypoints.views.events import RecordKind, render_retry
from service.store.acts import recording
from service.store.event_retries import RecordedRetry, find_retry, request_retry
from service.store.events import find_event, find_payload, page_of_events
from service.store.idempotency import do_once
from service.store.inbox import EventFilter, EventStatus, RecordedEvent
from service.store.once import Answer
from service.usecases.doing import Doing
from service.usecases.read_payload import EventSource
from service.usecases.receive_events import Reception
from service.usecases.retry_events import dismiss, retry

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_PATH, _RETRIES = "/console/events", "/console/event-retries"
_ON_A_PAGE, _LOOKED_AT, _REASONS = 50, 500, 12
STATUSES = {
    EventStatus.APPLIED: "Applied",
    EventStatus.SUPERSEDED: "Superseded by newer ones",
    EventStatus.REJECTED: "Rejected",
    EventStatus.WAITING: "Waits for its account or its day",
    EventStatus.DISMISSED: "Dismissed",
}


class EventsWanted(BaseModel):
    """Which events, as the API has it."""

    status: EventStatus | None = None
    source: EventSource | None = None
    record_id: Annotated[Line, AfterValidator(full_id)] | None = None
    kind: RecordKind | None = None
    remark: bool | None = None

    def filter(self) -> EventFilter:
        """The same, for the store."""
        return EventFilter(**self.model_dump(include=set(EventsWanted.model_fields)))


class EventsAsked(EventsWanted):
    """Which events to list, and from where on."""

    cursor: Cursor = None


class DismissalForm(BaseModel):
    """Why nothing is to be done about an event."""

    reason: Prose = Field(description="Why.")


@router.get(_PATH)
def list_events(
    request: Request, visitor: Annotated[Visitor, Depends(Needs(Scope.READ))], asked: Annotated[EventsAsked, Query()]
) -> Response:
    """Events, newest first; of those that were rejected, the reasons."""
    context, pairs = context_of(request), asked_pairs(request)
    engine, wanted = context.database.engine, asked.filter()
    found = page_of_events(engine, wanted, limit=_ON_A_PAGE + 1, before=position(asked.cursor))
    shown = found[:_ON_A_PAGE]
    rejected = page_of_events(engine, EventFilter(status=EventStatus.REJECTED), limit=_LOOKED_AT)
    reasons = Counter((field or "", reason) for each in rejected for field, reason in each.problem)
    view = {
        "path": _PATH,
        "events": [_row(each, context) for each in shown],
        "statuses": [(each.value, says) for each, says in STATUSES.items()],
        "sources": [(each.value, each.value) for each in EventSource],
        "asked": {name: str(value) for name, value in asked.model_dump(mode="json", exclude_none=True).items()},
        "reasons": reasons.most_common(_REASONS),
        "rejected": len(rejected),
        "has_more_rejected": len(rejected) == _LOOKED_AT,
        "next": path_with(_PATH, [*pairs, ("cursor", next_cursor(shown[-1].id))]) if len(found) > _ON_A_PAGE else "",
        "first": path_with(_PATH, pairs) if asked.cursor else "",
        "may_act": Scope.ADMIN in visitor.scopes,
        "once": once_of(request, {}),
    }
    return page(request, "events.html", "Events", view)


def _row(event: RecordedEvent, context: ApiContext) -> dict[str, object]:
    kind, record_id = event.record
    return {
        "path": f"{_PATH}/{event.id}",
        "at": at_instant(event.received_at, context.zone),
        "kind": kind,
        "record": record_id,
        "source": event.source,
        "status": STATUSES[event.status],
        "said": [(field or "", reason) for field, reason in (*event.problem, *event.remarks)],
    }


@router.get(f"{_PATH}/{{event_id}}")
def get_event(request: Request, visitor: Annotated[Visitor, Depends(Needs(Scope.READ))], event_id: UUID) -> Response:
    """An event, and what became of it."""
    return _show(request, visitor, event_id, {}, None)


def _show(request: Request, visitor: Visitor, event_id: UUID, typed: Typed, problem: ProblemError | None) -> Response:
    context = context_of(request)
    event = known(find_event(context.database.engine, event_id), "event", event_id)
    view = _row(event, context) | {
        "key": event.key,
        "actor": event.actor,
        "reason": event.reason or "",
        "settled": at_instant(event.settled_at, context.zone),
        "settled_by": event.settled_by,
        "account": f"/console/accounts/{segment(event.record[1])}" if event.record[0] == "account" else "",
        "decision": "" if event.decision_id is None else f"/console/decisions/{event.decision_id}",
        "may_act": Scope.ADMIN in visitor.scopes,
        "is_open": event.status in {EventStatus.REJECTED, EventStatus.WAITING},
        "once": once_of(request, {}),
        "form": form_view(request, DismissalForm, typed, problem),
    }
    return page(request, "event.html", "Event", view)


@router.get(f"{_PATH}/{{event_id}}/payload")
def get_payload(request: Request, _: Annotated[Visitor, Depends(Needs(Scope.READ))], event_id: UUID) -> Response:
    """What was sent, byte for byte, to save: never for a browser to interpret."""
    engine = context_of(request).database.engine
    event = known(find_event(engine, event_id), "event", event_id)
    payload = known(find_payload(engine, event.payload_id), "event", event_id)
    if payload.forgotten_at is not None:
        raise ProblemError("not_found", str(PayloadForgottenError(event.id, payload.forgotten_at, payload.digest)))
    headers = {"Content-Disposition": f'attachment; filename="{payload.id}"'}
    return Response(payload.body, headers=headers, media_type="application/octet-stream")


@router.post(f"{_PATH}/{{event_id}}/retry")
async def retry_event(
    request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.ADMIN))], event_id: UUID
) -> Response:
    """Try an event again."""
    context = context_of(request)
    reception = Reception(
        mapping=context.inbound.mapping,
        at=context.now(),
        today=context.today(),
        new_id=context.new_id,
        asked=visitor.asked,
        again=True,
    )
    found = await run_in_threadpool(retry, context.database, event_id, reception)
    return see(await record(request, visitor, known(found, "event", event_id), _place_of))


@router.post(f"{_PATH}/{{event_id}}/dismissal")
async def dismiss_event(
    request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.ADMIN))], event_id: UUID
) -> Response:
    """Close an event that was rejected or waits, with the reason."""

    async def do() -> str:
        asked = read_form(DismissalForm, visitor.form)
        found = await run_in_threadpool(find_event, context_of(request).database.engine, event_id)
        submission = dismiss(known(found, "event", event_id), asked.reason, visitor.asked)
        return await record(request, visitor, submission, _dismissed)

    return await act(visitor, partial(_show, request, visitor, event_id), do)


def _place_of(event: RecordedEvent) -> str:
    return f"{_PATH}/{event.id}"


def _dismissed(event: RecordedEvent) -> str:
    if event.repeated:  # something else became of it meanwhile
        raise EventNotRejectedError(event.id, event.status)
    return _place_of(event)


@router.post(_RETRIES)
async def retry_events(request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.ADMIN))]) -> Response:
    """Have all events tried again that match."""
    context, asked = context_of(request), read_form(EventsWanted, visitor.form)
    at = context.now()
    wanted = partial(
        request_retry,
        retry_id=context.new_id(),
        wanted=asked.filter(),
        by=visitor.name,
        at=at,
        request_id=visitor.request_id,
    )
    requested = recording(wanted, Doing(context.new_id(), visitor.asked, at).retry_requested)
    once = once_key(request, visitor)
    done = await run_in_threadpool(do_once, context.database.engine, once, at, requested, _retried)
    return see(done.answer.reference)


def _retried(made: RecordedRetry) -> Answer:
    return leading_to(f"{_RETRIES}/{made.id}")


@router.get(f"{_RETRIES}/{{retry_id}}")
def get_retry(request: Request, _: Annotated[Visitor, Depends(Needs(Scope.ADMIN))], retry_id: UUID) -> Response:
    """How far a retry is, and what became of the events."""
    context = context_of(request)
    found = known(find_retry(context.database.engine, retry_id), "retry", retry_id)
    view = {
        "told": render_retry(found),
        "asked": at_instant(found.requested_at, context.zone),
        "finished": None if found.finished_at is None else at_instant(found.finished_at, context.zone),
        "path": _PATH,
    }
    return page(request, "event_retry.html", "Events tried again", view)
