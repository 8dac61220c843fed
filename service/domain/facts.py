"""The facts that a decision rests on, as a caller states them: frozen, strict, refused where they contradict.

Each fact may be unknown (``None``); what that means for each stands beside it. A count of 0 from a provider means
"no data" and is unknown too.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from service.domain.fields import AccountId, CrmUserId, Day, Frozen, Line, Prose, WebAddress, never_the_customer
from service.domain.ranges import Number, Range
from service.domain.terms import Motion, Segment, Source, Team
from service.domain.triggers import Move, Trigger


class SizeCleanup(Frozen):
    """The segment that each size clean-up gave the account (SEG-5)."""

    feb_2019: Segment | None = Field(None, description="The segment at the clean-up of February 2019.")
    nov_2019: Segment | None = Field(None, description="The segment at the clean-up of November 2019.")


def contradict(customer: bool | None, first_order_available: bool | None) -> bool:  # noqa: FBT001 - two facts
    """Whether the two facts contradict each other: a customer has placed its first order already (ROUTE-2)."""
    return bool(customer and first_order_available)


class Account(Frozen):
    """What the CRM says of an account. A missing fact is unknown, which is neither true nor false."""

    id: AccountId = Field(description="The account's identifier in the CRM.")
    name: Line | None = Field(None, description="The account's name, for people to read.")
    region: Line | None = Field(
        None, description="NORAM, EMEA, LATAM or APAC; any other value is accepted, and is simply none of these."
    )
    crm_segment: Segment | None = Field(
        None, description="The segment marked in the CRM; Mid-Market and Large are accepted for MM and LARGE."
    )
    crm_created_on: Day | None = Field(
        None, description="The day the account was created in the CRM; null: it does not exist there yet."
    )
    customer: bool | None = Field(None, description="Has signed a contract.")
    first_order_available: bool | None = Field(None, description='Marked "First Order Available" in the CRM.')
    key_account: bool | None = Field(None, description="Deemed high-spending, or potentially so, by sales leadership.")
    current_team: Team | None = Field(None, description="The team that owns the account now.")
    max_family_employees: Number | None = Field(
        None, description="Account Demographic Max Family Employees; 0 is unknown."
    )
    lam_dev_count: Number | None = Field(None, description="LAM Dev Count.")
    linkedin_engineering_it: Number | None = Field(None, description="LinkedIn's engineering and IT personnel.")
    last_activity_on: Day | None = Field(None, description="The day of the last logged activity.")
    size_cleanup: SizeCleanup | None = Field(None, description="Segments at the size clean-ups of 2019.")
    owner_id: CrmUserId | None = Field(None, description="The CRM's id of its owner, who decides nothing.")

    @field_validator("first_order_available")
    @classmethod
    def _no_customer_awaits_a_first_order(cls, value: bool | None, info: ValidationInfo) -> bool | None:  # noqa: FBT001 - pydantic's calling convention
        if contradict(info.data.get("customer"), value):
            raise PydanticCustomError(
                "contradiction",
                "A customer has placed its first order already, so customer and first_order_available cannot both be "
                "true (ROUTE-2)",
            )
        return value


class EmployeeCount(Frozen):
    """One employee count, with who counted. At most one for each primary source; third parties are named."""

    source: Annotated[Source, BeforeValidator(never_the_customer)] = Field(
        description="datafox, zoominfo, linkedin, or third_party with its name."
    )
    name: Annotated[Line, BeforeValidator(never_the_customer)] | None = Field(
        None, validate_default=True, description="Who the third party is; required for one."
    )
    url: WebAddress | None = Field(None, description="Where the count can be seen.")
    employees: Number | None = Field(None, description="The number; 0 and null mean that the source has no data.")
    observed_on: Day | None = Field(None, description="The day on which the number was seen.")
    wholly_wrong: bool = Field(default=False, description="The number was found to be wholly wrong (SEG-2).")
    gap: Prose | None = Field(
        None, validate_default=True, description="What was found to be wrong; required with wholly_wrong (SEG-3)."
    )

    @field_validator("name")
    @classmethod
    def _third_parties_are_named(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("source") is Source.THIRD_PARTY:
            raise PydanticCustomError("missing_name", "A third party needs its name (SEG-4)")
        return value

    @field_validator("gap")
    @classmethod
    def _a_wrong_number_needs_its_gap(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("wholly_wrong"):
            raise PydanticCustomError(
                "missing_gap", "A source marked wholly wrong needs the gap that was found (SEG-3)"
            )
        return value

    @property
    def known_employees(self) -> int | Range | None:
        """The number, or None where the source has no data."""
        return self.employees or None

    @property
    def stands(self) -> bool:
        """Whether it is a number that was not found to be wholly wrong."""
        return not self.wholly_wrong and self.known_employees is not None


def _one_count_for_each_primary_source(counts: tuple[EmployeeCount, ...]) -> tuple[EmployeeCount, ...]:
    primary = [count.source for count in counts if count.source is not Source.THIRD_PARTY]
    if len(primary) != len(set(primary)):
        twice = next(source for source in primary if primary.count(source) > 1)
        raise PydanticCustomError(
            "repeated_source", "{source} is given more than once; one count stands for each", {"source": twice.value}
        )
    return counts


LONGEST_STATED = {"url": 1000, "gap": 1000}
"""The characters that may be stated of a count: the text that is posted to Chatter has 10,000, and every gap stands in
it. What was recorded may be longer."""


def _of_use(count: EmployeeCount) -> EmployeeCount:
    stated = ((field, getattr(count, field) or "", most) for field, most in LONGEST_STATED.items())
    too_long = [
        InitErrorDetails(type="string_too_long", loc=(field,), input=text, ctx={"max_length": most})
        for field, text, most in stated
        if len(text) > most
    ]
    if too_long:
        raise ValidationError.from_exception_data(EmployeeCount.__name__, too_long)
    return count


StatedCount = Annotated[
    EmployeeCount,
    AfterValidator(_of_use),
    Field(json_schema_extra={"properties": {field: {"maxLength": most} for field, most in LONGEST_STATED.items()}}),
]
"""A count as somebody states it now."""
_OF_EACH_SOURCE = (Field(max_length=50), AfterValidator(_one_count_for_each_primary_source))
EmployeeCounts = Annotated[tuple[EmployeeCount, ...], *_OF_EACH_SOURCE]
StatedCounts = Annotated[tuple[StatedCount, ...], *_OF_EACH_SOURCE]


class VpDecision(Frozen):
    """The leading decision of the VP of Commercial Sales on an account's segment (SEG-5)."""

    segment: Segment = Field(description="The segment that leads.")
    reason: Prose = Field(description="Why.")
    decided_by: Line = Field(description="Who decided: the name of the API key.")


class OnRecord(Frozen):
    """What the record says of who owns a customer, where ROUTE-2 asks for it."""

    team: Team | None = Field(None, description="The team that it stands with.")
    handed_over: bool | None = Field(
        None, description="True: a handoff of its First Order was completed, or its escalation answered."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that one decision rests on, and all that is needed to take it again.

    ``move`` is the move that stands on the account, ``on_record`` who owns a customer. ``trigger`` is what the decision
    is about, where that is not the account as such: a discovery, a changeover, a handoff. Recorded, it is called
    ``occasion``.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(serialize_by_alias=True)

    account: Account
    employee_counts: EmployeeCounts = ()
    motion: Motion = Motion.EXISTING
    vp_decision: VpDecision | None = None
    move: Move | None = None
    on_record: OnRecord | None = None
    trigger: Annotated[Trigger | None, Field(alias="occasion")] = None
