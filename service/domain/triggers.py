"""What makes a decision necessary after the first: a discovery, a quarter changeover, a won First Order.

Each holds all that the decision rests on beside the facts of the account, so that it can be taken again.
"""

from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field, WithJsonSchema, WrapSerializer

from service.domain.fields import Count, CrmId, Day, Frozen, Line, Money, Prose, never_the_customer
from service.domain.ranges import Number, Range, SomeNumber
from service.domain.terms import Basis, Segment, Team


def _is_none(value: object) -> bool:
    return value is None


class Before(Frozen):
    """Where the account stood: what stays as it is, unless the decision changes it."""

    team: Team | None = Field(None, description="The team that owned it.")
    segment: Segment | None = Field(None, description="Its segment.")
    leading_source: Basis | None = Field(None, description="What the segment rested on.")
    leading_employees: int | None = Field(None, description="The number of employees that led.")
    leading_range: Annotated[Number, WithJsonSchema({"type": "string"})] | None = Field(
        None, exclude_if=_is_none, description="The range of employees that led, where one did."
    )
    missing_facts: tuple[str, ...] = Field((), description="The facts for want of which that was provisional.")

    @property
    def led(self) -> int | Range | None:
        """The number or the range of employees that led."""
        return self.leading_employees if self.leading_range is None else self.leading_range


RestsOn = Literal["MOVE-1", "MOVE-2", "MOVE-3", "HAND-1", "HAND-6"]
"""What a move rests on: the facts that the rule asks of, an escalation's answer (HAND-1), or an open handoff (HAND-6).

That of MOVE-5 is the one of MOVE-1 and MOVE-2 that it was.
"""


class Move(Frozen):
    """A move that stands: it leads over the routing rules for as long as they name the team that it moved from.

    What it rests on has to hold as well, on the facts of the day; of its numbers, those discovered are kept. Without a
    team that it moved from, it leads over every routing of a Mid-Market account: a handoff, or the answer to its
    escalation, holds it. The receiver of a completed handoff rests on nothing else.
    """

    rule: str = Field(description="The rule that moved it.")
    moved_from: Team | None = Field(None, description="The team that it was moved from; null: whichever.")
    moved_to: Team = Field(description="The team that owns it since.")
    moved_on: Day = Field(description="The day of the move.")
    rests_on: RestsOn | None = Field(None, description="The rule whose condition it rests on.")
    employees: Number | None = Field(None, description="The employees discovered; null: those of the day count.")
    potential_users: Number | None = Field(None, description="The potential users discovered; null: those of the day.")
    answered_by: Line | None = Field(None, description="Who answered that the account stays: the name of the API key.")
    displaced: "Move | None" = Field(
        None, exclude_if=_is_none, description="What stood before an open handoff, and does again if it is abandoned."
    )

    @property
    def is_bare(self) -> bool:
        """Recorded by an earlier release, without what it rests on: the decision that made it has that."""
        return self.rests_on is None and (self.moved_from is None or not self.rule.startswith("HAND"))

    def is_as(self, other: "Move") -> bool:
        """Whether both are one move, as far as an earlier release recorded it."""
        mine, theirs = ((each.rule, each.moved_from, each.moved_to, each.moved_on) for each in (self, other))
        return mine == theirs


class Discovery(Frozen):
    """What an AE found out about an account (MOVE-1, MOVE-2, MOVE-5). Either number may be unknown."""

    kind: Literal["discovery"] = Field("discovery", description="It is a discovery.")
    before: Before = Field(description="Where the account stood.")
    discovered_by: Annotated[Line, BeforeValidator(never_the_customer)] = Field(description="The AE.")
    employees: SomeNumber | None = Field(None, description="The number of employees; null is unknown.")
    potential_users: Number | None = Field(None, description="The number of potential users; null is unknown.")
    evidence: Annotated[Prose, BeforeValidator(never_the_customer)] | None = Field(
        None, description="How it was found out."
    )
    discovered_on: Day = Field(description="The day of the discovery.")


class Changeover(Frozen):
    """A quarter changeover (MOVE-3), with what a standing discovery says of the account's size."""

    kind: Literal["changeover"] = Field("changeover", description="It is a quarter changeover.")
    before: Before = Field(description="Where the account stood.")
    on: Day = Field(description="The first day of the quarter.")
    discovered_employees: Number | None = Field(None, description="The employees of a discovery that stands.")
    discovered_users: Number | None = Field(None, description="The potential users of a discovery that stands.")


class Stage(StrEnum):
    """How far a handoff is: won, its receiver put in question later, that answered, or everything handed over.

    A completed one may be reopened, and an open one abandoned.
    """

    WON = "won"
    ESCALATED = "escalated"
    ANSWERED = "answered"
    COMPLETED = "completed"
    REOPENED = "reopened"
    ABANDONED = "abandoned"


class EscalationAnswer(Frozen):
    """The answer to an escalation: who receives the account, or Key Accounts First Order, which then keeps it."""

    team: Literal[Team.MMKAN, Team.MM_TERRITORY, Team.MMKAFO] = Field(description="Who receives the account.")
    reason: Prose = Field(description="Why.")
    answered_by: Line = Field(description="Who answered: the name of the API key.")
    answered_on: Day | None = Field(None, description="The day of the answer.")


class Opportunity(Frozen):
    """A First Order opportunity that was closed won. Amounts are in USD; None is unknown."""

    opportunity_id: CrmId = Field(description="The opportunity's identifier in the CRM.")
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

    kind: Literal["handover"] = Field("handover", description="It is a handoff.")
    before: Before = Field(description="Where the account stood.")
    stage: Stage = Field(description="How far the handoff is.")
    handoff_id: UUID = Field(description="The handoff's identifier.")
    as_of: Day = Field(description="The day up to which the week is counted.")
    in_question: Prose | None = Field(None, description="Why who receives the account is in question, where it is.")
    answer: EscalationAnswer | None = Field(None, description="The answer to the escalation, where one was given.")
    held_by: Team | None = Field(
        None,
        description="Who owns the account while the handoff is open, where it was handed over before; else MMKAFO.",
    )
    reason: Prose | None = Field(None, description="Why it was reopened, or abandoned.")


_BEHIND_THE_CLOSE = tuple(name for name in Opportunity.model_fields if name not in {"opportunity_id", "closed_on"})
_AS_RECORDED = (
    *("kind", "before", "stage", "handoff_id", "opportunity_id", "closed_on", "as_of"),
    *(*_BEHIND_THE_CLOSE, "in_question", "answer", "held_by", "reason"),
)
"""A handover's fields in the order in which they are recorded, byte for byte."""
_Recorded = WrapSerializer(
    lambda handover, write: {name: told[name] for told in (write(handover),) for name in _AS_RECORDED if name in told}
)

Trigger = Annotated[Discovery | Changeover | Annotated[HandoffTrigger, _Recorded], Field(discriminator="kind")]
