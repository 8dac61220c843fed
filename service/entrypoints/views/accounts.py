"""Where an account stands, and its history, as every entry point answers them."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from service.domain.decision import Kind, RecordedDecision, Status
from service.domain.origins import Origin, OriginKind
from service.domain.sentences import summary
from service.domain.terms import Segment, Team
from service.domain.triggers import HandoffTrigger, Stage
from service.entrypoints.views.decisions import DecisionBody, handoff_id_of, render_decision
from service.entrypoints.views.people import Owner, render_owner
from service.usecases.account_events import CrmState
from service.usecases.changes import FactChange
from service.usecases.standings import AccountStanding
from service.usecases.unread_facts import UnreadFact

AccountEvent: TypeAlias = Literal[
    "classified",
    "reviewed",
    "discovered",
    "moved",
    "won",
    "escalated",
    "escalation_answered",
    "handed_over",
    "handoff_reopened",
    "handoff_abandoned",
    "policy_applied",
]
_EVENTS: dict[Kind, AccountEvent] = {
    Kind.CLASSIFICATION: "classified",
    Kind.REVIEW: "reviewed",
    Kind.DISCOVERY: "discovered",
    Kind.CHANGEOVER: "moved",
    Kind.WON: "won",
    Kind.ESCALATION: "escalation_answered",
    Kind.HANDOFF: "handed_over",
    Kind.APPLICATION: "policy_applied",
}
_STAGED: dict[Stage, AccountEvent] = {
    Stage.ESCALATED: "escalated",
    Stage.REOPENED: "handoff_reopened",
    Stage.ABANDONED: "handoff_abandoned",
}


class UnreadFactBody(TypedDict):
    """A fact that is unknown because what the CRM last said of it could not be read."""

    fact: Annotated[str, Field(description="The fact.")]
    field: Annotated[str, Field(description="The field that told it, by its name in the CRM.")]
    reason: Annotated[str, Field(description="What is said of it.")]
    event_id: Annotated[UUID, Field(description="The event.")]


class CrmStateBody(TypedDict):
    """What the CRM's events say of the account's record itself."""

    deleted_at: Annotated[datetime | None, Field(description="When the record was deleted in the CRM, if it is.")]
    stale_since: Annotated[
        datetime | None,
        Field(description="Since when it may be outdated: the first changes lost since all of it was read."),
    ]
    unread: Annotated[Sequence[UnreadFactBody], Field(description="The facts of which the newest news was refused.")]


class AccountAdviceBody(TypedDict):
    """What is to be known of an account's record itself."""

    code: Annotated[Literal["stamped_ahead", "deleted"], Field(description="What it is, for programs.")]
    text: Annotated[str, Field(description="What it is, for people.")]


AccountAdvice: TypeAlias = Annotated[
    Sequence[AccountAdviceBody],
    Field(
        description="What is to be known of the record itself: that the CRM deleted it, or that it is stamped ahead."
    ),
]


class StandingBody(TypedDict):
    """Where an account stands, now or at the instant asked for."""

    account_id: Annotated[str, Field(description="The account's identifier in the CRM.")]
    name: Annotated[str | None, Field(description="The account's name, where known.")]
    as_of: Annotated[datetime | None, Field(description="By what was on record then; null is now.")]
    on: Annotated[date | None, Field(description="The day that it holds for; null is the latest.")]
    owner: Annotated[Owner | None, Field(description="The CRM user who owns it; null is not known.")]
    status: Annotated[Status, Field(description="How firm the decision is.")]
    segment: Annotated[Segment | None, Field(description="The account's segment; null is not known.")]
    team: Annotated[Team | None, Field(description="The team that owns the account; null until a review is resolved.")]
    since: Annotated[datetime, Field(description="When the decision that it stands on was recorded.")]
    crm: Annotated[
        CrmStateBody | None,
        Field(
            description="What the CRM's events say of the record, now; null where none came, or with `as_of` or `on`."
        ),
    ]
    advice: AccountAdvice
    decision: Annotated[DecisionBody, Field(description="The decision that it stands on.")]


class TellerBody(TypedDict):
    """What told a fact."""

    kind: Annotated[
        OriginKind,
        Field(description="An event, a line of a file, the key of whoever asked, or an earlier decision."),
    ]
    id: Annotated[str, Field(description="The event's or decision's identifier, or the name of the file or key.")]
    line: Annotated[int | None, Field(description="The line of a file; else null.")]


class FactChangeBody(TypedDict):
    """A fact that is otherwise than before."""

    fact: Annotated[str, Field(description="The fact.")]
    before: Annotated[str | int | bool | None, Field(description="What it was before; null is unknown.")]
    after: Annotated[str | int | bool | None, Field(description="What it is.")]
    told_by: Annotated[
        TellerBody | None, Field(description="What told so; null where an earlier release did not keep it.")
    ]


