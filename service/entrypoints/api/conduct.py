"""Conduct matters of AEs, for managers and auditors alone (MOVE-4, ROUTE-5)."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from service.domain.conduct import ConductMatter, MatterKind, RecordedMatter, is_flagged
from service.domain.fields import AccountId, Line
from service.domain.policies import BUILT_IN, Policies
from service.entrypoints.api.auth import ConductKeeper
from service.entrypoints.api.bodies import body_of, parsed
from service.entrypoints.api.follow_up_schemas import MatterBody, MatterPage, RecordedMatterBody
from service.entrypoints.api.openapi.document import NEXT_PAGE, example, json_body, problems, sample
from service.entrypoints.api.openapi.samples import SAMPLE_MATTER
from service.entrypoints.api.paging import Cursor, Limit, page, position
from service.entrypoints.api.problems import ProblemError
from service.entrypoints.api.recording import IdempotencyHeader, asked_by, idempotency, record_one
from service.entrypoints.api.requests import ConductRequest
from service.entrypoints.api.services import services_of
from service.entrypoints.views.decisions import citation_body
from service.entrypoints.views.encoding import to_json
from service.store.conduct import MatterFilter, find_matter, ignored_moves, page_of_matters
from service.store.policies import current_policies
from service.store.recording import Answer
from service.usecases.report_conduct import propose_conduct_report

router = APIRouter(tags=["Conduct"])
MatterId = Annotated[UUID, Path(description="The matter's identifier.")]


class MatterQuery(BaseModel):
    """Which matters to list."""

    model_config = ConfigDict(extra="forbid")

    account_executive: Line | None = Field(None, description="The AE.")
    account_id: AccountId | None = Field(None, description="The account that it is about.")
    kind: MatterKind | None = Field(None, description="What the AE did.")
    fiscal_year: Annotated[int, Field(ge=2000, le=9999)] | None = Field(
        None, description="The fiscal year that it counts in, by the year in which that ends."
    )
    limit: Limit = 50
    cursor: Cursor = None


def _body(recorded_matter: RecordedMatter) -> dict[str, Any]:
    matter = recorded_matter.matter
    return {
        "id": recorded_matter.id,
        "kind": matter.kind,
        "rule": matter.rule,
        "account_executive": matter.account_executive,
        "account_id": recorded_matter.account_id,
        "decision_id": recorded_matter.decision_id,
        "reason": matter.reason,
        "occurred_on": matter.occurred_on,
        "fiscal_year": matter.fiscal_year,
        "reported_by": recorded_matter.actor,
        "recorded_at": recorded_matter.recorded_at,
    }


def _with_flag(recorded_matter: RecordedMatter, times: int, policies: Policies) -> dict[str, Any]:
    """The matter, with what the AE's year comes to: flagged once moves were ignored too often (MOVE-4)."""
    matter = recorded_matter.matter
    policy = policies.on(matter.occurred_on)
    step = policy.program.moves.ignored_too_often
    flagged = is_flagged(times, policy)
    return _body(recorded_matter) | {
        "ignored_moves_in_fiscal_year": times,
        "flagged": flagged,
        "flag": {
            "rule": step.rule,
            "text": f"{step.title}." if flagged else "Not flagged.",
            "citation": citation_body(step.citation),
        },
    }


_SAMPLE = sample(_body(SAMPLE_MATTER))
_SAMPLE_WITH_FLAG = sample(_with_flag(SAMPLE_MATTER, 1, BUILT_IN))


@router.post(
    "/v1/conduct",
    summary="Report a conduct matter",
    status_code=201,
    responses={
        201: {"model": RecordedMatterBody, "description": "The matter, recorded.", **example(_SAMPLE)},
        **problems(400, 401, 403, 404, 408, 409, 413, 415, 422, 503),
    },
    openapi_extra=json_body(
        ConductRequest,
        {
            "account_executive": "Sample AE",
            "account_id": "0018a00001XyZaBAAV",
            "rule": "MOVE-1",
            "reason": "The account was found to be small, and was worked on for six weeks all the same.",
            "occurred_on": "2022-05-20",
        },
    ),
)
async def report_conduct(
    request: Request, caller: ConductKeeper, idempotency_key: IdempotencyHeader = None
) -> Response:
    """Records the matter about the account as it stands. It changes nothing about the account, nor shows there."""
    body = await body_of(request)
    asked = parsed(ConductRequest, body)
    today = services_of(request).today()
    matter = ConductMatter(
        kind=MatterKind.DEDUPLICATION if asked.rule == "ROUTE-5" else MatterKind.IGNORED_MOVE,
        account_executive=asked.account_executive,
        rule=asked.rule,
        reason=asked.reason,
        occurred_on=asked.occurred_on or today,
    )
    submission = propose_conduct_report(asked.account_id, matter, today, asked_by(caller))
    key = idempotency(request, caller, idempotency_key, body)
    return await record_one(request, submission, key, _answer, 201)


def _answer(recorded_matter: RecordedMatter) -> Answer:
    return Answer(to_json(_body(recorded_matter)), f"/v1/conduct/{recorded_matter.id}")


@router.get(
    "/v1/conduct",
    summary="List conduct matters",
    responses={
        200: {
            "model": MatterPage,
            "description": "A page of matters.",
            "headers": NEXT_PAGE,
            **example({"items": [_SAMPLE_WITH_FLAG]}),
        },
        **problems(401, 403, 422, 503),
    },
)
def list_matters(request: Request, caller: ConductKeeper, asked: Annotated[MatterQuery, Query()]) -> Response:
    """Newest first, each with whether the AE is flagged for the fiscal year in which it counts."""
    del caller
    engine = services_of(request).database.engine
    wanted = MatterFilter(**asked.model_dump(exclude={"limit", "cursor"}))
    found = page_of_matters(engine, wanted, limit=asked.limit + 1, before=position(asked.cursor))
    times, policies = ignored_moves(engine, map(_whom, found)), current_policies(engine)
    bodies = [_with_flag(matter, times.get(_whom(matter), 0), policies) for matter in found]
    return page(request, bodies, [matter.id for matter in found], asked.limit)


def _whom(recorded_matter: RecordedMatter) -> tuple[str, int]:
    return recorded_matter.matter.account_executive, recorded_matter.matter.fiscal_year


@router.get(
    "/v1/conduct/{matter_id}",
    summary="Get a conduct matter",
    responses={
        200: {"model": MatterBody, "description": "The matter.", **example(_SAMPLE_WITH_FLAG)},
        **problems(401, 403, 404, 422, 503),
    },
)
def get_matter(request: Request, caller: ConductKeeper, matter_id: MatterId) -> Response:
    """One matter, with whether the AE is flagged for its fiscal year."""
    del caller
    engine = services_of(request).database.engine
    found = find_matter(engine, matter_id)
    if found is None:
        raise ProblemError("not_found", f"There is no conduct matter {matter_id}")
    times = ignored_moves(engine, [_whom(found)])
    body = _with_flag(found, times.get(_whom(found), 0), current_policies(engine))
    return Response(to_json(body), media_type="application/json")
