"""What makes a decision necessary after the first: a discovery, a quarter changeover, a won First Order.

Each holds all that the decision rests on beside the facts of the account, so that it can be taken again.
"""

from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field, WrapSerializer

from service.domain.customer_counts import never_the_customer
from service.domain.fields import LARGEST_COUNT, AccountId, Count, Day, Frozen, Line, Money, Prose
from service.domain.terms import Basis, Segment, Team


class Before(Frozen):
    """Where the account stood: what stays as it is, unless the decision changes it."""

    team: Team | None = None
    segment: Segment | None = None
    leading_source: Basis | None = None
    leading_employees: int | None = None
    missing_facts: tuple[str, ...] = ()


class Move(Frozen):
    """A move that stands: it leads over the routing rules for as long as they name the team that it moved from.

    Without such a team it leads over every routing: the account is held by a team until its handoff is completed.
    """

    rule: str
    moved_from: Team | None = None
    moved_to: Team
    moved_on: Day


class Discovery(Frozen):
    """What an AE found out about an account (MOVE-1, MOVE-2, MOVE-5). Either number may be unknown."""

    kind: Literal["discovery"] = "discovery"
    before: Before
    discovered_by: Annotated[Line, BeforeValidator(never_the_customer)]
    employees: Annotated[int, Field(ge=1, le=LARGEST_COUNT)] | None = None
    potential_users: Count | None = None
    evidence: Annotated[Prose, BeforeValidator(never_the_customer)] | None = None
    discovered_on: Day


class Changeover(Frozen):
    """A quarter changeover (MOVE-3), with what a standing discovery says of the account's size."""

    kind: Literal["changeover"] = "changeover"
    before: Before
    on: Day
    discovered_employees: int | None = None
    discovered_users: Count | None = None


class Stage(StrEnum):
    """How far a handoff is: won, its receiver put in question later, that answered, or everything handed over."""

    WON = "won"
    ESCALATED = "escalated"
    ANSWERED = "answered"
    COMPLETED = "completed"


class EscalationAnswer(Frozen):
    """The answer to an escalation: who receives the account, or Key Accounts First Order, which then keeps it."""

    team: Literal[Team.MMKAN, Team.MM_TERRITORY, Team.MMKAFO]
    reason: Prose
    answered_by: Line


class Opportunity(Frozen):
    """A First Order opportunity that was closed won. Amounts are in USD; None is unknown."""

    opportunity_id: AccountId = Field(description="The opportunity's identifier in the CRM.")
    closed_on: Day = Field(description="The day of the close.")
    first_order_ae: Line = Field(description="The First Order AE.")
    named_ae: Line | None = Field(None, description="The AE who takes the account over, where known.")
    initial_amount: Money = Field(description="The initial amount.")
    immediate_potential: Money | None = Field(None, description="The immediate potential; null is unknown.")
    total_users: Count | None = Field(None, description="The total users; null is unknown, and escalates.")
    net_arr: Money | None = Field(None, description="The nARR; null is unknown.")

    @property
    def as_fields(self) -> dict[str, Any]:
        """The fields of the opportunity alone, by name: whatever is about one has them too."""
        return {name: getattr(self, name) for name in Opportunity.model_fields}


class HandoffTrigger(Opportunity):
    """A won First Order and its handoff (HAND-1 to HAND-3). ``as_of`` is the day up to which its week is counted."""

    kind: Literal["handover"] = "handover"
    before: Before
    stage: Stage
    handoff_id: UUID
    as_of: Day
    in_question: Prose | None = None
    answer: EscalationAnswer | None = None


_BEHIND_THE_CLOSE = tuple(name for name in Opportunity.model_fields if name not in {"opportunity_id", "closed_on"})
_AS_RECORDED = (
    *("kind", "before", "stage", "handoff_id", "opportunity_id", "closed_on", "as_of"),
    *(*_BEHIND_THE_CLOSE, "in_question", "answer"),
)
"""A handover's fields in the order in which they are recorded, byte for byte."""
_Recorded = WrapSerializer(
    lambda handover, write: {name: told[name] for told in (write(handover),) for name in _AS_RECORDED if name in told}
)

Trigger = Annotated[Discovery | Changeover | Annotated[HandoffTrigger, _Recorded], Field(discriminator="kind")]
