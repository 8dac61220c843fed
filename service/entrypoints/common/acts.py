"""What people state when they act: the same fields over the API and on the forms of the console."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from service.domain.facts import StatedCounts
from service.domain.fields import AccountId, Day, Frozen, Line, Prose, Reason, never_the_customer
from service.domain.handoff.checklist import ITEMS_BY_NAME
from service.domain.ranges import Number, SomeNumber
from service.domain.terms import Segment, Team
from service.domain.triggers import Opportunity

MOST_REVIEWS = 500
ItemToReopen = Annotated[str, Field(max_length=100, json_schema_extra={"enum": list(ITEMS_BY_NAME)})]


class RedactionRequest(Frozen):
    """Why an account is to be redacted."""

    reason: Reason = Field(description="Why, in at least 10 characters. It stays on record: name nobody in it.")


class ResolutionRequest(Frozen):
    """The segment that the VP of Commercial Sales decides, or that a dispute is rejected, and why (SEG-5)."""

    rejected: bool = Field(default=False, description="A dispute is rejected: what stands goes on to stand.")
    segment: Segment | None = Field(
        None, validate_default=True, description="SMB, MM or LARGE; it may go against the recommendation."
    )
    reason: Reason = Field(description="Why, in at least 10 characters.")
    revises: bool = Field(default=False, description="It leads in place of what was decided of the review.")

    @field_validator("segment")
    @classmethod
    def _one_is_said(cls, value: Segment | None, info: ValidationInfo) -> Segment | None:
        if (value is None) != bool(info.data.get("rejected")):
            raise PydanticCustomError("unsaid", "Name a segment, or reject a dispute, and not both")
        return value

    @field_validator("revises")
    @classmethod
    def _a_segment_revises(cls, value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic's calling convention
        if value and info.data.get("rejected"):
            raise PydanticCustomError("unsaid", "A segment revises what was decided; a rejection revises nothing")
        return value


class ResolutionsRequest(Frozen):
    """The segment that the VP of Commercial Sales decides of several reviews of one kind, and why (SEG-5)."""

    reviews: list[UUID] = Field(min_length=1, max_length=MOST_REVIEWS, description="The reviews.")
    segment: Segment = Field(description="The segment; it may go against recommendations.")
    reason: Reason = Field(description="Why, in at least 10 characters.")


class DisputeRequest(Frozen):
    """What is disputed of an account, and with what (SEG-5)."""

    reason: Reason = Field(description="Why, in at least 10 characters.")
    employee_counts: StatedCounts = Field((), description="Counts that are put forward, never the customer's (SEG-6).")
    evidence: Annotated[Prose, BeforeValidator(never_the_customer)] | None = Field(None, description="Other evidence.")


class DiscoveryRequest(Frozen):
    """What an AE found out about an account (MOVE-1, MOVE-2, MOVE-5)."""

    discovered_by: Annotated[Line, BeforeValidator(never_the_customer)] = Field(description="The AE.")
    employees: SomeNumber | None = Field(None, description="The number of employees; null is unknown.")
    potential_users: Number | None = Field(None, description="The number of potential users; null is unknown.")
    evidence: Annotated[Prose, BeforeValidator(never_the_customer)] | None = Field(
        None, description="How it was found out."
    )
    discovered_on: Day | None = Field(None, description="The day of the discovery; default today.")


class HandoffRequest(Opportunity):
    """A First Order opportunity that was closed won (HAND-1 to HAND-3). Amounts are in USD."""

    account_id: AccountId = Field(description="The account, owned by MMKAFO.")
    in_question: Prose | None = Field(None, description="Why who receives the account is in question, where it is.")


class ReasonRequest(Frozen):
    """Why."""

    reason: Prose = Field(description="Why.")


class AnswerRequest(Frozen):
    """The answer to an escalation (HAND-1)."""

    team: Literal[Team.MMKAN, Team.MM_TERRITORY, Team.MMKAFO] = Field(
        description="Who receives the account; MMKAFO keeps it."
    )
    reason: Prose = Field(description="Why.")


class ReopeningRequest(Frozen):
    """Why a completed handoff is reopened, and what is to be done again (HAND-6)."""

    items: Annotated[tuple[ItemToReopen, ...], Field(min_length=1, max_length=len(ITEMS_BY_NAME))] = Field(
        description="The items that are to be done again; one at least is required for completion."
    )
    reason: Prose = Field(description="Why.")
