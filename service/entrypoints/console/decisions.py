"""Decisions: one with its reasons, and lists of them with how many there are of each."""

from datetime import date, datetime, timedelta, tzinfo
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import Field

from service.domain.calendar import end_of
from service.domain.decision import RecordedDecision
from service.domain.fields import Day
from service.domain.keys import Scope
from service.domain.policy import UnknownRevision
from service.domain.sentences import summary
from service.entrypoints.common.accepting import CSV
from service.entrypoints.common.context import ApiContext, context_of
from service.entrypoints.common.exporting import streamed
from service.entrypoints.common.lines import Lines
from service.entrypoints.common.paging import Cursor, Limit, next_cursor, position
from service.entrypoints.common.problems import known
from service.entrypoints.common.wanted import DecisionWanted
from service.entrypoints.console.audit import receipt_path
from service.entrypoints.console.doings import about_of
from service.entrypoints.console.facets import asked_pairs, chips, facets, path_with, total
from service.entrypoints.console.pages import PageRoute, page, segment
from service.entrypoints.console.reasons import reasons_of
from service.entrypoints.console.story import changes_told
from service.entrypoints.console.times import at_instant, on_day
from service.entrypoints.console.visitors import Needs, Visitor
from service.entrypoints.console.words import KINDS, STATUSES, team_words, without_codes
from service.entrypoints.views.cells import CELLS
from service.entrypoints.views.decisions import render_summary
from service.entrypoints.views.standing_words import decision_words
from service.store.counts import COUNTED, Counted, count_decisions
from service.store.decisions import chunks_of_decisions, find_decision, page_of_decisions
from service.store.filters import DecisionFilter
from service.usecases.changes import changed_since
from service.usecases.counts import By
from service.usecases.replay import replay

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_PATH = "/console/decisions"
_FACETS = (By.KIND, By.TEAM, By.TEAM_BEFORE, By.STATUS, By.SEGMENT, By.REGION, By.RULE, By.LEADING_SOURCE)
_FACETS_TOO = (By.MISSING_FACT, By.POLICY_VERSION)


class DecisionsAsked(DecisionWanted):
    """Which decisions to list, also by the days of the organisation on which they were recorded."""

    since: Day | None = Field(None, description="Recorded on this day or later.")
    until: Day | None = Field(None, description="Recorded on this day or earlier.")
    limit: Limit = 50
    cursor: Cursor = None

    def filter_in(self, zone: tzinfo) -> DecisionFilter:
        """The same, for the store."""
        since = None if self.since in {None, date.min} else _start(self.since, zone)
        until = None if self.until in {None, date.max} else _start(self.until + timedelta(days=1), zone)
        wanted = self.model_copy(
            update={
                "recorded_since": _later(self.recorded_since, since),
                "recorded_until": _earlier(self.recorded_until, until),
            }
        )
        return wanted.filter()


def _start(day: Day, zone: tzinfo) -> datetime:
    return end_of(day - timedelta(days=1), zone) + timedelta(microseconds=1)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(filter(None, (one, other)), default=None)


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min(filter(None, (one, other)), default=None)


@router.get(_PATH)
def list_decisions(
    request: Request, _: Annotated[Visitor, Depends(Needs(Scope.READ))], asked: Annotated[DecisionsAsked, Query()]
) -> Response:
    """A page of decisions, newest first, and what they can be narrowed down by."""
    context, pairs = context_of(request), asked_pairs(request)
    engine = context.database.engine
    found = page_of_decisions(
        engine, asked.filter_in(context.zone), limit=asked.limit + 1, before=position(asked.cursor)
    )
    shown = found[: asked.limit]

    def count(*without: str) -> list[Counted]:
        wider = asked.model_copy(update={name: [] for name in without})
        return count_decisions(engine, wider.filter_in(context.zone), COUNTED)

    counted, more = count(), len(found) > asked.limit
    view = {
        "decisions": [_row(each, context.zone) for each in shown],
        "facets": facets(_PATH, pairs, (*_FACETS, *_FACETS_TOO), counted, count),
        "chips": chips(_PATH, pairs),
        "total": total(counted),
        "pairs": [(name, value) for name, value in pairs if name not in {"since", "until"}],
        "since": "" if asked.since is None else asked.since.isoformat(),
        "until": "" if asked.until is None else asked.until.isoformat(),
        "csv": path_with("/console/decisions.csv", pairs),
        "next": path_with(_PATH, [*pairs, ("cursor", next_cursor(shown[-1].id))]) if more else "",
        "first": path_with(_PATH, pairs) if asked.cursor else "",
    }
    return page(request, "decisions.html", "Decisions", view)


