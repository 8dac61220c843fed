"""A decision as every entry point answers it: the Decision of the HTTP contract."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, NotRequired, cast
from uuid import UUID

import orjson
from pydantic import Field, TypeAdapter
from typing_extensions import TypedDict

from service.domain.decision import Decision, DoubleCheck, Kind, RecordedDecision, Status
from service.domain.facts import Account, EmployeeCount, Facts, VpDecision
from service.domain.policy import Policy
from service.domain.program_json import program_digest
from service.domain.sentences import Notice, notices, summary
from service.domain.terms import Basis, Motion, NoticeCode, Segment, Team
from service.domain.triggers import HandoffTrigger, Move, Trigger
from service.entrypoints.views.explanations import CitationBody, ClauseBody, explanation_json, render_citation

_FACTS = TypeAdapter(Facts)


class NoticeBody(TypedDict):
    """Advice, or an action that a person must take."""

    code: Annotated[NoticeCode, Field(description="What it is, for programs.")]
    text: Annotated[str, Field(description="What it is, for people.")]
    rule: Annotated[str, Field(description="The rule that it rests on.")]
    facts: Annotated[Sequence[str], Field(description="The facts to find out, where the notice is about facts.")]
    citation: Annotated[CitationBody, Field(description="The place in the handbook that says so.")]


class FactsBody(TypedDict):
    """The facts that the decision rests on; what is absent is unknown."""

    account: Annotated[Account, Field(description="What the CRM says of the account.")]
    employee_counts: Annotated[Sequence[EmployeeCount], Field(description="Who counted how many employees.")]
    motion: Annotated[Motion, Field(description="How the account comes to sales.")]
    vp_decision: NotRequired[Annotated[VpDecision, Field(description="The VP's decision that leads (SEG-5).")]]
    move: NotRequired[Annotated[Move, Field(description="The move that stands on the account.")]]
    occasion: NotRequired[
        Annotated[Trigger, Field(description="What the decision is about, where that is not the account as such.")]
    ]


class PolicyReference(TypedDict):
    """A policy revision."""

    id: Annotated[str, Field(description="The policy's name, such as fy23.")]
    version: Annotated[int, Field(description="The revision of it.")]
    program: Annotated[
        str, Field(description="The SHA-256 of the program by which the revision is read, in hexadecimal.")
    ]


class DecisionBody(TypedDict):
    """A decision: the segment and the owning team of an account, why, and how firm that is."""

    id: Annotated[UUID | None, Field(description="Null when the decision was not recorded (`dry_run`).")]
    sequence: Annotated[int | None, Field(description="The position in the sealed ledger; null until sealed.")]
    kind: Annotated[Kind, Field(description="What made it necessary.")]
    account_id: Annotated[str, Field(description="The account's identifier in the CRM.")]
    status: Annotated[Status, Field(description="How firm it is.")]
    segment: Annotated[Segment | None, Field(description="The account's segment; null is not known.")]
    team: Annotated[Team | None, Field(description="The team that owns the account; null until a review is resolved.")]
    rule: Annotated[str, Field(description="The rule that decided, such as ROUTE-3.")]
    summary: Annotated[str, Field(description="The decision in a sentence.")]
    leading_source: Annotated[Basis | None, Field(description="What the segment rests on; null: nothing leads.")]
    leading_employees: Annotated[int | None, Field(description="The number of employees that leads, where one does.")]
    smb_double_check: Annotated[
        DoubleCheck | None, Field(description="What LinkedIn says of an SMB result (SEG-7); null for others.")
    ]
    explanation: Annotated[Sequence[ClauseBody], Field(description="Every clause that was asked, in order.")]
    missing_facts: Annotated[Sequence[str], Field(description="The facts for want of which it is provisional.")]
    advice: Annotated[Sequence[NoticeBody], Field(description="What may be followed.")]
    actions: Annotated[Sequence[NoticeBody], Field(description="What a person must do.")]
    policy: Annotated[PolicyReference, Field(description="The policy revision that it was taken under.")]
    effective_on: Annotated[date, Field(description="The day on which it takes effect, whose policy decided.")]
    facts: Annotated[FactsBody, Field(description="The facts that it rests on.")]
    actor: Annotated[str | None, Field(description="Who asked: the name of the API key.")]
    source: Annotated[str | None, Field(description="The entry point it came through, such as api.")]
    request_id: Annotated[str | None, Field(description="The request that asked for it.")]
    previous_decision_id: Annotated[UUID | None, Field(description="The account's decision before this one.")]
    review_id: Annotated[UUID | None, Field(description="The review that it opened, updated or resolved.")]
    handoff_id: Annotated[UUID | None, Field(description="The handoff that it belongs to.")]
    recorded_at: Annotated[datetime | None, Field(description="When it was recorded; null where it was not.")]


class DecisionPage(TypedDict):
    """A page of decisions, newest first; the `Link` header leads to the next."""

    items: Annotated[Sequence[DecisionBody], Field(description="The decisions.")]


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """Who asked for a decision that is not recorded."""

    actor: str | None = None
    source: str | None = None
    request_id: str | None = None
    kind: Kind = Kind.CLASSIFICATION


def render_decision(recorded: RecordedDecision) -> DecisionBody:
    """A recorded decision."""
    return _render(recorded.decision, recorded, recorded)


def render_unrecorded(decision: Decision, asked: Unrecorded) -> DecisionBody:
    """A decision that was not recorded: the same, with nothing of the record."""
    return _render(decision, asked, None)


def _render(
    decision: Decision, asked: RecordedDecision | Unrecorded, recorded: RecordedDecision | None
) -> DecisionBody:
    policy = decision.policy
    advice, actions = notices(decision, policy)
    return {
        "id": None if recorded is None else recorded.id,
        "sequence": None,
        "kind": asked.kind,
        "account_id": decision.facts.account.id,
        "status": decision.status,
        "segment": decision.segment,
        "team": decision.team,
        "rule": decision.rule,
        "summary": summary(decision, policy),
        "leading_source": decision.basis,
        "leading_employees": decision.leading_employees,
        "smb_double_check": decision.double_check,
        # What is JSON already stands for what it says.
        "explanation": cast("Sequence[ClauseBody]", orjson.Fragment(explanation_json(decision, policy))),
        "missing_facts": decision.missing_facts,
        "advice": [_render_notice(notice) for notice in advice],
        "actions": [_render_notice(notice) for notice in actions],
        "policy": render_reference(policy),
        "effective_on": decision.effective_on,
        "facts": render_facts(decision.facts),
        "actor": asked.actor,
        "source": asked.source,
        "request_id": asked.request_id,
        "previous_decision_id": None if recorded is None else recorded.previous_decision_id,
        "review_id": None if recorded is None else recorded.review_id,
        "handoff_id": None if recorded is None else _handoff_id(decision),
        "recorded_at": None if recorded is None else recorded.recorded_at,
    }


def render_facts(facts: Facts) -> FactsBody:
    """What is known of facts."""
    return cast("FactsBody", orjson.Fragment(_FACTS.dump_json(facts, exclude_none=True)))


def render_reference(policy: Policy) -> PolicyReference:
    """The name of a revision."""
    return {"id": policy.id, "version": policy.version, "program": program_digest(policy.program)}


def _handoff_id(decision: Decision) -> UUID | None:
    trigger = decision.facts.trigger
    return trigger.handoff_id if isinstance(trigger, HandoffTrigger) else None


def _render_notice(notice: Notice) -> NoticeBody:
    return {
        "code": notice.code,
        "text": notice.text,
        "rule": notice.rule,
        "facts": notice.facts,
        "citation": render_citation(notice.citation),
    }
