"""What AEs find out about accounts, and whether that moves them (MOVE-1, MOVE-2, MOVE-5)."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BeforeValidator, Field

from service.domain.fields import LARGEST_COUNT, Count, Day, Frozen, Line, Prose, never_the_customer
from service.entrypoints.api.accounts import AccountPath
from service.entrypoints.api.auth import Classifier
from service.entrypoints.api.bodies import body_of, parsed
from service.entrypoints.api.context import context_of
from service.entrypoints.api.openapi.answers import answers, as_json, refuses, takes
from service.entrypoints.api.recording import IdempotencyHeader, asked_by, decision_answer, idempotency, record_one
from service.entrypoints.views.decisions import DecisionBody
from service.usecases.record_discovery import Found, propose_discovery

router = APIRouter(tags=["Moves"])


class DiscoveryRequest(Frozen):
    """What an AE found out about an account (MOVE-1, MOVE-2, MOVE-5)."""

    discovered_by: Annotated[Line, BeforeValidator(never_the_customer)] = Field(description="The AE.")
    employees: Annotated[int, Field(ge=1, le=LARGEST_COUNT)] | None = Field(
        None, description="The number of employees; null is unknown."
    )
    potential_users: Count | None = Field(None, description="The number of potential users; null is unknown.")
    evidence: Annotated[Prose, BeforeValidator(never_the_customer)] | None = Field(
        None, description="How it was found out."
    )
    discovered_on: Day | None = Field(None, description="The day of the discovery; default today, UTC.")


@router.post(
    "/v1/accounts/{account_id}/discoveries",
    summary="Record a discovery",
    status_code=201,
    responses=answers(201, "The decision, recorded.", as_json(DecisionBody, "discovery"))
    | refuses(400, 401, 403, 404, 408, 409, 413, 415, 422, 503),
    openapi_extra=takes(as_json(DiscoveryRequest, "discovery_request")),
)
async def record_discovery(
    request: Request, caller: Classifier, account_id: AccountPath, idempotency_key: IdempotencyHeader = None
) -> Response:
    """Decides whether the discovery moves the account, and records that; `team` is its owner from now on.

    Where nothing moves, the explanation says which clause held it back, and the summary by how much.
    """
    body = await body_of(request)
    asked = parsed(DiscoveryRequest, body)
    today = context_of(request).today()
    found = Found(
        discovered_by=asked.discovered_by,
        employees=asked.employees,
        potential_users=asked.potential_users,
        evidence=asked.evidence,
        discovered_on=asked.discovered_on or today,
    )
    submission = propose_discovery(account_id, found, today, asked_by(caller))
    key = idempotency(request, caller, idempotency_key, body)
    return await record_one(request, submission, key, decision_answer, 201)
