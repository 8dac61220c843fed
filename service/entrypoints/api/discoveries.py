"""What AEs find out about accounts, and whether that moves them (MOVE-1, MOVE-2, MOVE-5)."""

from fastapi import APIRouter, Request, Response

from service.entrypoints.api.accounts import AccountPath
from service.entrypoints.api.auth import Classifier
from service.entrypoints.api.bodies import body_of, parsed
from service.entrypoints.api.openapi.document import example, json_body, problems
from service.entrypoints.api.openapi.samples import SAMPLE_DISCOVERY
from service.entrypoints.api.recording import IdempotencyHeader, asked_by, decision_answer, idempotency, record_one
from service.entrypoints.api.requests import DiscoveryRequest
from service.entrypoints.api.schemas import DecisionBody
from service.entrypoints.api.services import services_of
from service.usecases.record_discovery import Found, propose_discovery

router = APIRouter(tags=["Moves"])


@router.post(
    "/v1/accounts/{account_id}/discoveries",
    summary="Record a discovery",
    status_code=201,
    responses={
        201: {"model": DecisionBody, "description": "The decision, recorded.", **example(SAMPLE_DISCOVERY)},
        **problems(400, 401, 403, 404, 408, 409, 413, 415, 422, 503),
    },
    openapi_extra=json_body(
        DiscoveryRequest,
        {
            "discovered_by": "Sample AE",
            "employees": 430,
            "potential_users": 60,
            "evidence": "Organisation chart in the annual report",
            "discovered_on": "2022-04-11",
        },
    ),
)
async def record_discovery(
    request: Request, caller: Classifier, account_id: AccountPath, idempotency_key: IdempotencyHeader = None
) -> Response:
    """Decides whether the discovery moves the account, and records that; `team` is its owner from now on.

    Where nothing moves, the explanation says which clause held it back, and the summary by how much.
    """
    body = await body_of(request)
    asked = parsed(DiscoveryRequest, body)
    today = services_of(request).today()
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
