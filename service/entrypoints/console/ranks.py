"""Account ranks: that of an account, with what it was before and the form that gives it, and a book by rank."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from service.domain.fields import AccountId
from service.domain.keys import Scope
from service.domain.ranks import MEANINGS, Rank, StatedRank
from service.domain.sales_records import SalesRecord
from service.domain.terms import Segment
from service.domain.wording import ANSWERS
from service.entrypoints.common.context import ApiContext, context_of
from service.entrypoints.common.paging import Cursor, next_cursor, position
from service.entrypoints.common.problems import FieldError, ProblemError, invalid_request, known
from service.entrypoints.common.wanted import PersonNamed
from service.entrypoints.console.acting import act, leading_to, once_key, once_of
from service.entrypoints.console.fields import Typed, elsewhere, fields_of, read
from service.entrypoints.console.pages import PageRoute, page, query, segment
from service.entrypoints.console.times import at_instant, on_day
from service.entrypoints.console.visitors import Acts, Needs, Visitor
from service.entrypoints.console.words import Pill, segment_words
from service.entrypoints.views.ranks import meaning_of
from service.store.decisions import standing_decision
from service.usecases.rank_books import RankFilter, UnknownPlaceError, book_of
from service.usecases.ranks import Now, StandingRank, find_rank, give_rank, page_of_rank_history, read_given

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_PATH, _BOOK = "/console/accounts/{account_id}/rank", "/console/ranks"
_ENTRIES, _ON_A_PAGE = 25, 50
_STALE, _CURRENT = Pill("provisional", "Stale"), Pill("final", "Current")


class RankPageAsked(BaseModel):
    """From where on the history of a rank is shown."""

    cursor: Cursor = None


class BookAsked(BaseModel):
    """Whose ranks to list, and which of them."""

    account_executive: PersonNamed | None = None
    rank: Rank | None = None
    segment: Segment | None = None
    stale: bool | None = Field(None, description="Whether it is stale.")
    cursor: Cursor = None


@router.get(_PATH)
def get_rank(
    request: Request,
    visitor: Annotated[Visitor, Depends(Needs(Scope.READ))],
    account_id: AccountId,
    asked: Annotated[RankPageAsked, Query()],
) -> Response:
    """The rank of an account, what is asked of it, and what it was before; with the form that gives one."""
    return _show(request, visitor, account_id, asked.cursor, {}, None)


@router.post(_PATH)
async def set_rank(
    request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.HANDOFF))], account_id: AccountId
) -> Response:
    """Give an account its rank."""
    path = f"/console/accounts/{segment(account_id)}/rank"

    async def do() -> str:
        context, stated = context_of(request), read(StatedRank, visitor.form)
        now, key = Now(context.now(), context.today(), context.new_id), once_key(request, visitor)
        give = partial(give_rank, context.database, account_id, stated, visitor.asked, now, key)
        done = await run_in_threadpool(give, lambda _: leading_to(path))
        return done.answer.reference

    return await act(visitor, partial(_show, request, visitor, account_id, None), do)


@router.get(_BOOK)
def list_ranks(
    request: Request, _: Annotated[Visitor, Depends(Needs(Scope.READ))], asked: Annotated[BookAsked, Query()]
) -> Response:
    """An account executive's accounts by rank, with the top places that are taken."""
    context, book = context_of(request), None
    kept = asked.model_dump(mode="json", exclude_none=True, exclude={"cursor"})
    if asked.account_executive is not None:
        wanted = RankFilter(
            rank=() if asked.rank is None else (asked.rank,),
            segment=() if asked.segment is None else (asked.segment,),
            stale=asked.stale,
        )
        after = position(asked.cursor)
        try:
            book = book_of(
                context.database, asked.account_executive, wanted, context.today(), limit=_ON_A_PAGE + 1, after=after
            )
        except UnknownPlaceError:
            raise invalid_request([FieldError("cursor", "is not of a page before")]) from None
    shown = () if book is None else book.ranks[:_ON_A_PAGE]
    has_more = book is not None and len(book.ranks) > _ON_A_PAGE
    view = {
        "path": _BOOK,
        "whose": asked.account_executive or "",
        "ranks": [rank_view(each) for each in shown],
        "counts": [] if book is None else list(book.counts.items()),
        "stale": 0 if book is None else book.stale,
        "taken": 0 if book is None else book.taken,
        "places": 0 if book is None else book.policy.parameters.top_places,
        "choices": [(each.value, each.value) for each in Rank],
        "segments": [(each.value, segment_words(each)) for each in Segment],
        "asked": kept | ({} if asked.stale is None else {"stale": str(asked.stale).lower()}),
        "next": query(_BOOK, **kept, cursor=next_cursor(shown[-1].record.id)) if has_more else "",
        "first": query(_BOOK, **kept) if asked.cursor else "",
    }
    return page(request, "ranks.html", "Ranks", view)


