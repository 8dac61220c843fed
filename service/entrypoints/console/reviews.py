"""The VP's queue of reviews: found by what they have in common, counted, and many alike resolved at once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from service.domain.decision import RecordedDecision
from service.domain.keys import Scope
from service.domain.review_queue import Review, ReviewFilter, ReviewOrder
from service.domain.reviews import ReviewStatus
from service.entrypoints.common.acts import ResolutionsRequest
from service.entrypoints.common.context import ApiContext, context_of
from service.entrypoints.common.paging import next_cursor, position
from service.entrypoints.common.problems import ProblemError
from service.entrypoints.common.queues import ReviewQuery
from service.entrypoints.console.acting import once_of
from service.entrypoints.console.facets import Pairs, asked_pairs, path_with
from service.entrypoints.console.fields import Typed, elsewhere, fields_of
from service.entrypoints.console.pages import PageRoute, page, segment
from service.entrypoints.console.review_facets import PATH, review_chips, review_facets, without
from service.entrypoints.console.review_words import (
    REVIEW_KINDS,
    REVIEW_STATUSES,
    answers_of,
    counts_told,
    put_forward,
    recommended,
    resolved_said,
)
from service.entrypoints.console.times import how_long
from service.entrypoints.console.visitors import Needs, Visitor, visitor_of
from service.entrypoints.console.words import team_words
from service.store.database import Database
from service.store.decisions import find_decisions
from service.store.reviews import count_reviews, find_review, page_of_reviews
from service.usecases.resolve_review import with_outcomes

router = APIRouter(route_class=PageRoute, include_in_schema=False)


class ReviewsAsked(ReviewQuery):
    """Which reviews to list: open ones, unless others are named; the oldest first."""

    status: list[ReviewStatus] = Field([ReviewStatus.OPEN], description="Where it stands.")
    sort: ReviewOrder = Field(ReviewOrder.OLDEST, description="Which come first, of those that block and of others.")
    limit: Annotated[int, Field(ge=1, le=100)] = 50


@router.get(PATH)
def list_reviews(
    request: Request, _: Annotated[Visitor, Depends(Needs(Scope.READ))], asked: Annotated[ReviewsAsked, Query()]
) -> Response:
    """A page of reviews, those that block first, and what they can be narrowed down by."""
    return show_reviews(request, asked, asked_pairs(request), {}, None)


def show_reviews(
    request: Request, asked: ReviewsAsked, pairs: Pairs, typed: Typed, problem: ProblemError | None
) -> Response:
    """The queue, with what was typed into the form that resolves many."""
    context, visitor = context_of(request), visitor_of(request)
    database, wanted = context.database, asked.wanted()
    if not any(name == "status" for name, _ in pairs):
        pairs = [*pairs, ("status", ReviewStatus.OPEN.value)]
    found = _queue(database, asked, wanted)
    shown = with_outcomes(database, found[: asked.limit], context.today())
    fields = fields_of(ResolutionsRequest, typed, problem, only=("segment", "reason"))
    may = visitor is not None and Scope.REVIEW in visitor.scopes
    more = next_cursor(shown[-1].id) if len(found) > asked.limit else ""
    view = {
        "reviews": _rows(context, shown, typed),
        "total": sum(each.count for each in count_reviews(database.engine, wanted)),
        "facets": review_facets(database, wanted, pairs),
        "chips": review_chips(pairs),
        "is_any": any(each.status is ReviewStatus.OPEN for each in shown),
        "may": may,
        "fields": fields,
        "wrong": elsewhere(problem, fields),
        "once": once_of(request, typed),
        "action": path_with(f"{PATH}/resolutions", request.query_params.multi_items()),
        "sorts": [
            (text, asked.sort is order, path_with(PATH, [*without(pairs, "sort"), ("sort", order.value)]))
            for order, text in ((ReviewOrder.OLDEST, "Oldest first"), (ReviewOrder.NEWEST, "Newest first"))
        ],
        "next": path_with(PATH, [*pairs, ("cursor", more)]) if more else "",
        "first": path_with(PATH, pairs) if asked.cursor else "",
    }
    return page(request, "reviews.html", "Reviews", view)


def _queue(database: Database, asked: ReviewsAsked, wanted: ReviewFilter) -> list[Review]:
    """Those that block, and behind them all others: one more than the page has, where there are more."""
    behind, groups = position(asked.cursor), [True, False] if wanted.blocking is None else [wanted.blocking]
    last = None if behind is None else find_review(database.engine, behind)
    if last is not None and not last.blocking:
        groups = groups[-1:]
    found: list[Review] = []
    for number, blocking in enumerate(groups):
        room, of = asked.limit + 1 - len(found), replace(wanted, blocking=blocking)
        if room > 0:
            from_here = behind if number == 0 else None
            found += page_of_reviews(database.engine, of, limit=room, order=asked.sort, behind=from_here)
    return found


def _rows(context: ApiContext, reviews: Sequence[Review], typed: Typed) -> list[dict[str, object]]:
    ids = {each.resolution.decision_id for each in reviews if each.resolution is not None}
    led = find_decisions(context.database.engine, {each for each in ids if each is not None})
    return [_row(context, each, led.get(_led_to(each)), typed) for each in reviews]


def _led_to(review: Review) -> UUID:
    said = review.resolution
    return review.id if said is None or said.decision_id is None else said.decision_id


def _row(context: ApiContext, review: Review, led: RecordedDecision | None, typed: Typed) -> dict[str, object]:
    decision = review.standing.decision
    account = decision.facts.account
    which, why = recommended(review)
    return {
        "id": str(review.id),
        "field": f"review.{review.id}",
        "is_open": review.status is ReviewStatus.OPEN,
        "ticked": f"review.{review.id}" in typed,
        "path": f"{PATH}/{segment(review.id)}",
        "name": account.name or review.account_id,
        "region": account.region or "region not known",
        "team": team_words(decision.team),
        "kind": REVIEW_KINDS[review.kind],
        "blocking": review.blocking,
        "status": REVIEW_STATUSES[review.status],
        "age": how_long(context.now() - review.opened_at),
        "counts": counts_told(review.decision.decision.facts.employee_counts),
        "put_forward": put_forward(review),
        "answers": answers_of(review),
        "said": resolved_said(review, led),
        "recommended": which,
        "why": why,
    }
