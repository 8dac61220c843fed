"""The bodies of requests about what follows a classification: discoveries, changeovers, conduct, handoffs."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from service.domain.customer_counts import never_the_customer
from service.domain.fields import LARGEST_COUNT, AccountId, Count, Day, Frozen, Line, Prose
from service.domain.handoff.evidence import Evidence
from service.domain.terms import Team
from service.domain.triggers import Opportunity


class DiscoveryRequest(Frozen):
    """What an AE found out about an account (MOVE-1, MOVE-2, MOVE-5)."""

    discovered_by: Annotated[Line, BeforeValidator(never_the_customer)] = Field(description="The AE.")
    employees: Annotated[int, Field(ge=1, le=LARGEST_COUNT)] | None = Field(
        None, description="The number of employees; null is unknown."
    )
    potential_users: Count | None = Field(None, description="The number of potential users; null is unknown.")
    evidence: Annotated[Prose, BeforeValidator(never_the_customer)] | None = Field(
        None, description="How it was found out."
    )
    discovered_on: Day | None = Field(None, description="The day of the discovery; default today, UTC.")


class ChangeoverRequest(Frozen):
    """The quarter changeover to carry out (MOVE-3)."""

    on: Day = Field(description="The first day of a fiscal quarter: 1 February, May, August or November.")


class ConductRequest(Frozen):
    """An AE who knowingly ignored a move, or had an account deduplicated in order to work it (MOVE-4, ROUTE-5)."""

    account_executive: Line = Field(description="The AE.")
    account_id: AccountId = Field(description="The account that it is about.")
    rule: Literal["MOVE-1", "MOVE-2", "ROUTE-5"] = Field(
        "MOVE-1", description="The rule that was passed over; ROUTE-5 is the deduplication of an account."
    )
    reason: Prose = Field(description="What happened.")
    occurred_on: Day | None = Field(None, description="The day on which it happened; default today, UTC.")


class HandoffRequest(Opportunity):
    """A First Order opportunity that was closed won (HAND-1 to HAND-3). Amounts are in USD."""

    account_id: AccountId = Field(description="The account, owned by MMKAFO.")
    in_question: Prose | None = Field(None, description="Why who receives the account is in question, where it is.")


class TickRequest(Frozen):
    """What shows that an item is done; its fields are those of the item."""

    evidence: Evidence


class EvidenceStated(Frozen):
    """A tick before it is known whether the evidence is that of its item."""

    evidence: dict[str, Any]


class ReasonRequest(Frozen):
    """Why."""

    reason: Prose


class AnswerRequest(Frozen):
    """The answer to an escalation (HAND-1)."""

    team: Literal[Team.MMKAN, Team.MM_TERRITORY, Team.MMKAFO] = Field(
        description="Who receives the account; MMKAFO keeps it."
    )
    reason: Prose = Field(description="Why.")
