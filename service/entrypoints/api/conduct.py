"""Conduct matters of AEs, for managers and auditors alone (MOVE-4, ROUTE-5)."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from service.domain.conduct import ConductMatter, MatterKind, RecordedMatter
from service.domain.fields import AccountId, Day, Frozen, Line, Prose
from service.entrypoints.api.auth import ConductKeeper
from service.entrypoints.api.bodies import JsonResponse, read_request
from service.entrypoints.api.openapi.answers import NEXT_PAGE, answers, as_json, refuses, takes
from service.entrypoints.api.recording import IdempotencyHeader, answer_about, record_all
from service.entrypoints.common.context import context_of
from service.entrypoints.common.paging import Cursor, Limit, page, position
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.problems import known
from service.entrypoints.common.wanted import PersonNamed
from service.entrypoints.views.conduct import (
    MatterBody,
    MatterPage,
    RecordedMatterBody,
    render_flagged_matter,
    render_matter,
)
from service.store.conduct import MatterFilter
from service.store.policies import current_policies
from service.usecases.conduct_matters import matter_of, matters_asked
from service.usecases.people import sellers_on
from service.usecases.report_conduct import propose_conduct_report

router = APIRouter(route_class=CheckedRoute, tags=["Conduct"])
_ANSWER = answer_about(render_matter, "/v1/conduct")
MatterId = Annotated[UUID, Path(description="The matter's identifier.")]


class ConductRequest(Frozen):
    """An AE who knowingly ignored a move, or had an account deduplicated in order to work it (MOVE-4, ROUTE-5)."""

    account_executive: Line = Field(description="The AE: a person's id, CRM user id, email or name.")
    account_id: AccountId = Field(description="The account that it is about.")
    rule: Literal["MOVE-1", "MOVE-2", "ROUTE-5"] = Field(
        "MOVE-1", description="The rule that was passed over; ROUTE-5 is the deduplication of an account."
    )
    reason: Prose = Field(description="What happened.")
    occurred_on: Day | None = Field(None, description="The day on which it happened; default today.")


class MatterQuery(BaseModel):
    """Which matters to list."""

    account_executive: PersonNamed | None = Field(
        None, description="The AE, by a person's id, CRM user id, email or name."
    )
    account_id: AccountId | None = Field(None, description="The account that it is about.")
    kind: MatterKind | None = Field(None, description="What the AE did.")
    fiscal_year: Annotated[int, Field(ge=2000, le=9999)] | None = Field(
        None, description="The fiscal year that it counts in, by the year in which that ends."
    )
    limit: Limit = 50
    cursor: Cursor = None


@router.post(
    "/v1/conduct",
    summary="Report a conduct matter",
    status_code=201,
    responses=answers(201, "The matter, recorded.", as_json(RecordedMatterBody, "matter"))
    | answers(200, "The incident was reported before: the first report.", as_json(RecordedMatterBody, "matter"))
    | refuses(404),
    openapi_extra=takes(as_json(ConductRequest, "conduct_request")),
)
async def report_conduct(
    request: Request, caller: ConductKeeper, idempotency_key: IdempotencyHeader = None
) -> Response:
    """Records the matter about the account as it stands. It changes nothing about the account, nor shows there.

    One incident (AE, account, day, rule) that is reported again is the same incident: the first report is answered.
    """
    asked, key = await read_request(ConductRequest, request, caller, idempotency_key)
    context, today = context_of(request), context_of(request).today()
    matter = ConductMatter(
        kind=MatterKind.DEDUPLICATION if asked.rule == "ROUTE-5" else MatterKind.IGNORED_MOVE,
        account_executive=asked.account_executive,
        rule=asked.rule,
        reason=asked.reason,
        occurred_on=asked.occurred_on or today,
    )
    sellers = await run_in_threadpool(sellers_on, context.database, today)
    submission = propose_conduct_report(asked.account_id, matter, sellers, today, caller.asked)
    return await record_all(request, (submission,), key, lambda made: _ANSWER(made[0]), _status)


def _status(made: Sequence[RecordedMatter] | None) -> int:
    return 200 if made and made[0].repeated else 201


@router.get(
    "/v1/conduct",
    summary="List conduct matters",
    responses=answers(200, "A page of matters.", as_json(MatterPage, "matter_page"), NEXT_PAGE),
)
def list_matters(request: Request, _: ConductKeeper, asked: Annotated[MatterQuery, Query()]) -> Response:
    """Newest first, each with whether the AE is flagged for the fiscal year in which it counts."""
    context = context_of(request)
    wanted = MatterFilter(account_id=asked.account_id, kind=asked.kind, fiscal_year=asked.fiscal_year)
    find = partial(matters_asked, context.database, asked.account_executive, wanted, context.today())
    found = find(limit=asked.limit + 1, before=position(asked.cursor))
    policies = current_policies(context.database.engine)
    items = [render_flagged_matter(each, policies) for each in found[: asked.limit]]
    return page(request, MatterPage(items=items), [each.recorded.id for each in found], asked.limit)


@router.get(
    "/v1/conduct/{matter_id}",
    summary="Get a conduct matter",
    responses=answers(200, "The matter.", as_json(MatterBody, "flagged_matter")),
)
def get_matter(request: Request, _: ConductKeeper, matter_id: MatterId) -> Response:
    """One matter, with whether the AE is flagged for its fiscal year."""
    context = context_of(request)
    found = known(matter_of(context.database, matter_id, context.today()), "conduct matter", matter_id)
    return JsonResponse(render_flagged_matter(found, current_policies(context.database.engine)))
