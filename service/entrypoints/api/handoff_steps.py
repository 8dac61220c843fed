"""Steps of First Order handoffs, taken by the two sides and those who answer escalations (HAND-1, HAND-4 to HAND-7)."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field, ValidationError
from pydantic_core import to_json as plain_json
from starlette.concurrency import run_in_threadpool

from service.domain.fields import Frozen, Prose
from service.domain.handoff.checklist import ITEMS_BY_NAME, parse_evidence
from service.domain.handoff.checks import UnknownItemError
from service.domain.handoff.evidence import Evidence
from service.domain.handoff.steps import (
    Abandoned,
    Answered,
    BillingReassigned,
    Escalated,
    HandoffReopened,
    Reopened,
    Step,
    Ticked,
)
from service.domain.keys import Scope
from service.entrypoints.api.auth import Caller, HandoffTaker, Reviewer
from service.entrypoints.api.bodies import read_request, refusal
from service.entrypoints.api.handoffs import HandoffId, answer_with, handoff_found
from service.entrypoints.api.openapi.answers import Responses, answers, as_json, refuses, takes
from service.entrypoints.api.recording import IdempotencyHeader, idempotency, record_one
from service.entrypoints.common.acts import AnswerRequest, ReasonRequest, ReopeningRequest
from service.entrypoints.common.context import context_of
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.problems import FieldError, invalid_request
from service.entrypoints.views.handoffs import HandoffBody
from service.store.once import IdempotencyKey
from service.usecases.handoffs import Acting, propose_step

router = APIRouter(route_class=CheckedRoute, tags=["Handoffs"])
ItemName = Annotated[str, Path(description="The item's name.", json_schema_extra={"enum": list(ITEMS_BY_NAME)})]
_ANSWERS: Responses = answers(200, "The handoff, as it stands now.", as_json(HandoffBody, "handoff"))


class TickRequest(Frozen):
    """What shows that an item is done; its fields are those of the item."""

    evidence: Evidence = Field(description="What shows it, in the form of the item.")


class EvidenceStated(Frozen):
    """A tick before it is known whether the evidence is that of its item."""

    evidence: dict[str, Any]


@router.put(
    "/v1/handoffs/{handoff_id}/items/{item}",
    summary="Tick an item",
    responses=_ANSWERS,
    openapi_extra=takes(as_json(TickRequest, "tick_request")),
)
async def tick_item(
    request: Request,
    caller: HandoffTaker,
    handoff_id: HandoffId,
    item: ItemName,
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """Ticks an item of the caller's own side, with its evidence. The last required one hands the account over."""
    stated, key = await read_request(EvidenceStated, request, caller, idempotency_key)
    if item not in ITEMS_BY_NAME:
        raise UnknownItemError(item)
    evidence_body = plain_json(stated.evidence)
    try:
        evidence = parse_evidence(ITEMS_BY_NAME[item], evidence_body)
    except ValidationError as error:
        raise refusal(error, evidence_body, "/evidence") from None
    return await _step(request, caller, handoff_id, partial(Ticked, item=item, evidence=evidence), key)


@router.delete(
    "/v1/handoffs/{handoff_id}/items/{item}", summary="Reopen an item", responses=_ANSWERS | refuses(400, 408, 413, 415)
)
async def reopen_item(
    request: Request,
    caller: HandoffTaker,
    handoff_id: HandoffId,
    item: ItemName,
    reason: Annotated[Prose | None, Query(description="Why; here, or as `reason` in a JSON body.")] = None,
    idempotency_key: IdempotencyHeader = None,
) -> Response:
    """Reopens a ticked item of the caller's own side, with a reason."""
    key = idempotency(request, caller, idempotency_key, b"")
    if reason is None:
        if "content-type" not in request.headers:
            raise invalid_request([FieldError("reason", "Say why the item is reopened")])
        asked, key = await read_request(ReasonRequest, request, caller, idempotency_key)
        reason = asked.reason
    if item not in ITEMS_BY_NAME:
        raise UnknownItemError(item)
    return await _step(request, caller, handoff_id, partial(Reopened, item=item, reason=reason), key)


