"""The page of a review: both sides' numbers, what each answer leads to, and what the VP says; and the acts on it."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from service.domain.decision import Kind, RecordedDecision
from service.domain.errors import DomainError
from service.domain.facts import VpDecision
from service.domain.keys import Scope
from service.domain.review_queue import Review
from service.domain.reviews import ReviewStatus
from service.entrypoints.common.acts import ResolutionRequest, ResolutionsRequest
from service.entrypoints.common.context import ApiContext, context_of
from service.entrypoints.common.problems import FieldError, ProblemError, invalid_request, known
from service.entrypoints.console.acting import act, once_key, once_of, record
from service.entrypoints.console.facets import asked_pairs, path_with
from service.entrypoints.console.fields import FieldView, Typed, elsewhere, fields_of, read, wrong_of
from service.entrypoints.console.pages import PageRoute, page, segment
from service.entrypoints.console.review_facets import PATH
from service.entrypoints.console.review_words import (
    REVIEW_KINDS,
    REVIEW_STATUSES,
    Answer,
    answer_said,
    answers_of,
    counts_told,
    put_forward,
    recommended,
    rejection_said,
    resolved_said,
    stands_said,
)
from service.entrypoints.console.reviews import ReviewsAsked, show_reviews
from service.entrypoints.console.times import at_instant, how_long
from service.entrypoints.console.visitors import Acts, Needs, Visitor, visitor_of
from service.entrypoints.console.words import team_words
from service.entrypoints.views.reviews import render_review
from service.store.decisions import find_decision, page_of_decisions
from service.store.filters import DecisionFilter
from service.store.once import Answer as Told
from service.store.once import Once
from service.store.recording import Submission, allow_refusal
from service.store.reviews import find_review, find_reviews
from service.usecases.resolve_review import outcomes_now, rejection_of, resolution_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)
ReviewId = Annotated[UUID, Path(description="The review's identifier.")]
_REJECTED = "REJECTED"
_TICK = "review."
_MOST_SAID = 20


@router.get(PATH + "/{review_id}")
def get_review(request: Request, _: Annotated[Visitor, Depends(Needs(Scope.READ))], review_id: ReviewId) -> Response:
    """A review."""
    return _show(request, review_id, {}, None)


@router.post(PATH + "/{review_id}/resolution")
async def resolve_review(
    request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.REVIEW))], review_id: ReviewId
) -> Response:
    """Record what the VP says: a segment, or that a dispute is rejected; of a resolved review, anew."""

    async def do() -> str:
        form = dict(visitor.form)
        answer = form.pop("segment", "")
        said = {"segment": "", "rejected": "yes"} if answer == _REJECTED else {"segment": answer}
        asked = read(ResolutionRequest, form | said)
        context = context_of(request)
        found = known(await run_in_threadpool(find_review, context.database.engine, review_id), "review", review_id)
        if asked.segment is None:
            rejection = rejection_of(found, asked.reason, visitor.asked)
            return await record(request, visitor, rejection, lambda made: f"{PATH}/{segment(made.id)}")
        verdict = VpDecision(segment=asked.segment, reason=asked.reason, decided_by=visitor.name)
        resolution = resolution_of(found, verdict, context.today(), visitor.asked, revises=asked.revises)
        return await record(request, visitor, resolution, lambda _: f"{PATH}/{segment(review_id)}")

    return await act(visitor, partial(_show, request, review_id), do)


def _show(request: Request, review_id: UUID, typed: Typed, problem: ProblemError | None) -> Response:
    context, visitor = context_of(request), visitor_of(request)
    engine = context.database.engine
    review = known(find_review(engine, review_id), "review", review_id)
    revises = review.status is ReviewStatus.RESOLVED
    if revises or review.status is ReviewStatus.OPEN:
        outcomes = outcomes_now(context.database, review, context.today())
        review = Review(**{name: getattr(review, name) for name in Review.__slots__} | {"outcomes": outcomes})
    account, fields = review.standing.decision.facts.account, _fields(review, typed, problem)
    which, why = recommended(review)
    view = {
        "path": f"{PATH}/{segment(review_id)}",
        "account_id": review.account_id,
        "account_path": f"/console/accounts/{segment(review.account_id)}",
        "name": account.name or review.account_id,
        "region": account.region or "region not known",
        "kind": REVIEW_KINDS[review.kind],
        "status": REVIEW_STATUSES[review.status],
        "is_open": review.status is ReviewStatus.OPEN,
        "revises": revises,
        "blocking": review.blocking,
        "stands": stands_said(review.standing),
        "opened": at_instant(review.opened_at, context.zone),
        "age": how_long(context.now() - review.opened_at),
        "dispute": review.dispute,
        "counts": counts_told(review.decision.decision.facts.employee_counts),
        "put_forward": put_forward(review),
        "answers": answers_of(review),
        "recommended": which,
        "why": why,
        "said": _said(context, review),
        "before": _said_before(context, review),
        "text": render_review(review)["chatter_text"],
        "may": visitor is not None and Scope.REVIEW in visitor.scopes,
        "fields": fields,
        "wrong": elsewhere(problem, fields),
        "once": once_of(request, typed),
    }
    return page(request, "review.html", f"{REVIEW_KINDS[review.kind]}: {view['name']}", view)


def _fields(review: Review, typed: Typed, problem: ProblemError | None) -> list[FieldView]:
    """The answers that there are, as what they lead to, and the reason."""
    answers = answers_of(review)
    if review.dispute is not None and review.status is ReviewStatus.OPEN:
        answers = [*answers, Answer(_REJECTED, rejection_said(review))]
    choice = FieldView(
        name="segment",
        label="Your answer",
        kind="radio",
        hint="It may go against the recommendation.",
        required=True,
        value=typed.get("segment", ""),
        error=wrong_of(problem).get("segment", ""),
        most=None,
        choices=[(each.value, each.says + (" Recommended." if each.recommended else "")) for each in answers],
    )
    return [choice, *fields_of(ResolutionRequest, typed, problem, only=("reason",))]


def _said(context: ApiContext, review: Review) -> dict[str, object] | None:
    """What leads, or that a dispute was rejected."""
    found = review.resolution
    if found is None:
        return None
    led = None if found.decision_id is None else find_decision(context.database.engine, found.decision_id)
    return {
        "says": resolved_said(review, led),
        "reason": found.reason,
        "by": found.decided_by,
        "at": at_instant(found.decided_at, context.zone),
        "path": "" if found.decision_id is None else f"/console/decisions/{segment(found.decision_id)}",
    }


def _said_before(context: ApiContext, review: Review) -> list[dict[str, object]]:
    """What the VP said of the account before what leads now, newest first."""
    wanted = DecisionFilter(account_id=review.account_id, kind=(Kind.REVIEW,))
    found = page_of_decisions(context.database.engine, wanted, limit=_MOST_SAID)
    leads = None if review.resolution is None else review.resolution.decision_id
    return [_said_in(each, context) for each in found if each.id != leads]


def _said_in(recorded: RecordedDecision, context: ApiContext) -> dict[str, object]:
    verdict = recorded.decision.facts.vp_decision
    said = "" if verdict is None else answer_said(verdict.segment, recorded.team_before, recorded.decision)
    return {
        "says": said,
        "reason": "" if verdict is None else verdict.reason,
        "by": recorded.actor,
        "at": at_instant(recorded.recorded_at, context.zone),
        "path": f"/console/decisions/{segment(recorded.id)}",
    }


@router.post(PATH + "/resolutions")
async def resolve_reviews(
    request: Request, visitor: Annotated[Visitor, Depends(Acts(Scope.REVIEW))], asked: Annotated[ReviewsAsked, Query()]
) -> Response:
    """Record one answer to the reviews that are ticked, each by itself, and say what became of each."""

    async def do() -> Response:
        ticked = [name.removeprefix(_TICK) for name in visitor.form if name.startswith(_TICK)]
        if not ticked:
            raise invalid_request([FieldError("reviews", "Tick the reviews that you answer")])
        typed = {name: value for name, value in visitor.form.items() if not name.startswith(_TICK)}
        told = await _resolved(request, visitor, read(ResolutionsRequest, typed, reviews=ticked))
        return await run_in_threadpool(_show_resolved, request, told)

    def show(typed: Typed, problem: ProblemError | None) -> Response:
        return show_reviews(request, asked, asked_pairs(request), typed, problem)

    return await act(visitor, show, do)


async def _resolved(request: Request, visitor: Visitor, asked: ResolutionsRequest) -> list[dict[str, str]]:
    """What became of each review; a form that is sent again is told what it was told before."""
    context = context_of(request)
    found = await run_in_threadpool(find_reviews, context.database.engine, asked.reviews)
    missing = set(asked.reviews) - {review.id for review in found}
    if missing:
        raise ProblemError("not_found", f"There is no review {missing.pop()}")
    if len({review.kind for review in found}) > 1:
        raise invalid_request(
            [FieldError("reviews", "These are reviews of more than one kind: answer one kind at once")]
        )
    verdict = VpDecision(segment=asked.segment, reason=asked.reason, decided_by=visitor.name)
    submissions: list[Submission[RecordedDecision | DomainError]] = [
        allow_refusal(resolution_of(each, verdict, context.today(), visitor.asked)) for each in found
    ]

    def answer(made: Sequence[RecordedDecision | DomainError]) -> Told:
        return Told(orjson.dumps([_result(review, each) for review, each in zip(found, made, strict=True)]))

    done = await context.database.recorder.record_once(submissions, Once(once_key(request, visitor), answer))
    results: list[dict[str, str]] = orjson.loads(done.answer.body)
    return results


def _result(review: Review, made: RecordedDecision | DomainError) -> dict[str, str]:
    verdict = made.decision.facts.vp_decision if isinstance(made, RecordedDecision) else None
    if not isinstance(made, RecordedDecision) or verdict is None:
        said, style, word = str(made), "pending", "Not resolved"
    else:
        said, style, word = answer_said(verdict.segment, made.team_before, made.decision), "final", "Resolved"
    account = review.standing.decision.facts.account
    return {
        "path": f"{PATH}/{segment(review.id)}",
        "name": account.name or review.account_id,
        "team": team_words(review.standing.decision.team),
        "says": said,
        "style": style,
        "word": word,
    }


def _show_resolved(request: Request, told: list[dict[str, str]]) -> Response:
    resolved = sum(each["style"] == "final" for each in told)
    view = {
        "results": told,
        "resolved": resolved,
        "others": len(told) - resolved,
        "back": path_with(PATH, asked_pairs(request)),
    }
    return page(request, "reviews_resolved.html", "What became of each review", view)
