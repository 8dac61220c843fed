"""A decision as every entry point answers it, the Decision of the HTTP contract; and the same, taken again."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, NotRequired, cast
from uuid import UUID

import orjson
from pydantic import Field, TypeAdapter
from typing_extensions import TypedDict

from service.domain.decision import Decision, DoubleCheck, Kind, RecordedDecision, Status
from service.domain.facts import Account, EmployeeCount, Facts, OnRecord, VpDecision
from service.domain.policy import AnyPolicy, UnknownRevision
from service.domain.sentences import Notice, notices, summary
from service.domain.terms import Basis, Motion, NoticeCode, Segment, Team
from service.domain.triggers import HandoffTrigger, Move, Trigger
from service.entrypoints.views.explanations import CitationBody, ClauseBody, explanation_json, render_citation
from service.store.recording import Asked
from service.usecases.replay import Replay, Replayed

_FACTS = TypeAdapter(Facts)


class NoticeBody(TypedDict):
    """Advice, or an action that a person must take."""

    code: Annotated[NoticeCode, Field(description="What it is, for programs.")]
    text: Annotated[str, Field(description="What it is, for people.")]
    rule: Annotated[str, Field(description="The rule that it rests on.")]
    facts: Annotated[Sequence[str], Field(description="The facts to find out, where the notice is about facts.")]
    citation: Annotated[
        CitationBody | None,
        Field(description="The place in the handbook that says so; null where the revision is not on record here."),
    ]


class FactsBody(TypedDict):
    """The facts that the decision rests on; what is absent is unknown."""

    account: Annotated[Account, Field(description="What the CRM says of the account.")]
    employee_counts: Annotated[Sequence[EmployeeCount], Field(description="Who counted how many employees.")]
    motion: Annotated[Motion, Field(description="How the account comes to sales.")]
    vp_decision: NotRequired[Annotated[VpDecision, Field(description="The VP's decision that leads (SEG-5).")]]
    move: NotRequired[Annotated[Move, Field(description="The move that stands on the account.")]]
    on_record: NotRequired[Annotated[OnRecord, Field(description="Who owns a customer, as the record has it.")]]
    occasion: NotRequired[
        Annotated[Trigger, Field(description="What the decision is about, where that is not the account as such.")]
    ]


class PolicyReference(TypedDict):
    """A policy revision."""

    id: Annotated[str, Field(description="The policy's name, such as fy23.")]
    version: Annotated[int, Field(description="The revision of it.")]
    program: Annotated[str | None, Field(description="The SHA-256 of its program, in hexadecimal; null: not known.")]


class DecisionSummary(TypedDict):
    """A decision without its reasons: the segment and the owning team of an account, and how firm that is."""

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
    leading_range: Annotated[str | None, Field(description="The range that leads, as 201-500, where one does.")]
    smb_double_check: Annotated[
        DoubleCheck | None, Field(description="What LinkedIn says of an SMB result (SEG-7); null for others.")
    ]
    missing_facts: Annotated[Sequence[str], Field(description="The facts for want of which it is provisional.")]
    advice: Annotated[Sequence[NoticeBody], Field(description="What may be followed.")]
    actions: Annotated[Sequence[NoticeBody], Field(description="What a person must do.")]
    policy: Annotated[PolicyReference, Field(description="The policy revision that it was taken under.")]
    effective_on: Annotated[date, Field(description="The day on which it takes effect, whose policy decided.")]
    stands: Annotated[
        bool | None,
        Field(
            description="Whether the account stood on it from then on. False is history: effective before the decision "
            "that the account stood on, it moved nothing. Null where the record was not asked."
        ),
    ]
    actor: Annotated[str | None, Field(description="Who asked: the name of the API key.")]
    source: Annotated[str | None, Field(description="The entry point it came through, such as api.")]
    request_id: Annotated[str | None, Field(description="The request that asked for it.")]
    team_before: Annotated[Team | None, Field(description="The team of the decision before it; null: none.")]
    unchanged: Annotated[bool, Field(description="A revision was applied, and left the account as it was.")]
    previous_decision_id: Annotated[UUID | None, Field(description="The decision that the account stood on before.")]
    review_id: Annotated[UUID | None, Field(description="The review that it opened, updated or resolved.")]
    handoff_id: Annotated[UUID | None, Field(description="The handoff that it belongs to.")]
    recorded_at: Annotated[datetime | None, Field(description="When it was recorded; null where it was not.")]


class DecisionBody(DecisionSummary):
    """A decision: the segment and the owning team of an account, why, and how firm that is."""

    explanation: Annotated[
        Sequence[ClauseBody],
        Field(description="Every clause that was asked, in order; none where the revision is not on record here."),
    ]
    facts: Annotated[FactsBody, Field(description="The facts that it rests on.")]


class DecisionPage(TypedDict):
    """A page of decisions, newest first; the `Link` header leads to the next."""

    items: Annotated[
        Sequence[DecisionBody | DecisionSummary],
        Field(description="The decisions; with `view=summary` without explanation and facts."),
    ]


class CountBody(TypedDict):
    """How many there are of these values."""

    team: NotRequired[Annotated[Team | None, Field(description="The owning team.")]]
    team_before: NotRequired[Annotated[Team | None, Field(description="The team of the decision before.")]]
    segment: NotRequired[Annotated[Segment | None, Field(description="The segment.")]]
    status: NotRequired[Annotated[Status, Field(description="How firm it is.")]]
    region: NotRequired[Annotated[str | None, Field(description="The region; OTHER is any but the four.")]]
    rule: NotRequired[Annotated[str, Field(description="The rule that decided.")]]
    kind: NotRequired[Annotated[Kind, Field(description="What made it necessary.")]]
    leading_source: NotRequired[Annotated[Basis | None, Field(description="What the segment rests on.")]]
    missing_fact: NotRequired[Annotated[str, Field(description="A fact for want of which it is provisional.")]]
    policy_version: NotRequired[Annotated[int, Field(description="The policy revision.")]]
    day: NotRequired[Annotated[str, Field(description="The day on which it was recorded.")]]
    week: NotRequired[Annotated[str, Field(description="The ISO week, as 2022-W11.")]]
    month: NotRequired[Annotated[str, Field(description="The month, as 2022-03.")]]
    count: Annotated[int, Field(description="How many.")]


class CountPage(TypedDict):
    """Counts, the earliest first, then the largest."""

    items: Annotated[Sequence[CountBody], Field(description="The counts; what is not there is none.")]


class ReplayedBody(TypedDict):
    """A decision taken again under one policy revision."""

    policy: Annotated[PolicyReference, Field(description="The policy revision.")]
    agrees: Annotated[bool, Field(description="It says what was recorded.")]
    problem: Annotated[str | None, Field(description="Why it could not be taken again, where it could not.")]
    status: Annotated[Status | None, Field(description="How firm it is now.")]
    segment: Annotated[Segment | None, Field(description="The segment that it comes to now.")]
    team: Annotated[Team | None, Field(description="The team that it comes to now.")]
    rule: Annotated[str | None, Field(description="The rule that decides now.")]
    missing_facts: Annotated[Sequence[str], Field(description="The facts for want of which it is provisional now.")]


class ReplayBody(TypedDict):
    """A recorded decision, taken again from its recorded facts."""

    decision_id: Annotated[UUID, Field(description="The recorded decision.")]
    agrees: Annotated[bool, Field(description="Both policy revisions say today what was recorded then.")]
    recorded: Annotated[DecisionBody, Field(description="The decision as it was recorded.")]
    under_recorded_policy: Annotated[ReplayedBody, Field(description="Again, under the revision of then.")]
    under_policy_in_force: Annotated[ReplayedBody, Field(description="Again, under the revision in force today.")]


def render_decision(recorded: RecordedDecision) -> DecisionBody:
    """A recorded decision."""
    return _with_reasons(render_summary(recorded), recorded.decision)


def render_counts(counts: Sequence[Mapping[str, object]]) -> CountPage:
    """Counts, as they are answered."""
    return {"items": [cast("CountBody", each) for each in counts]}


def render_summary(recorded: RecordedDecision) -> DecisionSummary:
    """A recorded decision, without its reasons."""
    return {
        **_summary(recorded.decision, recorded, recorded.kind, stands=recorded.stands),
        "id": recorded.id,
        "sequence": recorded.sequence,
        "team_before": recorded.team_before,
        "unchanged": recorded.unchanged,
        "previous_decision_id": recorded.previous_decision_id,
        "review_id": recorded.review_id,
        "handoff_id": handoff_id_of(recorded.decision),
        "recorded_at": recorded.recorded_at,
    }


def render_unrecorded(
    decision: Decision,
    asked: Asked | None = None,
    kind: Kind = Kind.CLASSIFICATION,
    *,
    stands: bool | None = None,
) -> DecisionBody:
    """A decision that was not recorded: the same, with nothing of the record."""
    return _with_reasons(_summary(decision, asked, kind, stands=stands), decision)


def _with_reasons(summary: DecisionSummary, decision: Decision) -> DecisionBody:
    # What is JSON already stands for what it says.
    explanation = cast("Sequence[ClauseBody]", orjson.Fragment(explanation_json(decision, decision.policy)))
    return {**summary, "explanation": explanation, "facts": render_facts(decision.facts)}


def _summary(
    decision: Decision, asked: Asked | RecordedDecision | None, kind: Kind, *, stands: bool | None
) -> DecisionSummary:
    policy = decision.policy
    advice, actions = notices(decision, policy)
    return {
        "id": None,
        "sequence": None,
        "kind": kind,
        "account_id": decision.facts.account.id,
        "status": decision.status,
        "segment": decision.segment,
        "team": decision.team,
        "rule": decision.rule,
        "summary": summary(decision, policy),
        "leading_source": decision.basis,
        "leading_employees": decision.leading_employees,
        "leading_range": None if decision.leading_range is None else str(decision.leading_range),
        "smb_double_check": decision.double_check,
        "missing_facts": decision.missing_facts,
        "advice": [_render_notice(notice) for notice in advice],
        "actions": [_render_notice(notice) for notice in actions],
        "policy": render_reference(policy),
        "effective_on": decision.effective_on,
        "stands": stands,
        "actor": None if asked is None else asked.actor,
        "source": None if asked is None else asked.source,
        "request_id": None if asked is None else asked.request_id,
        "team_before": None,
        "unchanged": False,
        "previous_decision_id": None,
        "review_id": None,
        "handoff_id": None,
        "recorded_at": None,
    }


def render_facts(facts: Facts) -> FactsBody:
    """What is known of facts."""
    return cast("FactsBody", orjson.Fragment(_FACTS.dump_json(facts, exclude_none=True)))


def render_reference(policy: AnyPolicy | UnknownRevision) -> PolicyReference:
    """The name of a revision."""
    return {"id": policy.id, "version": policy.version, "program": policy.digest}


def handoff_id_of(decision: Decision) -> UUID | None:
    """The handoff that a decision belongs to, if any."""
    trigger = decision.facts.trigger
    return trigger.handoff_id if isinstance(trigger, HandoffTrigger) else None


def _render_notice(notice: Notice) -> NoticeBody:
    return {
        "code": notice.code,
        "text": notice.text,
        "rule": notice.rule,
        "facts": notice.facts,
        "citation": None if notice.citation is None else render_citation(notice.citation),
    }


def render_replay(found: Replay) -> ReplayBody:
    """A decision beside itself, taken again."""
    then, now = found.under_recorded_policy, found.under_policy_in_force
    return {
        "decision_id": found.recorded.id,
        "agrees": then.agrees and now.agrees,
        "recorded": render_decision(found.recorded),
        "under_recorded_policy": _render_replayed(then),
        "under_policy_in_force": _render_replayed(now),
    }


def _render_replayed(replayed: Replayed) -> ReplayedBody:
    decision = replayed.decision
    return {
        "policy": render_reference(replayed.policy),
        "agrees": replayed.agrees,
        "problem": replayed.problem,
        "status": None if decision is None else decision.status,
        "segment": None if decision is None else decision.segment,
        "team": None if decision is None else decision.team,
        "rule": None if decision is None else decision.rule,
        "missing_facts": () if decision is None else decision.missing_facts,
    }