@router.post(
    "/v1/handoffs/{handoff_id}/escalation",
    summary="Put the receiver in question",
    responses=_ANSWERS,
    openapi_extra=takes(as_json(ReasonRequest, "escalation_request")),
)
async def escalate(
    request: Request, caller: HandoffTaker, handoff_id: HandoffId, idempotency_key: IdempotencyHeader = None
) -> Response:
    """Asks the First Order ASM, the Regional Director and the VP of Commercial who receives the account (HAND-1)."""
    return await _reasoned(request, caller, handoff_id, Escalated, idempotency_key)


@router.post(
    "/v1/handoffs/{handoff_id}/escalation-answer",
    summary="Answer an escalation",
    responses=_ANSWERS,
    openapi_extra=takes(as_json(AnswerRequest, "answer_request")),
)
async def answer_escalation(
    request: Request, caller: Reviewer, handoff_id: HandoffId, idempotency_key: IdempotencyHeader = None
) -> Response:
    """Says who receives the account, or that MMKAFO keeps it, and why (HAND-1). Needs the scope `review`."""
    asked, key = await read_request(AnswerRequest, request, caller, idempotency_key)
    return await _step(request, caller, handoff_id, partial(Answered, team=asked.team, reason=asked.reason), key)


@router.post(
    "/v1/handoffs/{handoff_id}/reopening",
    summary="Reopen a handoff",
    responses=_ANSWERS,
    openapi_extra=takes(as_json(ReopeningRequest, "reopening_request")),
)
async def reopen_handoff(
    request: Request, caller: Reviewer, handoff_id: HandoffId, idempotency_key: IdempotencyHeader = None
) -> Response:
    """Reopens a completed handoff, and items of it, with a reason (HAND-6). Needs the scope `review`.

    That changes no owner; ticking the items again completes it again, and decides by the same rule.
    """
    asked, key = await read_request(ReopeningRequest, request, caller, idempotency_key)
    step = partial(HandoffReopened, items=tuple(dict.fromkeys(asked.items)), reason=asked.reason)
    return await _step(request, caller, handoff_id, step, key)


@router.post(
    "/v1/handoffs/{handoff_id}/abandonment",
    summary="Abandon a handoff",
    responses=_ANSWERS,
    openapi_extra=takes(as_json(ReasonRequest, "abandonment_request")),
)
async def abandon_handoff(
    request: Request, caller: Reviewer, handoff_id: HandoffId, idempotency_key: IdempotencyHeader = None
) -> Response:
    """Closes an open handoff that will not be completed, with a reason (HAND-6). Needs the scope `review`.

    The account stays where it is for now, and routing leads again.
    """
    return await _reasoned(request, caller, handoff_id, Abandoned, idempotency_key)


@router.post(
    "/v1/handoffs/{handoff_id}/billing-reassignment",
    summary="Re-assign a billing issue",
    responses=_ANSWERS,
    openapi_extra=takes(as_json(ReasonRequest, "billing_request")),
)
async def reassign_billing(
    request: Request, caller: HandoffTaker, handoff_id: HandoffId, idempotency_key: IdempotencyHeader = None
) -> Response:
    """Re-assigns a billing issue on the initial order to the First Order AE, once the handoff is done (HAND-7)."""
    return await _reasoned(request, caller, handoff_id, BillingReassigned, idempotency_key)


async def _reasoned(
    request: Request,
    caller: Caller,
    handoff_id: UUID,
    kind: type[Escalated | Abandoned | BillingReassigned],
    idempotency_key: str | None,
) -> Response:
    asked, key = await read_request(ReasonRequest, request, caller, idempotency_key)
    return await _step(request, caller, handoff_id, partial(kind, reason=asked.reason), key)


async def _step(
    request: Request, caller: Caller, handoff_id: UUID, step: Callable[..., Step], key: IdempotencyKey | None
) -> Response:
    """Take a step, of which all is known but who takes it and when."""
    found = await run_in_threadpool(handoff_found, request, handoff_id)
    acting = Acting(caller.team, for_both=Scope.ADMIN in caller.scopes)
    context = context_of(request)
    today = context.today()
    submission = propose_step(
        found, lambda at: step(by=caller.name, at=at), acting, today, context.zone, asked=caller.asked
    )
    return await record_one(request, submission, key, partial(answer_with, today), 200)