@router.get("/console/decisions.csv")
def export_decisions(
    request: Request,
    visitor: Annotated[Visitor, Depends(Needs(Scope.READ))],
    asked: Annotated[DecisionsAsked, Query()],
) -> Response:
    """All decisions of a list as CSV."""
    context = context_of(request)
    chunks = chunks_of_decisions(context.database.engine, asked.filter_in(context.zone))
    return streamed(request, visitor.asked, CSV, chunks, Lines("decisions", render_summary, CELLS))


@router.get("/console/decisions/{decision_id}")
def get_decision(
    request: Request, visitor: Annotated[Visitor, Depends(Needs(Scope.READ))], decision_id: UUID
) -> Response:
    """A decision with its reasons, beside itself taken again."""
    context = context_of(request)
    recorded = known(find_decision(context.database.engine, decision_id), "decision", decision_id)
    since = changed_since(context.database, recorded)
    name = recorded.decision.facts.account.name or recorded.account_id
    view = {
        "name": name,
        "account_id": recorded.account_id,
        "account_path": f"/console/accounts/{segment(recorded.account_id)}",
        "decision_id": str(decision_id),
        "kind": KINDS[recorded.kind],
        "reasons": reasons_of(recorded),
        "decided": at_instant(recorded.recorded_at, context.zone),
        "effective": on_day(recorded.decision.effective_on),
        "policy": f"{recorded.decision.policy_id} revision {recorded.decision.policy_version}",
        "rule": recorded.decision.rule,
        "actor": recorded.actor,
        "source": recorded.source,
        "request_id": recorded.request_id,
        "stands": recorded.stands,
        "before": "" if since is None else f"{_PATH}/{segment(since.before.id)}",
        "team_before": team_words(recorded.team_before),
        "changes": [] if since is None else changes_told(since.changes),
        "number": recorded.sequence,
        "receipt": receipt_path(decision_id) if Scope.AUDIT in visitor.scopes else "",
        "again": _again(context, recorded),
        "about": about_of(recorded),
        "text": decision_words(recorded, since),
    }
    return page(request, "decision.html", f"Decision on {name}", view)


def _again(context: ApiContext, recorded: RecordedDecision) -> list[tuple[str, str]]:
    """What the decision comes to today, under the revision of then and under the one in force."""
    if isinstance(recorded.decision.policy, UnknownRevision):
        return [("Decided again", "That cannot be done: its policy revision is not on record here.")]
    found = known(replay(context.database, recorded.id, context.today()), "decision", recorded.id)
    told = (("Under its own revision", found.under_recorded_policy), ("Under today's", found.under_policy_in_force))
    return [
        (
            how,
            "the same"
            if each.agrees
            else each.problem or f"otherwise: {team_words(None if each.decision is None else each.decision.team)}",
        )
        for how, each in told
    ]


def _row(recorded: RecordedDecision, zone: tzinfo) -> dict[str, object]:
    decision = recorded.decision
    return {
        "path": f"{_PATH}/{segment(recorded.id)}",
        "account_path": f"/console/accounts/{segment(recorded.account_id)}",
        "name": decision.facts.account.name or recorded.account_id,
        "account_id": recorded.account_id,
        "kind": KINDS[recorded.kind],
        "team": team_words(decision.team),
        "before": team_words(recorded.team_before) if recorded.moved else "",
        "rule": decision.rule,
        "status": STATUSES[decision.status],
        "because": without_codes(summary(decision, decision.policy), decision.missing_facts),
        "at": at_instant(recorded.recorded_at, zone),
        "effective": on_day(decision.effective_on),
    }
