"""First Order handoffs: started, looked at, and taken step by step by the two sides (HAND-1 to HAND-7)."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field, ValidationError
from pydantic_core import to_json as plain_json
from starlette.concurrency import run_in_threadpool

from service.domain.fields import AccountId, Frozen, Prose
from service.domain.handoff.checklist import ITEMS_BY_NAME, parse_evidence
from service.domain.handoff.checks import UnknownItemError
from service.domain.handoff.evidence import Evidence
from service.domain.handoff.state import HandoffStatus
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
from service.domain.terms import Team
from service.domain.triggers import Opportunity
from service.entrypoints.api.auth import Caller, HandoffTaker, Reader, Reviewer
from service.entrypoints.api.bodies import JsonResponse, read_request, refusal
from service.entrypoints.api.context import context_of
from service.entrypoints.api.openapi.answers import NEXT_PAGE, Responses, answers, as_json, refuses, takes
from service.entrypoints.api.paging import Cursor, Limit, page, position
from service.entrypoints.api.parameters import CheckedRoute
from service.entrypoints.api.problems import FieldError, invalid_request, known
from service.entrypoints.api.recording import IdempotencyHeader, idempotency, record_one
from service.entrypoints.views.encoding import to_json
from service.entrypoints.views.handoffs import HandoffBody, HandoffPage, render_handoff, render_handoff_summary
from service.store.decisions import team_as_prospect
from service.store.handoffs import HandoffFilter, find_handoff, page_of_handoffs
from service.store.recording import Answer, IdempotencyKey, RecordedHandoff, Submission
from service.usecases.handoffs import Acting, prepare_handoff, propose_step

router = APIRouter(route_class=CheckedRoute, tags=["Handoffs"])
HandoffId = Annotated[UUID, Path(description="The handoff's identifier.")]
ItemName = Annotated[str, Path(description="The item's name.", json_schema_extra={"enum": list(ITEMS_BY_NAME)})]
ItemToReopen = Annotated[str, Field(max_length=100, json_schema_extra={"enum": list(ITEMS_BY_NAME)})]
_ANSWERS: Responses = answers(200, "The handoff, as it stands now.", as_json(HandoffBody, "handoff"))


class HandoffRequest(Opportunity):
    """A First Order opportunity that was closed won (HAND-1 to HAND-3). Amounts are in USD."""

    account_id: AccountId = Field(description="The account, owned by MMKAFO.")
    in_question: Prose | None = Field(None, description="Why who receives the account is in question, where it is.")


class HandoffQuery(BaseModel):
    """Which handoffs to list."""

    account_id: AccountId | None = Field(None, description="Of this account.")
    status: HandoffStatus | None = Field(None, description="Where it stands.")
    receiver: Team | None = Field(None, description="The team that receives the account.")
    overdue: bool | None = Field(None, description="True: the week is over without two-way communication (HAND-3).")
    due_within: Annotated[int, Field(ge=0, le=365)] | None = Field(
        None, description="Due within so many days from today, and without two-way communication so far."
    )
    limit: Limit = 50
    cursor: Cursor = None

    def wanted(self, today: date) -> HandoffFilter:
        """What is asked for, on a day."""
        due_before = due_from = None
        if self.due_within is not None:
            due_before, due_from = today + timedelta(days=self.due_within + 1), today
        if self.overdue is not None:
            due_before, due_from = (today, None) if self.overdue else (due_before, today)
        stated = self.model_dump(include={"account_id", "status", "receiver"})
        return HandoffFilter(**stated, due_before=due_before, due_from=due_from)


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


class ReopeningRequest(Frozen):
    """Why a completed handoff is reopened, and what is to be done again (HAND-6)."""

    items: Annotated[tuple[ItemToReopen, ...], Field(min_length=1, max_length=len(ITEMS_BY_NAME))] = Field(
        description="The items that are to be done again; one at least is required for completion."
    )
    reason: Prose = Field(description="Why.")


@router.post(
    "/v1/handoffs",
    summary="Start a handoff",
    status_code=201,
    responses=answers(201, "The handoff, recorded.", as_json(HandoffBody, "handoff")) | refuses(404),
    openapi_extra=takes(as_json(HandoffRequest, "handoff_request")),
)
async def start_handoff(request: Request, caller: HandoffTaker, idempotency_key: IdempotencyHeader = None) -> Response:
    """Starts the handoff of a First Order account that was won: who receives it, whether an email will do, by when.

    The account stays with MMKAFO until every required item is ticked. Unknown users, or a receiver in question, are
    escalated.
    """
    asked, key = await read_request(HandoffRequest, request, caller, idempotency_key)
    context = context_of(request)
    team = await run_in_threadpool(team_as_prospect, context.database.engine, asked.account_id)
    today = context.today()
    start = prepare_handoff(asked.account_id, asked, asked.in_question, team, context.new_id(), today)
    submission = Submission(account_id=asked.account_id, asked=caller.asked, decide=start, whole=True)
    return await record_one(request, submission, key, partial(_answer, today), 201)


@router.get(
    "/v1/handoffs",
    summary="List handoffs",
    responses=answers(200, "A page of handoffs.", as_json(HandoffPage, "handoff_page"), NEXT_PAGE),
)
def list_handoffs(request: Request, _: Reader, asked: Annotated[HandoffQuery, Query()]) -> Response:
    """Newest first, each with where it stands."""
    context = context_of(request)
    today = context.today()
    engine = context.database.engine
    found = page_of_handoffs(engine, asked.wanted(today), limit=asked.limit + 1, before=position(asked.cursor))
    body = HandoffPage(items=[render_handoff_summary(each, today) for each in found[: asked.limit]])
    return page(request, body, [each.handoff.terms.id for each in found], asked.limit)


@router.get(
    "/v1/handoffs/{handoff_id}",
    summary="Get a handoff",
    responses=answers(200, "The handoff.", as_json(HandoffBody, "handoff")),
)
def get_handoff(request: Request, _: Reader, handoff_id: HandoffId) -> Response:
    """A handoff with its checklist, its steps so far, and the texts to paste."""
    found = _found(request, handoff_id)
    return JsonResponse(render_handoff(found, context_of(request).today()))


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
    found = await run_in_threadpool(_found, request, handoff_id)
    acting = Acting(caller.team, for_both=Scope.ADMIN in caller.scopes)
    today = context_of(request).today()
    submission = propose_step(found, lambda at: step(by=caller.name, at=at), acting, today, caller.asked)
    return await record_one(request, submission, key, partial(_answer, today), 200)


def _found(request: Request, handoff_id: UUID) -> RecordedHandoff:
    return known(find_handoff(context_of(request).database.engine, handoff_id), "handoff", handoff_id)


def _answer(today: date, found: RecordedHandoff) -> Answer:
    return Answer(to_json(render_handoff(found, today)), f"/v1/handoffs/{found.handoff.terms.id}")
