"""First Order handoffs: started, and looked at (HAND-1 to HAND-3)."""

from datetime import date, timedelta
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AfterValidator, BaseModel, Field
from starlette.concurrency import run_in_threadpool

from service.domain.fields import AccountId, Prose
from service.domain.handoff.recorded import RecordedHandoff
from service.domain.handoff.state import HandoffStatus
from service.domain.people import SeveralPeopleError
from service.domain.terms import Team
from service.domain.triggers import Opportunity
from service.entrypoints.api.auth import HandoffTaker, Reader
from service.entrypoints.api.bodies import JsonResponse, read_request
from service.entrypoints.api.decisions import COUNTED_BY, each_once
from service.entrypoints.api.listing import AS_LINES, Listed, answered
from service.entrypoints.api.openapi.answers import NEXT_PAGE, answers, as_json, refuses, takes
from service.entrypoints.api.recording import IdempotencyHeader, record_one
from service.entrypoints.common.context import ApiContext, context_of
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.lines import FlatLines
from service.entrypoints.common.paging import Cursor, Limit
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.problems import FieldError, invalid_request, known
from service.entrypoints.views.handoffs import (
    HandoffBody,
    HandoffCounts,
    HandoffPage,
    HandoffSummaryBody,
    render_handoff,
    render_handoff_counts,
    render_handoff_summary,
)
from service.store.decisions import team_as_prospect
from service.store.delivery.posts import posts_about
from service.store.handoffs import HandoffFilter, count_handoffs, find_handoff, page_of_handoffs
from service.store.once import Answer
from service.store.recording import Submission
from service.usecases.handoffs import prepare_handoff
from service.usecases.people import names_of

router = APIRouter(route_class=CheckedRoute, tags=["Handoffs"])
HandoffId = Annotated[UUID, Path(description="The handoff's identifier.")]


class HandoffRequest(Opportunity):
    """A First Order opportunity that was closed won (HAND-1 to HAND-3). Amounts are in USD."""

    account_id: AccountId = Field(description="The account, owned by MMKAFO.")
    in_question: Prose | None = Field(None, description="Why who receives the account is in question, where it is.")


class HandoffWanted(BaseModel):
    """Which handoffs are asked for."""

    account_id: AccountId | None = Field(None, description="Of this account.")
    status: HandoffStatus | None = Field(None, description="Where it stands.")
    receiver: Team | None = Field(None, description="The team that receives the account.")
    overdue: bool | None = Field(None, description="True: the week is over without two-way communication (HAND-3).")
    due_within: Annotated[int, Field(ge=0, le=365)] | None = Field(
        None, description="Due within so many days from today, and without two-way communication so far."
    )
    account_executive: Annotated[str, Field(min_length=1, max_length=255)] | None = Field(
        None,
        description="The First Order AE or the one who takes over: a name, or a person's id, CRM user id or email.",
    )

    def wanted(self, context: ApiContext, today: date) -> HandoffFilter:
        """What is asked for, on a day."""
        due_before = due_from = None
        if self.due_within is not None:
            due_before, due_from = today + timedelta(days=self.due_within + 1), today
        if self.overdue is not None:
            due_before, due_from = (today, None) if self.overdue else (due_before, today)
        stated = self.model_dump(include={"account_id", "status", "receiver"})
        executives = names_asked(context, self.account_executive, "account_executive", today)
        return HandoffFilter(**stated, due_before=due_before, due_from=due_from, executives=executives)


class HandoffQuery(HandoffWanted):
    """Which handoffs to list."""

    limit: Limit = 50
    cursor: Cursor = None


class HandoffCountQuery(HandoffWanted):
    """Which handoffs to count, and by what."""

    by: Annotated[
        list[Literal["first_order_ae", "named_ae", "status", "receiver"]], AfterValidator(each_once), COUNTED_BY
    ]


def names_asked(context: ApiContext, named: str | None, parameter: str, today: date) -> tuple[str, ...] | None:
    """What a person who is asked for may have been called; None where nobody is."""
    try:
        return None if named is None else names_of(context.database, named, today, parameter)
    except SeveralPeopleError as error:
        raise invalid_request([FieldError(parameter, str(error))]) from error


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
    return await record_one(request, submission, key, partial(answer_with, today), 201)


@router.get(
    "/v1/handoffs",
    summary="List handoffs",
    responses=answers(200, "A page of handoffs.", as_json(HandoffPage, "handoff_page") | AS_LINES, NEXT_PAGE)
    | refuses(406),
)
def list_handoffs(request: Request, caller: Reader, asked: Annotated[HandoffQuery, Query()]) -> Response:
    """Newest first, each with where it stands. As CSV or NDJSON all of them, or as many as a `limit` that is stated."""
    context = context_of(request)
    today = context.today()
    render = partial(render_handoff_summary, today=today)
    listed = Listed(
        FlatLines("handoffs", render, HandoffSummaryBody),
        lambda found: HandoffPage(items=[render(each) for each in found]),
        lambda found: found.handoff.terms.id,
    )

    wanted = asked.wanted(context, today)

    def pages(limit: int, before: UUID | None) -> list[RecordedHandoff]:
        return page_of_handoffs(context.database.engine, wanted, limit=limit, before=before)

    return answered(request, caller.name, asked, pages, listed)


@router.get(
    "/v1/handoffs/counts",
    summary="Count handoffs",
    responses=answers(200, "The counts.", as_json(HandoffCounts, "handoff_counts")),
)
def handoff_counts(request: Request, _: Reader, asked: Annotated[HandoffCountQuery, Query()]) -> Response:
    """How many handoffs a list with the same filters has, by up to three values, the largest first."""
    context = context_of(request)
    wanted = asked.wanted(context, context.today())
    return JsonResponse(render_handoff_counts(count_handoffs(context.database.engine, wanted, asked.by)))


@router.get(
    "/v1/handoffs/{handoff_id}",
    summary="Get a handoff",
    responses=answers(200, "The handoff.", as_json(HandoffBody, "handoff")),
)
def get_handoff(request: Request, _: Reader, handoff_id: HandoffId) -> Response:
    """A handoff with its checklist, its steps so far, and the texts to paste."""
    found = handoff_found(request, handoff_id)
    context = context_of(request)
    posts = posts_about(context.database.engine, [handoff_id])[handoff_id]
    return JsonResponse(render_handoff(found, context.today(), posts))


def handoff_found(request: Request, handoff_id: UUID) -> RecordedHandoff:
    """The handoff of this identifier; a problem, 404, where there is none."""
    return known(find_handoff(context_of(request).database.engine, handoff_id), "handoff", handoff_id)


def answer_with(today: date, found: RecordedHandoff) -> Answer:
    """What a request that started a handoff, or took a step of it, is answered with."""
    return Answer(to_json(render_handoff(found, today)), f"/v1/handoffs/{found.handoff.terms.id}")
