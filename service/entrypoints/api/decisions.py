"""Find decisions again: one, a page, all of them as a stream, one taken again, and what would alter it."""

from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from service.crm.facts_by_name import FACTS_BY_NAME
from service.domain.decide import as_classification
from service.domain.decision import Kind, RecordedDecision, Status
from service.domain.fields import AccountId, Day
from service.domain.sentences import summary
from service.domain.terms import Basis, Segment, Team
from service.domain.vocabulary import fact_names
from service.entrypoints.api.accepting import CSV, JSON, NDJSON, TEXT, VARY, accepted
from service.entrypoints.api.auth import Reader
from service.entrypoints.api.bodies import JsonResponse
from service.entrypoints.api.context import context_of
from service.entrypoints.api.listing import streamed
from service.entrypoints.api.openapi.answers import NEXT_PAGE, answers, as_json, as_text, refuses
from service.entrypoints.api.paging import Cursor, Limit, page, position
from service.entrypoints.api.parameters import CheckedRoute
from service.entrypoints.api.problems import known
from service.entrypoints.common.moments import Instant
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
from service.entrypoints.views.lines import Lines
from service.entrypoints.views.standing_words import decision_words
from service.entrypoints.views.what_if import WhatIfBody, render_what_if
from service.store.decisions import chunks_of_decisions, find_decision, page_of_decisions
from service.store.filters import DecisionFilter
from service.store.policies import on_record
from service.usecases.changes import changed_since
from service.usecases.counts import By, counts_of_decisions
from service.usecases.replay import replay

router = APIRouter(route_class=CheckedRoute, tags=["Ask"])
Text = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
_FACTS = fact_names() | FACTS_BY_NAME.keys()


def _fact_name(name: str) -> str:
    if name not in _FACTS:
        raise PydanticCustomError("unknown_fact", "There is no such fact; docs/reference/facts.md names them")
    return name


FactName = Annotated[str, AfterValidator(_fact_name)]
Region = Literal["NORAM", "EMEA", "LATAM", "APAC", "OTHER"]
Revision = Annotated[int, Field(ge=1, le=2**31 - 1)]
B = TypeVar("B", bound=By)
DecisionId = Annotated[UUID, Path(description="The decision's identifier.")]
CELLS: dict[str, Callable[[RecordedDecision], object]] = {
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
    "team_before": lambda recorded: recorded.team_before,
    "unchanged": lambda recorded: str(recorded.unchanged).lower(),
}
"""What stands in a row of CSV, by the name of its column."""
CSV_COLUMNS = tuple(CELLS)


class DecisionValues(BaseModel):
    """By what lists of decisions, and of accounts by the decisions that they stand on, are asked for."""

    status: list[Status] = Field([], description="How firm it is.")
    segment: list[Segment] = Field([], description="The segment.")
    team: list[Team] = Field([], description="The owning team.")
    rule: list[Text] = Field([], description="The rule that decided, such as ROUTE-3.")
    policy: list[Text] = Field([], description="The policy it was taken under.")
    policy_version: list[Revision] = Field([], description="The revision it was taken under.")
    leading_source: list[Basis] = Field([], description="What the segment rests on.")
    missing_fact: list[FactName] = Field([], description="A fact for want of which it is provisional.")
    region: list[Region] = Field([], description="The region; OTHER is any but the four.")

    def values(self) -> dict[str, Any]:
        """The values asked for, by the names of a ``DecisionFilter``."""
        return {name: tuple(getattr(self, name)) for name in DecisionValues.model_fields}


class DecisionWanted(DecisionValues):
    """Which decisions are asked for."""

    account_id: AccountId | None = Field(None, description="For this account.")
    kind: list[Kind] = Field([], description="What made it necessary.")
    team_before: list[Team] = Field([], description="The team of the decision before it.")
    moved: bool | None = Field(None, description="Whether another team owns the account by it than before.")
    actor: Text | None = Field(None, description="Who asked: the name of the API key.")
    source: list[Text] = Field([], description="The entry point it came through, such as api.")
    recorded_since: Instant | None = Field(None, description="Recorded then or later.")
    recorded_until: Instant | None = Field(None, description="Recorded before.")
    effective_since: Day | None = Field(None, description="Effective on this day or later.")
    effective_until: Day | None = Field(None, description="Effective on this day or earlier.")

    def filter(self) -> DecisionFilter:
        """The same, for the store."""
        return DecisionFilter(
            **self.values(),
            account_id=self.account_id,
            kind=tuple(self.kind),
            team_before=tuple(self.team_before),
            moved=self.moved,
            actor=self.actor,
            source=tuple(self.source),
            recorded_since=self.recorded_since,
            recorded_until=self.recorded_until,
            effective_since=self.effective_since,
            effective_until=self.effective_until,
        )


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
        return streamed(context.exports, caller.name, media_type, chunks_of_decisions(engine, wanted), lines)
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
