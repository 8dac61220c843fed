"""The shapes of answers about changeovers, conduct and handoffs, as published in ``openapi.yaml``."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import Field

from service.domain.conduct import MatterKind
from service.domain.handoff.checklist import Side
from service.domain.handoff.evidence import Evidence
from service.domain.handoff.state import HandoffStatus
from service.domain.terms import Team
from service.entrypoints.api.schemas import CitationBody, Shape
from service.store.changeovers import ChangeoverStatus


class AcceptedBody(Shape):
    """A changeover that is being carried out."""

    on: date
    status: Literal["running"]


class ChangeoverBody(Shape):
    """A quarter changeover (MOVE-3), and how far it is."""

    on: date
    status: ChangeoverStatus
    requested_by: str
    requested_at: datetime
    examined: int = Field(description="The Territory accounts looked at since it was last asked for.")
    moved: int = Field(description="The accounts that this changeover moved, whenever it ran.")
    unsettled: int = Field(description="Those that it would concern, were their last activity known.")
    finished_at: datetime | None


class ChangeoverPage(Shape):
    """The changeovers, newest day first."""

    items: list[ChangeoverBody]


class RecordedMatterBody(Shape):
    """A conduct matter of an AE."""

    id: UUID
    kind: MatterKind
    rule: str
    account_executive: str
    account_id: str
    decision_id: UUID = Field(description="The decision that the account stood on.")
    reason: str | None
    occurred_on: date
    fiscal_year: int
    reported_by: str
    recorded_at: datetime


class FlagBody(Shape):
    """What an AE's ignored moves of one fiscal year come to (MOVE-4)."""

    rule: str
    text: str
    citation: CitationBody


class MatterBody(RecordedMatterBody):
    """A conduct matter, with whether its AE is flagged for the fiscal year."""

    ignored_moves_in_fiscal_year: int
    flagged: bool
    flag: FlagBody


class MatterPage(Shape):
    """A page of conduct matters, newest first; the `Link` header leads to the next."""

    items: list[MatterBody]


class HandoffSummaryBody(Shape):
    """Where a handoff stands."""

    id: UUID
    account_id: str
    account_name: str | None
    opportunity_id: str
    status: HandoffStatus
    receiver: Team | None = Field(description="Who receives the account; null while that is escalated at the start.")
    email_will_do: bool = Field(description="An email may replace the handoff call (HAND-2).")
    closed_on: date
    due_on: date = Field(description="The last day for two-way communication with the customer (HAND-3).")
    two_way_on: date | None = Field(description="The day of two-way communication, once both sides were in touch.")
    overdue: bool
    in_time: bool | None = Field(description="Whether two-way communication was in time; null before it.")
    first_order_ae: str
    named_ae: str | None
    started_by: str
    started_at: datetime
    completed_at: datetime | None


class HandoffStepBody(Shape):
    """One step of a handoff, with who took it and when; what does not belong to its kind is null."""

    kind: Literal["ticked", "reopened", "escalated", "answered", "billing_reassigned"]
    by: str
    at: datetime
    item: str | None
    evidence: Evidence | None
    team: Team | None
    reason: str | None


class HandoffItemBody(Shape):
    """An item of the checklist."""

    item: str
    side: Side
    number: int
    rule: str
    title: str
    citation: CitationBody
    required: bool
    needs_receiver: bool = Field(description="It waits until it is settled who receives the account.")
    ticked: HandoffStepBody | None


class HandoffTextsBody(Shape):
    """The texts to paste, built from the facts; a fact that is missing is said to be."""

    chatter_post: str
    account_activity: str
    customer_email: str


class HandoffBody(HandoffSummaryBody):
    """A First Order handoff with its checklist, its steps so far, and the texts to paste."""

    initial_amount: Decimal
    immediate_potential: Decimal | None
    total_users: int | None
    net_arr: Decimal | None
    items: list[HandoffItemBody]
    steps: list[HandoffStepBody]
    decision_ids: list[UUID] = Field(description="The decisions that the handoff led to, in order.")
    texts: HandoffTextsBody


class HandoffPage(Shape):
    """A page of handoffs, newest first; the `Link` header leads to the next."""

    items: list[HandoffSummaryBody]