class HistoryEntry(TypedDict):
    """One event in the life of an account."""

    at: Annotated[datetime, Field(description="When it was recorded.")]
    event: Annotated[AccountEvent, Field(description="What happened.")]
    decision_id: Annotated[UUID, Field(description="The decision that says so.")]
    effective_on: Annotated[date, Field(description="The day on which it takes effect.")]
    changes: Annotated[Sequence[FactChangeBody], Field(description="The facts that are otherwise than before.")]
    stands: Annotated[
        bool, Field(description="Whether the account stood on it from then on; false is history, which moved nothing.")
    ]
    previous_decision_id: Annotated[UUID | None, Field(description="The decision that the account stood on before.")]
    review_id: Annotated[UUID | None, Field(description="The review that it opened, updated or resolved.")]
    handoff_id: Annotated[UUID | None, Field(description="The handoff that it belongs to.")]
    team_before: Annotated[
        Team | None, Field(description="The owner before a discovery, changeover or step of a handoff; else null.")
    ]
    status: Annotated[Status, Field(description="How firm the decision is.")]
    segment: Annotated[Segment | None, Field(description="The segment that was decided.")]
    team: Annotated[Team | None, Field(description="The owning team that was decided.")]
    rule: Annotated[str, Field(description="The rule that decided.")]
    summary: Annotated[str, Field(description="The decision in a sentence.")]
    actor: Annotated[str, Field(description="Who asked: the name of the API key.")]
    source: Annotated[str, Field(description="The entry point it came through, such as api.")]
    request_id: Annotated[str, Field(description="The request that asked for it.")]


class HistoryPage(TypedDict):
    """A page of an account's history, newest first; the `Link` header leads to the next."""

    items: Annotated[Sequence[HistoryEntry], Field(description="The events.")]
    advice: AccountAdvice


def render_standing(found: AccountStanding) -> StandingBody:
    """Where an account stands on a decision."""
    owner_id = found.recorded.decision.facts.account.owner_id
    recorded, decision = found.recorded, found.recorded.decision
    return {
        "account_id": recorded.account_id,
        "name": decision.facts.account.name,
        "as_of": found.times.as_of,
        "on": found.times.on,
        "owner": render_owner(owner_id, found.owned_by),
        "status": decision.status,
        "segment": decision.segment,
        "team": decision.team,
        "since": recorded.recorded_at,
        "crm": None if found.crm is None else _render_crm(found.crm, found.unread),
        "advice": render_advice(found),
        "decision": render_decision(recorded),
    }


def render_advice(found: AccountStanding) -> list[AccountAdviceBody]:
    """What is to be known of the record of an account."""
    return [*_render_deleted(found.crm), *render_ahead(found.ahead)]


def _render_crm(crm: CrmState, unread: Sequence[UnreadFact]) -> CrmStateBody:
    return {
        "deleted_at": crm.deleted_at,
        "stale_since": crm.stale_since,
        "unread": [_render_unread(each) for each in unread],
    }


def _render_unread(unread: UnreadFact) -> UnreadFactBody:
    return {"fact": unread.fact, "field": unread.field, "reason": unread.reason, "event_id": unread.event_id}


def _render_deleted(crm: CrmState | None) -> list[AccountAdviceBody]:
    if crm is None or crm.deleted_at is None:
        return []
    text = (
        f"The CRM deleted the account ({crm.deleted_at.isoformat()}), and this is where it stood: no event has it "
        "decided, and nothing is written back to it, until it is there again."
    )
    return [{"code": "deleted", "text": text}]


def render_ahead(ahead: timedelta | None) -> list[AccountAdviceBody]:
    """The advice that an account is stamped ahead of the clock, by so much."""
    if ahead is None:
        return []
    by = timedelta(seconds=round(ahead.total_seconds()))
    text = (
        f"The account's newest decision is stamped {by} ahead of the clock, which is wrong now or was then: its stamps "
        "tell the order of what was decided, not the hour."
    )
    return [{"code": "stamped_ahead", "text": text}]


def render_entry(recorded: RecordedDecision, changes: Iterable[FactChange]) -> HistoryEntry:
    """A decision as an event in the life of its account, with the facts that changed since the one before it."""
    decision = recorded.decision
    trigger = decision.facts.trigger
    return {
        "at": recorded.recorded_at,
        "event": _event(recorded),
        "decision_id": recorded.id,
        "effective_on": decision.effective_on,
        "changes": [_render_change(each) for each in changes],
        "stands": recorded.stands,
        "previous_decision_id": recorded.previous_decision_id,
        "review_id": recorded.review_id,
        "handoff_id": handoff_id_of(decision),
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


def _render_change(change: FactChange) -> FactChangeBody:
    by = change.told_by
    return {
        "fact": change.fact,
        "before": change.before,
        "after": change.after,
        "told_by": None if by is None else _render_teller(by),
    }


def _render_teller(by: Origin) -> TellerBody:
    return {"kind": by.kind, "id": by.id, "line": by.line}


def _event(recorded: RecordedDecision) -> AccountEvent:
    trigger = recorded.decision.facts.trigger
    staged = _STAGED.get(trigger.stage) if isinstance(trigger, HandoffTrigger) else None
    return staged or _EVENTS[recorded.kind]
