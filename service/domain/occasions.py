"""What makes a decision necessary after the first: a discovery, a quarter changeover, a won First Order.

Each holds all that the decision rests on beside the facts of the account, so that it can be taken again.
"""

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field

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


class Answer(Frozen):
    """The answer to an escalation: who receives the account, or Key Accounts First Order, which then keeps it."""

    team: Literal[Team.MMKAN, Team.MM_TERRITORY, Team.MMKAFO]
    reason: Prose
    answered_by: Line


class Handover(Frozen):
    """A won First Order and its handoff (HAND-1 to HAND-3). ``as_of`` is the day up to which its week is counted."""

    kind: Literal["handover"] = "handover"
    before: Before
    stage: Stage
    handoff_id: UUID
    opportunity_id: AccountId
    closed_on: Day
    as_of: Day
    first_order_ae: Line
    named_ae: Line | None = None
    initial_amount: Money
    immediate_potential: Money | None = None
    total_users: Count | None = None
    net_arr: Money | None = None
    in_question: Prose | None = None
    answer: Answer | None = None


Occasion = Annotated[Discovery | Changeover | Handover, Field(discriminator="kind")]
