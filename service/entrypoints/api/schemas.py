"""The shapes of answers, as published in ``openapi.yaml``. Tests hold every answer to them."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from service.domain.decision import DoubleCheck, Kind, Status
from service.domain.facts import Account, EmployeeCount, VpDecision
from service.domain.notices import NoticeCode
from service.domain.reviews import ReviewStatus
from service.domain.terms import Basis, Motion, Segment, Team
from service.domain.triggers import Move, Trigger
from service.entrypoints.common.requests import ClassificationRequest


class Shape(BaseModel):
    """An answer, or a part of one: what it does not name is not in it."""

    model_config = ConfigDict(extra="forbid")


class CitationBody(Shape):
    """Where the handbook says so."""

    heading: str
    item: str
    gist: str


class ClauseBody(Shape):
    """One clause of an explanation; `outcome` is null for unknown."""

    rule: str
    clause: str
    title: str
    text: str
    outcome: bool | None
    facts: dict[str, Any] = Field(description="The facts that the clause read; null is unknown.")
    citation: CitationBody | None
    children: list["ClauseBody"]


class NoticeBody(Shape):
    """Advice, or an action that a person must take."""

    code: NoticeCode
    text: str
    rule: str
    facts: list[str] = Field(description="The facts to find out, where the notice is about facts.")
    citation: CitationBody


class PolicyReference(Shape):
    """A policy revision."""

    id: str
    version: int


class FactsBody(Shape):
    """The facts that the decision rests on; what is absent is unknown."""

    account: Account
    employee_counts: list[EmployeeCount]
    motion: Motion
    vp_decision: VpDecision | None = None
    move: Move | None = None
    occasion: Trigger | None = None


class DecisionBody(Shape):
    """A decision: the segment and the owning team of an account, why, and how firm that is."""

    id: UUID | None = Field(description="Null when the decision was not recorded (`dry_run`).")
    sequence: int | None = Field(description="The position in the sealed ledger; null until sealed.")
    kind: Kind
    account_id: str
    status: Status
    segment: Segment | None
    team: Team | None
    rule: str
    summary: str
    leading_source: Basis | None
    leading_employees: int | None
    smb_double_check: DoubleCheck | None = Field(description="What LinkedIn says of an SMB result (SEG-7).")
    explanation: list[ClauseBody]
    missing_facts: list[str]
    advice: list[NoticeBody]
    actions: list[NoticeBody]
    policy: PolicyReference
    effective_on: date
    facts: FactsBody
    actor: str | None
    source: str | None
    request_id: str | None
    previous_decision_id: UUID | None
    review_id: UUID | None
    handoff_id: UUID | None
    recorded_at: datetime | None


class DecisionPage(Shape):
    """A page of decisions, newest first; the `Link` header leads to the next."""

    items: list[DecisionBody]


class FieldErrorBody(Shape):
    """A field at fault: a JSON Pointer into the body, or the name of a parameter."""

    pointer: str
    detail: str


class Problem(Shape):
    """An error (RFC 9457). `type` is stable; `errors` names the fields at fault."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldErrorBody] | None = None


class BatchRequest(Shape):
    """Up to 1,000 accounts to classify."""

    items: list[ClassificationRequest] = Field(min_length=1, max_length=1000)


class BatchDecided(Shape):
    """An item that was classified."""

    status: Literal[201]
    decision: DecisionBody


class BatchRefused(Shape):
    """An item that was refused, and recorded nothing."""

    status: Literal[422]
    problem: Problem


class BatchResult(Shape):
    """What became of each item, in order."""

    results: list[BatchDecided | BatchRefused]


class CrmStateBody(Shape):
    """What the CRM's events say of the account's record itself."""

    deleted_at: datetime | None = Field(description="When the record was deleted in the CRM, if it is.")
    stale_since: datetime | None = Field(
        description="Since when changes are known to be missing, until an event tells every field."
    )


class StandingBody(Shape):
    """Where an account stands, now or at the instant asked for."""

    account_id: str
    name: str | None
    as_of: datetime | None = Field(description="The instant asked for; null is now.")
    status: Status
    segment: Segment | None
    team: Team | None
    since: datetime = Field(description="When the decision that it stands on was recorded.")
    crm: CrmStateBody | None = Field(
        description="What the CRM's events say of the record, now; null where none came, and with `as_of`."
    )
    decision: DecisionBody


class HistoryEntry(Shape):
    """One event in the life of an account."""

    at: datetime
    event: Literal[
        "classified", "reviewed", "discovered", "moved", "won", "escalated", "escalation_answered", "handed_over"
    ]
    decision_id: UUID
    previous_decision_id: UUID | None
    review_id: UUID | None
    handoff_id: UUID | None
    team_before: Team | None = Field(
        description="The owner before a discovery, changeover or step of a handoff; else null."
    )
    status: Status
    segment: Segment | None
    team: Team | None
    rule: str
    summary: str
    actor: str
    source: str
    request_id: str


class HistoryPage(Shape):
    """A page of an account's history, newest first; the `Link` header leads to the next."""

    items: list[HistoryEntry]


class ReplayedBody(Shape):
    """A decision taken again under one policy revision."""

    policy: PolicyReference
    agrees: bool
    problem: str | None = Field(description="Why it could not be taken again, where it could not.")
    status: Status | None
    segment: Segment | None
    team: Team | None
    rule: str | None
    missing_facts: list[str]


class ReplayBody(Shape):
    """A recorded decision, taken again from its recorded facts."""

    decision_id: UUID
    agrees: bool = Field(description="Both policy revisions say today what was recorded then.")
    recorded: DecisionBody
    under_recorded_policy: ReplayedBody
    under_policy_in_force: ReplayedBody


class RecommendationBody(Shape):
    """What is recommended to the VP, and why (SEG-5)."""

    segment: Segment | None
    reason: str
    citation: CitationBody


class ResolutionBody(Shape):
    """What the VP decided."""

    segment: Segment
    reason: str
    decided_by: str
    decided_at: datetime
    decision_id: UUID


class ReviewBody(Shape):
    """A review of an account's employee counts by the VP of Commercial Sales (SEG-4, SEG-5)."""

    id: UUID
    account_id: str
    status: ReviewStatus
    blocking: bool = Field(description="The account has no team until the review is resolved.")
    opened_at: datetime
    opened_by_decision_id: UUID
    recommendation: RecommendationBody
    chatter_text: str = Field(description="The text to post to Chatter on the account, ready to paste.")
    resolution: ResolutionBody | None


class ReviewPage(Shape):
    """A page of reviews, newest first; the `Link` header leads to the next."""

    items: list[ReviewBody]


class Health(Shape):
    """Whether the service is there, or ready."""

    status: Literal["ok"]
