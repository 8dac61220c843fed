"""Find decisions again: one, a page, all of them as a stream, one taken again, and what would alter it."""

from typing import Annotated, Literal, TypeVar
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from service.domain.decide import as_classification
from service.entrypoints.api.auth import Reader
from service.entrypoints.api.bodies import JsonResponse
from service.entrypoints.api.openapi.answers import NEXT_PAGE, answers, as_json, as_text, refuses
from service.entrypoints.common.accepting import CSV, JSON, NDJSON, TEXT, VARY, accepted
from service.entrypoints.common.context import context_of
from service.entrypoints.common.exporting import streamed
from service.entrypoints.common.lines import Lines
from service.entrypoints.common.paging import Cursor, Limit, page, position
from service.entrypoints.common.parameters import CheckedRoute
from service.entrypoints.common.problems import known
from service.entrypoints.common.wanted import DecisionWanted
from service.entrypoints.views.cells import CELLS
from service.entrypoints.views.decisions import (
    CountPage,
    DecisionBody,
    DecisionPage,
    ReplayBody,
    render_counts,
    render_decision,
    render_replay,
    render_summary,
)
from service.entrypoints.views.standing_words import decision_words
from service.entrypoints.views.what_if import WhatIfBody, render_what_if
from service.store.decisions import chunks_of_decisions, find_decision, page_of_decisions
from service.store.policies import on_record
from service.usecases.changes import changed_since
from service.usecases.counts import By, counts_of_decisions
from service.usecases.replay import replay

router = APIRouter(route_class=CheckedRoute, tags=["Ask"])
B = TypeVar("B", bound=By)
DecisionId = Annotated[UUID, Path(description="The decision's identifier.")]


def each_once(by: list[B]) -> list[B]:
    """What is counted by, if nothing is there twice."""
    if len(set(by)) < len(by):
        raise PydanticCustomError("given_twice", "Each is given once")
    return by


COUNTED_BY = Field(
    min_length=1, max_length=3, description="What is counted by; up to three.", json_schema_extra={"uniqueItems": True}
)


class DecisionCountQuery(DecisionWanted):
    """Which decisions to count, and by what."""

    by: Annotated[list[By], AfterValidator(each_once), COUNTED_BY]


class DecisionQuery(DecisionWanted):
    """Which decisions to list."""

    view: Literal["full", "summary"] = Field("full", description="`summary`: without explanation and facts.")
    limit: Limit = 50
    cursor: Cursor = None


@router.get(
    "/v1/decisions",
    summary="List decisions",
    responses=answers(
        200,
        "A page of decisions.",
        as_json(DecisionPage, "decision_page") | as_text(CSV, "decisions_csv") | as_text(NDJSON, "decisions_ndjson"),
        NEXT_PAGE,
    )
    | refuses(406),
)
def list_decisions(request: Request, caller: Reader, asked: Annotated[DecisionQuery, Query()]) -> Response:
    """Newest first, a page at a time.

    With `Accept: text/csv` or `application/x-ndjson` the whole result is streamed, and `limit` and `cursor` play no
    part. A few streams go on at once; more are refused with 429.
    """
    wanted = asked.filter()
    render = render_decision if asked.view == "full" else render_summary
    context = context_of(request)
    engine = context.database.engine
    media_type = accepted(request, "Decisions come", [NDJSON, CSV, JSON])
    if media_type != JSON:
        lines = Lines("decisions", render, CELLS)
        return streamed(request, caller.asked, media_type, chunks_of_decisions(engine, wanted), lines)
    found = page_of_decisions(engine, wanted, limit=asked.limit + 1, before=position(asked.cursor))
    body = DecisionPage(items=[render(recorded) for recorded in found[: asked.limit]])
    answer = page(request, body, [recorded.id for recorded in found], asked.limit)
    answer.headers.update(VARY)
    return answer


@router.get(
    "/v1/decisions/counts",
    summary="Count decisions",
    responses=answers(200, "The counts.", as_json(CountPage, "counts")),
)
def count_decisions(request: Request, _: Reader, asked: Annotated[DecisionCountQuery, Query()]) -> Response:
    """How many decisions a list with the same filters has, by up to three values: the earliest first, then the largest.

    `day`, `week` (ISO) and `month` are those of `recorded_at` in the organisation's time zone. By `missing_fact` a
    decision counts once for each of its facts.
    """
    context = context_of(request)
    return JsonResponse(render_counts(counts_of_decisions(context.database, asked.filter(), asked.by, context.zone)))


@router.get(
    "/v1/decisions/{decision_id}",
    summary="Get a decision",
    responses=answers(200, "The decision.", as_json(DecisionBody, "decision") | as_text(TEXT, "decision_text"))
    | refuses(406),
)
def get_decision(request: Request, _: Reader, decision_id: DecisionId) -> Response:
    """One decision, with its whole explanation; with `Accept: text/plain` in words, with what changed before it."""
    media_type = accepted(request, "A decision comes", [TEXT, JSON])
    database = context_of(request).database
    recorded = known(find_decision(database.engine, decision_id), "decision", decision_id)
    if media_type == TEXT:
        return PlainTextResponse(decision_words(recorded, changed_since(database, recorded)), headers=VARY)
    return JsonResponse(render_decision(recorded), headers=VARY)


@router.get(
    "/v1/decisions/{decision_id}/replay",
    summary="Take a decision again",
    responses=answers(200, "The decision beside itself.", as_json(ReplayBody, "replay")) | refuses(409),
)
def replay_decision(request: Request, _: Reader, decision_id: DecisionId) -> Response:
    """Decides again from the recorded facts, and says whether that agrees with what was recorded.

    Under the recorded policy revision, and under the one in force today.
    """
    context = context_of(request)
    replayed = known(replay(context.database, decision_id, context.today()), "decision", decision_id)
    return JsonResponse(render_replay(replayed))


@router.get(
    "/v1/decisions/{decision_id}/what-if",
    summary="Ask what would alter a decision",
    responses=answers(200, "The smallest changes, and the margins.", as_json(WhatIfBody, "what_if")) | refuses(409),
)
def what_if(request: Request, _: Reader, decision_id: DecisionId) -> Response:
    """The smallest changes of facts that would send the account to another team, each verified by deciding it.

    Those that work can bring to light stand apart from those of facts that are given. Also the smallest sets of facts
    that would make the decision final, and by how much each comparison holds or fails. Of a discovery, a changeover or
    a handoff it is asked how the account would be classified again, with the move that stands since.
    """
    recorded = known(find_decision(context_of(request).database.engine, decision_id), "decision", decision_id)
    policy = on_record(recorded.decision.policy)
    return JsonResponse(render_what_if(decision_id, as_classification(recorded.decision, policy), policy))
