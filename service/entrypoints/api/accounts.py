"""Where an account stands, stood, and how it got there."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from service.domain.decision import Kind, RecordedDecision
from service.domain.sentences import summary
from service.domain.triggers import HandoffTrigger, Stage
from service.entrypoints.api.auth import Reader
from service.entrypoints.api.instants import Instant
from service.entrypoints.api.openapi.document import (
    NEXT_PAGE,
    SAMPLE_DECISION,
    SAMPLE_RECORDED,
    example,
    problems,
    sample,
)
from service.entrypoints.api.paging import Cursor, Limit, page, position
from service.entrypoints.api.problems import ProblemError
from service.entrypoints.api.schemas import HistoryPage, StandingBody
from service.entrypoints.api.services import services_of
from service.entrypoints.views.decisions import recorded_body
from service.entrypoints.views.encoding import to_json
from service.store.database import Database
from service.store.decisions import DecisionFilter, newest_decision, page_of_decisions
from service.usecases.crm_state import find_crm_state

router = APIRouter(tags=["Ask"])
AccountPath = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@~-]{0,63}$", description="The account's identifier in the CRM.")
]
_EVENTS = {
    Kind.CLASSIFICATION: "classified",
    Kind.REVIEW: "reviewed",
    Kind.DISCOVERY: "discovered",
    Kind.CHANGEOVER: "moved",
    Kind.WON: "won",
    Kind.ESCALATION: "escalation_answered",
    Kind.HANDOFF: "handed_over",
}


def _event(recorded: RecordedDecision) -> str:
    trigger = recorded.decision.facts.trigger
    if isinstance(trigger, HandoffTrigger) and trigger.stage is Stage.ESCALATED:
        return "escalated"
    return _EVENTS[recorded.kind]


def _entry(recorded: RecordedDecision) -> dict[str, Any]:
    decision = recorded.decision
    trigger = decision.facts.trigger
    return {
        "at": recorded.recorded_at,
        "event": _event(recorded),
        "decision_id": recorded.id,
        "previous_decision_id": recorded.previous_decision_id,
        "review_id": recorded.review_id,
        "handoff_id": trigger.handoff_id if isinstance(trigger, HandoffTrigger) else None,
        "team_before": None if trigger is None else trigger.before.team,
        "status": decision.status,
        "segment": decision.segment,
        "team": decision.team,
        "rule": decision.rule,
        "summary": summary(decision, decision.policy),
        "actor": recorded.actor,
        "source": recorded.source,
        "request_id": recorded.request_id,
    }


def _crm_state(database: Database, account_id: str) -> dict[str, Any] | None:
    found = find_crm_state(database, account_id)
    return None if found is None else {"deleted_at": found.deleted_at, "stale_since": found.stale_since}


_SAMPLE_HISTORY = {"items": [sample(_entry(SAMPLE_RECORDED))]}
_SAMPLE_STANDING = {
    "account_id": SAMPLE_DECISION["account_id"],
    "name": "Sample Manufacturing GmbH",
    "as_of": None,
    "status": "final",
    "segment": "MM",
    "team": "MMKAFO",
    "since": SAMPLE_DECISION["recorded_at"],
    "crm": {"deleted_at": None, "stale_since": None},
    "decision": SAMPLE_DECISION,
}


@router.get(
    "/v1/accounts/{account_id}",
    summary="Get an account's standing",
    responses={
        200: {"model": StandingBody, "description": "The standing.", **example(_SAMPLE_STANDING)},
        **problems(401, 403, 404, 422, 503),
    },
)
def get_account(
    request: Request,
    caller: Reader,
    account_id: AccountPath,
    as_of: Annotated[Instant | None, Query(description="An instant, RFC 3339.")] = None,
) -> Response:
    """The team that owns the account, and the decision that says so; with `as_of`, as it was at an instant."""
    del caller
    recorded = newest_decision(services_of(request).database.engine, account_id, as_of)
    if recorded is None:
        when = "" if as_of is None else f" by {as_of.isoformat()}"
        raise ProblemError("not_found", f"No decision was recorded for account {account_id}{when}")
    decision = recorded.decision
    standing = {
        "account_id": account_id,
        "name": decision.facts.account.name,
        "as_of": as_of,
        "status": decision.status,
        "segment": decision.segment,
        "team": decision.team,
        "since": recorded.recorded_at,
        "crm": None if as_of is not None else _crm_state(services_of(request).database, account_id),
        "decision": recorded_body(recorded),
    }
    return Response(to_json(standing), media_type="application/json")


@router.get(
    "/v1/accounts/{account_id}/history",
    summary="Get an account's history",
    responses={
        200: {
            "model": HistoryPage,
            "description": "A page of the history.",
            "headers": NEXT_PAGE,
            **example(_SAMPLE_HISTORY),
        },
        **problems(401, 403, 404, 422, 503),
    },
)
def get_history(
    request: Request, caller: Reader, account_id: AccountPath, limit: Limit = 50, cursor: Cursor = None
) -> Response:
    """Everything that was decided about the account, newest first: what, by whom, when and why."""
    del caller
    wanted = DecisionFilter(account_id=account_id)
    engine = services_of(request).database.engine
    found = page_of_decisions(engine, wanted, limit=limit + 1, before=position(cursor))
    if not found and cursor is None:
        raise ProblemError("not_found", f"No decision was recorded for account {account_id}")
    return page(request, [_entry(recorded) for recorded in found], [recorded.id for recorded in found], limit)
