"""The steps of First Order handoffs: items ticked and reopened, escalations, billing (HAND-4 to HAND-7)."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field, ValidationError
from pydantic_core import to_json as plain_json
from starlette.concurrency import run_in_threadpool

from service.domain.fields import Frozen, Prose
from service.domain.handoff.checklist import ITEMS_BY_NAME, parse_evidence
from service.domain.handoff.checks import UnknownItemError
from service.domain.handoff.evidence import Evidence
from service.domain.handoff.steps import Answered, BillingReassigned, Escalated, Reopened, Step, Ticked
from service.domain.keys import Scope
from service.domain.terms import Team
from service.entrypoints.api.auth import Caller, HandoffTaker, Reviewer
from service.entrypoints.api.bodies import body_of, parsed, refusal
from service.entrypoints.api.context import context_of
from service.entrypoints.api.handoffs import REFUSALS, HandoffId, found_handoff, handoff_answer
from service.entrypoints.api.openapi.answers import Responses, answers, as_json, takes
from service.entrypoints.api.problems import FieldError, invalid_request
from service.entrypoints.api.recording import IdempotencyHeader, asked_by, idempotency, record_one
from service.entrypoints.views.handoffs import HandoffBody
from service.usecases.handoffs import Acting, propose_step

router = APIRouter(tags=["Handoffs"])
ItemName = Annotated[str, Path(description="The item's name.", json_schema_extra={"enum": list(ITEMS_BY_NAME)})]
_ANSWERS: Responses = answers(200, "The handoff, as it stands now.", as_json(HandoffBody, "handoff")) | REFUSALS


class TickRequest(Frozen):
    """What shows that an item is done; its fields are those of the item."""

    evidence: Evidence = Field(description="What shows it, in the form of the item.")


class EvidenceStated(Frozen):
    """A tick before it is known whether the evidence is that of its item."""

    evidence: dict[str, Any]


class ReasonRequest(Frozen):
    """Why."""

    reason: Prose = Field(description="Why.")


class AnswerRequest(Frozen):
    """The answer to an escalation (HAND-1)."""

    team: Literal[Team.MMKAN, Team.MM_TERRITORY, Team.MMKAFO] = Field(
        description="Who receives the account; MMKAFO keeps it."
    )
    reason: Prose = Field(description="Why.")


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
    body = await body_of(request)
    stated = parsed(EvidenceStated, body)
    if item not in ITEMS_BY_NAME:
        raise UnknownItemError(item)
    evidence_body = plain_json(stated.evidence)
    try:
        evidence = parse_evidence(ITEMS_BY_NAME[item], evidence_body)
    except ValidationError as error:
        raise refusal(error, evidence_body, "/evidence") from None
    return await _step(
        request,
        caller,
        handoff_id,
        lambda at: Ticked(item=item, evidence=evidence, by=caller.name, at=at),
        (idempotency_key, body),
    )


@router.delete(
    "/v1/handoffs/{handoff_id}/items/{item}",
    summary="Reopen an item",
    responses=_ANSWERS,
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
    body = b""
    if reason is None:
        if "content-type" not in request.headers:
            raise invalid_request([FieldError("reason", "Say why the item is reopened")])
        body = await body_of(request)
        reason = parsed(ReasonRequest, body).reason
    if item not in ITEMS_BY_NAME:
        raise UnknownItemError(item)
    why = reason
    return await _step(
        request,
        caller,
        handoff_id,
        lambda at: Reopened(item=item, reason=why, by=caller.name, at=at),
        (idempotency_key, body),
    )


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
    body = await body_of(request)
    asked = parsed(AnswerRequest, body)
    return await _step(
        request,
        caller,
        handoff_id,
        lambda at: Answered(team=asked.team, reason=asked.reason, by=caller.name, at=at),
        (idempotency_key, body),
    )


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
    kind: type[Escalated | BillingReassigned],
    idempotency_key: str | None,
) -> Response:
    body = await body_of(request)
    reason = parsed(ReasonRequest, body).reason
    sent = (idempotency_key, body)
    return await _step(request, caller, handoff_id, lambda at: kind(reason=reason, by=caller.name, at=at), sent)


async def _step(
    request: Request,
    caller: Caller,
    handoff_id: UUID,
    step_at: Callable[[datetime], Step],
    sent: tuple[str | None, bytes],
) -> Response:
    found = await run_in_threadpool(found_handoff, request, handoff_id)
    acting = Acting(caller.team, for_both=Scope.ADMIN in caller.scopes)
    today = context_of(request).today()
    submission = propose_step(found, step_at, acting, today, asked_by(caller))
    key = idempotency(request, caller, *sent)
    return await record_one(request, submission, key, handoff_answer(today), 200)