def rank_view(standing: StandingRank) -> dict[str, object]:
    """A rank that stands, as pages print it."""
    held, given, citation = standing.held, standing.given, meaning_of(standing.held)
    return {
        "rank": given.rank,
        "meaning": "" if citation is None else f"{citation.gist[0].upper()}{citation.gist[1:]}.",
        "source": "" if citation is None else f"{citation.heading}, {citation.item}",
        "status": _STALE if standing.stale else _CURRENT,
        "why_stale": list(standing.stale),
        "has_place": standing.has_place,
        "name": standing.name or held.account_id,
        "path": f"/console/accounts/{segment(held.account_id)}/rank",
        "segment": segment_words(held.segment),
        "by": given.account_executive,
        "book": query(_BOOK, account_executive=given.account_executive),
        "on": on_day(given.ranked_on),
        "why": [text for text in (given.reason, given.note) if text],
        "users": "" if given.potential_users is None else str(given.potential_users),
        "sources": list(given.sources),
    }


def _show(
    request: Request, visitor: Visitor, account_id: str, cursor: str | None, typed: Typed, problem: ProblemError | None
) -> Response:
    context = context_of(request)
    stands = known(standing_decision(context.database.engine, account_id), "account", account_id)
    found = find_rank(context.database, account_id, context.today())
    entries = page_of_rank_history(context.database, account_id, limit=_ENTRIES + 1, before=position(cursor))
    fields = fields_of(StatedRank, typed, problem)
    path = f"/console/accounts/{segment(account_id)}"
    has_more = len(entries) > _ENTRIES
    view = {
        "name": stands.decision.facts.account.name or account_id,
        "account_id": account_id,
        "path": path,
        "action": f"{path}/rank",
        "stands": None if found is None else rank_view(found),
        "checks": []
        if found is None
        else [(each.rule, each.text, ANSWERS[each.outcome], each.applies is False) for each in found.checks],
        "meanings": [
            (rank.value, [(segment_words(of), cited.gist) for (of, each), cited in MEANINGS.items() if each is rank])
            for rank in Rank
        ],
        "entries": [_entry(context, each) for each in entries[:_ENTRIES]],
        "next": query(f"{path}/rank", cursor=next_cursor(entries[_ENTRIES - 1].id)) if has_more else "",
        "first": f"{path}/rank" if cursor else "",
        "may_give": Scope.HANDOFF in visitor.scopes,
        "fields": fields,
        "wrong": elsewhere(problem, fields),
        "once": once_of(request, typed),
    }
    return page(request, "rank.html", "Rank", view)


def _entry(context: ApiContext, record: SalesRecord) -> dict[str, object]:
    given = read_given(record)
    came = "first given" if given.previous is None else f"{given.previous} before"
    return {
        "rank": given.rank,
        "came": "re-affirmed" if given.is_reaffirmed else came,
        "by": given.account_executive,
        "why": [text for text in (given.reason, given.note) if text],
        "users": "" if given.potential_users is None else str(given.potential_users),
        "sources": list(given.sources),
        "at": at_instant(record.recorded_at, context.zone),
        "actor": record.recorded_by,
    }
