"""Find decisions again: one, a page, all of them as a stream, one taken again, and what would alter it."""

import csv
import io
from collections.abc import Callable, Iterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field

from service.domain.decision import Kind, RecordedDecision, Status
from service.domain.fields import AccountId
from service.domain.sentences import summary
from service.domain.spreadsheets import neutralised
from service.domain.terms import Segment, Team
from service.entrypoints.api.accepting import CSV, JSON, NDJSON, TEXT, VARY, accepted
from service.entrypoints.api.auth import Reader
from service.entrypoints.api.bodies import JsonResponse
from service.entrypoints.api.context import context_of
from service.entrypoints.api.exports import ExportResponse, Exports
from service.entrypoints.api.openapi.answers import NEXT_PAGE, answers, as_json, as_text, refuses
from service.entrypoints.api.paging import Cursor, Limit, page, position
from service.entrypoints.api.parameters import CheckedRoute
from service.entrypoints.api.problems import ProblemError, known
from service.entrypoints.common.moments import Instant
from service.entrypoints.views.decisions import DecisionBody, DecisionPage, ReplayBody, render_decision, render_replay
from service.entrypoints.views.encoding import to_json
from service.entrypoints.views.standing_words import decision_words
from service.entrypoints.views.what_if import WhatIfBody, render_what_if
from service.store.decisions import chunks_of_decisions, find_decision, page_of_decisions
from service.store.filters import DecisionFilter
from service.store.policies import on_record
from service.usecases.changes import changed_since
from service.usecases.replay import replay

router = APIRouter(route_class=CheckedRoute, tags=["Ask"])
Text = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
DecisionId = Annotated[UUID, Path(description="The decision's identifier.")]
_CELLS: dict[str, Callable[[RecordedDecision], object]] = {
    "id": lambda recorded: recorded.id,
    "recorded_at": lambda recorded: recorded.recorded_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    "kind": lambda recorded: recorded.kind,
    "account_id": lambda recorded: recorded.account_id,
    "account_name": lambda recorded: recorded.decision.facts.account.name,
    "status": lambda recorded: recorded.decision.status,
    "segment": lambda recorded: recorded.decision.segment,
    "team": lambda recorded: recorded.decision.team,
    "rule": lambda recorded: recorded.decision.rule,
    "summary": lambda recorded: summary(recorded.decision, recorded.decision.policy),
    "leading_source": lambda recorded: recorded.decision.basis,
    "leading_employees": lambda recorded: recorded.decision.leading_employees,
    "missing_facts": lambda recorded: ";".join(recorded.decision.missing_facts),
    "advice": lambda recorded: ";".join(recorded.decision.advice),
    "actions": lambda recorded: ";".join(recorded.decision.actions),
    "policy": lambda recorded: recorded.decision.policy_id,
    "policy_version": lambda recorded: recorded.decision.policy_version,
    "effective_on": lambda recorded: recorded.decision.effective_on,
    "actor": lambda recorded: recorded.actor,
    "source": lambda recorded: recorded.source,
    "request_id": lambda recorded: recorded.request_id,
    "previous_decision_id": lambda recorded: recorded.previous_decision_id,
    "review_id": lambda recorded: recorded.review_id,
    "stands": lambda recorded: str(recorded.stands).lower(),
    "leading_range": lambda recorded: recorded.decision.leading_range,
}
"""What stands in a row of CSV, by the name of its column."""
CSV_COLUMNS = tuple(_CELLS)


class DecisionQuery(BaseModel):
    """Which decisions to list."""

    account_id: AccountId | None = Field(None, description="For this account.")
    kind: Kind | None = Field(None, description="What made it necessary.")
    status: Status | None = Field(None, description="How firm it is.")
    segment: Segment | None = Field(None, description="The segment.")
    team: Team | None = Field(None, description="The owning team.")
    rule: Text | None = Field(None, description="The rule that decided, such as ROUTE-3.")
    actor: Text | None = Field(None, description="Who asked: the name of the API key.")
    source: Text | None = Field(None, description="The entry point it came through, such as api.")
    policy: Text | None = Field(None, description="The policy it was taken under.")
    recorded_since: Instant | None = Field(None, description="Recorded then or later.")
    recorded_until: Instant | None = Field(None, description="Recorded before.")
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
    wanted = DecisionFilter(**asked.model_dump(exclude={"limit", "cursor"}))
    context = context_of(request)
    engine = context.database.engine
    media_type = accepted(request, "Decisions come", [NDJSON, CSV, JSON])
    if media_type != JSON:
        return _streamed(context.exports, caller.name, media_type, chunks_of_decisions(engine, wanted))
    found = page_of_decisions(engine, wanted, limit=asked.limit + 1, before=position(asked.cursor))
    body = DecisionPage(items=[render_decision(recorded) for recorded in found[: asked.limit]])
    answer = page(request, body, [recorded.id for recorded in found], asked.limit)
    answer.headers.update(VARY)
    return answer


def _streamed(exports: Exports, key: str, media_type: str, chunks: Iterator[list[RecordedDecision]]) -> Response:
    exports.begin(key)
    try:
        # The first chunk is fetched here, so that a database that is away is still answered with a problem.
        first = next(chunks, [])
    except BaseException:
        exports.end(key)
        raise

    def all_chunks() -> Iterator[list[RecordedDecision]]:
        yield first
        yield from chunks

    if media_type == NDJSON:
        return ExportResponse(exports, key, _as_ndjson(all_chunks()), NDJSON, VARY)
    headers = VARY | {"Content-Disposition": 'attachment; filename="decisions.csv"'}
    return ExportResponse(exports, key, _as_csv(all_chunks()), f"{CSV}; charset=utf-8; header=present", headers)


def _as_ndjson(chunks: Iterator[list[RecordedDecision]]) -> Iterator[bytes]:
    """One Decision a line."""
    for chunk in chunks:
        yield b"".join(to_json(render_decision(recorded)) + b"\n" for recorded in chunk)


def _as_csv(chunks: Iterator[list[RecordedDecision]]) -> Iterator[bytes]:
    """One decision a row, under a header, as RFC 4180 says."""
    yield _csv([CSV_COLUMNS])
    for chunk in chunks:
        yield _csv(map(_row, chunk))


def _csv(rows: Iterator[tuple[str, ...]] | list[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([neutralised(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _row(recorded: RecordedDecision) -> tuple[str, ...]:
    cells = (cell(recorded) for cell in _CELLS.values())
    return tuple("" if cell is None else str(cell) for cell in cells)


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
    that would make the decision final, and by how much each comparison holds or fails. Of classifications alone.
    """
    recorded = known(find_decision(context_of(request).database.engine, decision_id), "decision", decision_id)
    if recorded.decision.facts.trigger is not None:
        raise ProblemError("not_a_classification", f"Decision {decision_id} is about a {recorded.kind}")
    return JsonResponse(render_what_if(decision_id, recorded.decision, on_record(recorded.decision.policy)))
