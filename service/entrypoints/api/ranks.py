"""Account ranks: the rank of an account, what it was before, and the book of an account executive by rank."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from service.domain.ranks import Rank, StatedRank
from service.domain.terms import Segment
from service.entrypoints.api.accounts import AccountPath
from service.entrypoints.api.auth import HandoffTaker, Reader
from service.entrypoints.api.bodies import JsonResponse, read_request
from service.entrypoints.api.openapi.answers import NEXT_PAGE, answers, as_json, refuses, takes
from service.entrypoints.api.recording import IdempotencyHeader, answer_of
from service.entrypoints.common.context import context_of
from service.entrypoints.common.encoding import to_json
from service.entrypoints.common.paging import Cursor, Limit, page, position
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.problems import FieldError, invalid_request, known
from service.entrypoints.common.wanted import PersonNamed
from service.entrypoints.views.ranks import (
    RankBody,
    RankHistoryPage,
    RankPage,
    render_book,
    render_given,
    render_rank,
)
from service.store.once import Answer
from service.usecases.rank_books import RankFilter, UnknownPlaceError, book_of
from service.usecases.ranks import Now, StandingRank, find_rank, give_rank, page_of_rank_history

router = APIRouter(route_class=CheckedRoute, tags=["Ranks"])
_PATH = "/v1/accounts/{account_id}/rank"


class RanksQuery(BaseModel):
    """Whose ranks to list, and which of them."""

    account_executive: PersonNamed = Field(description="Whose: by a person's id, CRM user id, email or name.")
    rank: list[Rank] = Field([], description="The rank.")
    segment: list[Segment] = Field([], description="The segment that the account stands on.")
    stale: bool | None = Field(None, description="Whether it is stale (RANK-4).")
    limit: Limit = 50
    cursor: Cursor = None


class RankHistoryQuery(BaseModel):
    """From where on a history is listed."""

    limit: Limit = 50
    cursor: Cursor = None


@router.put(
    _PATH,
    summary="Give an account its rank",
    responses=answers(200, "The rank, as it stands now.", as_json(RankBody, "rank"))
    | answers(201, "The same, of an account that had none.", as_json(RankBody, "rank"))
    | refuses(404),
    openapi_extra=takes(as_json(StatedRank, "rank_request")),
)
async def put_rank(
    request: Request, caller: HandoffTaker, account_id: AccountPath, idempotency_key: IdempotencyHeader = None
) -> Response:
    """Records the rank, with why and from where that is known. What stands word by word is not recorded again.

    An SMB rank 1 without a place (RANK-3) is refused with 409, which names who has one; so is who is not the owner.
    """
    stated, key = await read_request(StatedRank, request, caller, idempotency_key)
    context = context_of(request)
    now = Now(context.now(), context.today(), context.new_id)
    give = partial(give_rank, context.database, account_id, stated, caller.asked, now, key, _told)
    done = await run_in_threadpool(give)
    return answer_of(done, 201 if done.answer.reference else 200)


def _told(standing: StandingRank) -> Answer:
    # Where it is to be found is told of a first one alone: so the status is known when the answer is given again.
    found_at = f"/v1/accounts/{standing.held.account_id}/rank" if standing.is_new else ""
    return Answer(to_json(render_rank(standing)), found_at)


@router.get(
    _PATH,
    summary="Get an account's rank",
    responses=answers(200, "The rank.", as_json(RankBody, "rank")),
)
def get_rank(request: Request, _: Reader, account_id: AccountPath) -> Response:
    """The rank that was given last, with its meaning in the account's segment, and what each rule asks of it today."""
    context = context_of(request)
    found = find_rank(context.database, account_id, context.today())
    return JsonResponse(render_rank(known(found, "rank of account", account_id)))


@router.get(
    f"{_PATH}/history",
    summary="List what ranks an account was given",
    responses=answers(200, "A page of ranks.", as_json(RankHistoryPage, "rank_history"), NEXT_PAGE) | refuses(404),
)
def get_rank_history(
    request: Request, _: Reader, account_id: AccountPath, asked: Annotated[RankHistoryQuery, Query()]
) -> Response:
    """Newest first: each with the one before it, who gave it, and why."""
    database, before = context_of(request).database, position(asked.cursor)
    found = page_of_rank_history(database, account_id, limit=asked.limit + 1, before=before)
    items = [render_given(each) for each in found[: asked.limit]]
    return page(request, RankHistoryPage(items=items), [each.id for each in found], asked.limit)


@router.get(
    "/v1/ranks",
    summary="List ranks",
    responses=answers(200, "A page of ranks.", as_json(RankPage, "rank_page"), NEXT_PAGE),
)
def list_ranks(request: Request, _: Reader, asked: Annotated[RanksQuery, Query()]) -> Response:
    """The book of an account executive by rank, the newest first, with how many accounts have each rank."""
    context = context_of(request)
    wanted = RankFilter(rank=asked.rank, segment=asked.segment, stale=asked.stale)
    after = position(asked.cursor)
    try:
        book = book_of(
            context.database, asked.account_executive, wanted, context.today(), limit=asked.limit + 1, after=after
        )
    except UnknownPlaceError:
        raise invalid_request([FieldError("cursor", "is not of a page before")]) from None
    body = render_book(book)
    body["items"] = body["items"][: asked.limit]
    return page(request, body, [each.record.id for each in book.ranks], asked.limit)
