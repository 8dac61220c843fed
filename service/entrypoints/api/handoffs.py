"""First Order handoffs: started, looked at, and taken step by step by the two sides (HAND-1 to HAND-7)."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from service.domain.fields import AccountId
from service.domain.handoff.state import HandoffStatus
from service.domain.terms import Team
from service.entrypoints.api.auth import HandoffTaker, Reader
from service.entrypoints.api.bodies import body_of, parsed
from service.entrypoints.api.follow_up_schemas import HandoffBody, HandoffPage, HandoffSummaryBody
from service.entrypoints.api.openapi.document import NEXT_PAGE, example, json_body, problems
from service.entrypoints.api.openapi.samples import SAMPLE_HANDOFF
from service.entrypoints.api.paging import Cursor, Limit, page, position
from service.entrypoints.api.problems import ProblemError
from service.entrypoints.api.recording import IdempotencyHeader, asked_by, idempotency, record_one
from service.entrypoints.api.requests import HandoffRequest
from service.entrypoints.api.services import services_of
from service.entrypoints.views.encoding import to_json
from service.entrypoints.views.handoffs import handoff_body, handoff_summary
from service.store.decisions import team_as_prospect
from service.store.handoffs import HandoffFilter, find_handoff, page_of_handoffs
from service.store.recording import Answer, RecordedHandoff
from service.usecases.handoffs import propose_handoff

router = APIRouter(tags=["Handoffs"])
HandoffId = Annotated[UUID, Path(description="The handoff's identifier.")]
REFUSALS = problems(400, 401, 403, 404, 408, 409, 413, 415, 422, 503)


class HandoffQuery(BaseModel):
    """Which handoffs to list."""

    model_config = ConfigDict(extra="forbid")

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
        return HandoffFilter(
            account_id=self.account_id,
            status=self.status,
            receiver=self.receiver,
            due_before=due_before,
            due_from=due_from,
        )


@router.post(
    "/v1/handoffs",
    summary="Start a handoff",
    status_code=201,
    responses={
        201: {"model": HandoffBody, "description": "The handoff, recorded.", **example(SAMPLE_HANDOFF)},
        **REFUSALS,
    },
    openapi_extra=json_body(
        HandoffRequest,
        {
            "account_id": "0018a00001XyZaBAAV",
            "opportunity_id": "0068a00001AbCdEAAV",
            "closed_on": "2022-06-01",
            "first_order_ae": "Sample First Order AE",
            "named_ae": "Sample Named AE",
            "initial_amount": "18000.00",
            "immediate_potential": "1500.00",
            "total_users": 240,
            "net_arr": "18000.00",
        },
    ),
)
async def start_handoff(request: Request, caller: HandoffTaker, idempotency_key: IdempotencyHeader = None) -> Response:
    """Starts the handoff of a First Order account that was won: who receives it, whether an email will do, by when.

    The account stays with MMKAFO until every required item is ticked. Unknown users, or a receiver in question, are
    escalated.
    """
    body = await body_of(request)
    asked = parsed(HandoffRequest, body)
    services = services_of(request)
    team = await run_in_threadpool(team_as_prospect, services.database.engine, asked.account_id)
    today = services.today()
    submission = propose_handoff(
        asked.account_id, asked, asked.in_question, team, services.new_id(), today, asked_by(caller)
    )
    key = idempotency(request, caller, idempotency_key, body)
    return await record_one(request, submission, key, handoff_answer(today), 201)


@router.get(
    "/v1/handoffs",
    summary="List handoffs",
    responses={
        200: {
            "model": HandoffPage,
            "description": "A page of handoffs.",
            "headers": NEXT_PAGE,
            **example({"items": [{name: SAMPLE_HANDOFF[name] for name in HandoffSummaryBody.model_fields}]}),
        },
        **problems(401, 403, 422, 503),
    },
)
def list_handoffs(request: Request, caller: Reader, asked: Annotated[HandoffQuery, Query()]) -> Response:
    """Newest first, each with where it stands."""
    del caller
    services = services_of(request)
    today = services.today()
    engine = services.database.engine
    found = page_of_handoffs(engine, asked.wanted(today), limit=asked.limit + 1, before=position(asked.cursor))
    identifiers = [each.handoff.terms.id for each in found]
    return page(request, [handoff_summary(each, today) for each in found], identifiers, asked.limit)


@router.get(
    "/v1/handoffs/{handoff_id}",
    summary="Get a handoff",
    responses={
        200: {"model": HandoffBody, "description": "The handoff.", **example(SAMPLE_HANDOFF)},
        **problems(401, 403, 404, 422, 503),
    },
)
def get_handoff(request: Request, caller: Reader, handoff_id: HandoffId) -> Response:
    """A handoff with its checklist, its steps so far, and the texts to paste."""
    del caller
    found = found_handoff(request, handoff_id)
    return Response(to_json(handoff_body(found, services_of(request).today())), media_type="application/json")


def found_handoff(request: Request, handoff_id: UUID) -> RecordedHandoff:
    """The handoff that a path names.

    Raises:
        ProblemError: there is none.
    """
    found = find_handoff(services_of(request).database.engine, handoff_id)
    if found is None:
        raise ProblemError("not_found", f"There is no handoff {handoff_id}")
    return found


def handoff_answer(today: date) -> Callable[[RecordedHandoff], Answer]:
    """The answer about one handoff, as it stands on a day."""
    return lambda found: Answer(to_json(handoff_body(found, today)), f"/v1/handoffs/{found.handoff.terms.id}")
