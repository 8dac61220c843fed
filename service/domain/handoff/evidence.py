"""What ticks each item of a First Order handoff: one closed form of evidence for each, refused where it contradicts.

What only the handoff itself can tell (its AE, its close, whether an email will do) is checked where the item is ticked.
"""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated, TypeAlias

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from service.domain.fields import Day, Frozen, Line, Money, Prose, WebAddress


class ContactMode(StrEnum):
    """How the customer is met for the handoff (HAND-2)."""

    CALL = "call"
    EMAIL = "email"


class NamedAeFound(Frozen):
    """Who takes the account over (HAND-4, item 1)."""

    named_ae: Line = Field(description="The AE who takes the account over.")


class LicenseInstalled(Frozen):
    """The customer has its license, and uses it (HAND-4, item 2)."""

    received_on: Day = Field(description="The day on which the customer received its license.")
    installed_on: Day = Field(description="The day on which the customer installed it.")

    @field_validator("installed_on")
    @classmethod
    def _received_before_installed(cls, value: date, info: ValidationInfo) -> date:
        received_on = info.data.get("received_on")
        if received_on is not None and value < received_on:
            raise PydanticCustomError(
                "installed_before_received", "A license cannot be installed before it was received (HAND-4)"
            )
        return value


class ChatterPosted(Frozen):
    """The change of owner was asked for in Chatter (HAND-4, item 3)."""

    posted_on: Day = Field(description="The day of the post.")
    url: WebAddress | None = Field(None, description="Where the post can be seen.")


class AccountActivity(Frozen):
    """The account summary that the First Order AE logs: its name, and all six parts (HAND-4, item 4)."""

    # As long as an AE's name and what follows it together; only the one right name passes the handoff anyway.
    name: Annotated[str, Field(max_length=300)] = Field(
        description="(<First Order AE>) FO Account Summary for Handoff, with the name of this handoff's First Order AE."
    )
    why_gitlab: Prose = Field(description="The use case for which GitLab was chosen.")
    key_contacts: Annotated[tuple[Line, ...], Field(min_length=1, max_length=50)] = Field(
        description="The people who matter there."
    )
    expected_net_arr_next_12_months: Money = Field(description="Net ARR expected over the next 12 months, in USD.")
    next_order_by: Day = Field(description="The day by which the next order is expected.")
    next_opportunity_net_arr: Money = Field(description="Net ARR estimated for the next opportunity, in USD.")
    why_believed: Prose = Field(description="What these three expectations rest on.")
    logged_on: Day = Field(description="The day on which the activity was logged.")


class HandoffContact(Frozen):
    """The handoff call took place, or the handoff email was sent (HAND-4, item 5)."""

    mode: ContactMode = Field(description="call, or email where the handoff allows one (HAND-2).")
    took_place_on: Day = Field(description="The day of the call or email.")


class MaterialEditable(Frozen):
    """Everybody can edit what was made for the account (HAND-4, item 6)."""

    checked_on: Day = Field(description="The day on which this was checked.")
    materials: Annotated[tuple[Line, ...], Field(max_length=50)] = Field(
        description="What was checked; empty where nothing was made."
    )


class ContactScheduled(Frozen):
    """The handoff call or email has its day (HAND-5, item 1)."""

    mode: ContactMode = Field(description="call, or email where the handoff allows one (HAND-2).")
    scheduled_for: Day = Field(description="The day on which it is to take place.")


class Introduced(Frozen):
    """The new AE has introduced themselves to the customer (HAND-5, item 2)."""

    replied_on: Day = Field(description="The day of the reply to the handoff email or invitation.")


class GrowthOpportunity(Frozen):
    """The First Order AE's notes were read, and led to a growth opportunity (HAND-5, item 3)."""

    notes_read_on: Day = Field(description="The day on which the notes were read.")
    opportunity_id: Line = Field(description="The growth opportunity that was opened.")


class TaggedNotesRead(Frozen):
    """All notes tagged (ii) were read (HAND-5, item 4)."""

    read_on: Day = Field(description="The day on which they were read.")


class TamDetermined(Frozen):
    """Whether a TAM is appropriate, and that one was requested if so (HAND-5, item 5)."""

    net_arr: Money | None = Field(None, description="The account's nARR in USD; null: as the handoff has it.")
    appropriate: bool | None = Field(
        None, description="A TAM is appropriate; required unless the nARR is known to be too high for the question."
    )
    requested_on: Day | None = Field(
        None, validate_default=True, description="The day on which a TAM was requested; required where appropriate."
    )

    @field_validator("requested_on")
    @classmethod
    def _requested_if_appropriate(cls, value: date | None, info: ValidationInfo) -> date | None:
        appropriate = info.data.get("appropriate")
        if appropriate is True and value is None:
            raise PydanticCustomError(
                "missing_request", "Where a TAM is appropriate, one is requested: give the day (HAND-5)"
            )
        if appropriate is False and value is not None:
            raise PydanticCustomError(
                "contradiction", "A TAM that is not appropriate cannot have been requested (HAND-5)"
            )
        return value


class GrowthBeforeRenewal(Frozen):
    """The opportunity for growth before the first renewal, or why no such growth is expected (HAND-5, item 6)."""

    opportunity_id: Line | None = Field(None, description="The growth or add-on opportunity that was created.")
    none_expected: Prose | None = Field(
        None, validate_default=True, description="Why no growth is expected before the first renewal."
    )

    @field_validator("none_expected")
    @classmethod
    def _one_of_the_two(cls, value: str | None, info: ValidationInfo) -> str | None:
        # An opportunity that was itself refused is missing here, and has its own fault.
        if "opportunity_id" in info.data and (value is None) == (info.data["opportunity_id"] is None):
            raise PydanticCustomError(
                "one_of_two", "Give either opportunity_id, or in none_expected why there is none (HAND-5)"
            )
        return value


Evidence: TypeAlias = (
    NamedAeFound
    | LicenseInstalled
    | ChatterPosted
    | AccountActivity
    | HandoffContact
    | MaterialEditable
    | ContactScheduled
    | Introduced
    | GrowthOpportunity
    | TaggedNotesRead
    | TamDetermined
    | GrowthBeforeRenewal
)
"""The evidence of any item; each form belongs to one."""

EXPECTED = frozenset({"scheduled_for", "next_order_by"})
"""The days of evidence that may lie ahead; all others have come."""
MAY_PRECEDE_THE_CLOSE = frozenset({"received_on", "installed_on"})
"""The days of evidence that may lie before the close, as a license may be delivered before the deal is marked won."""


def days_of(evidence: Evidence) -> Iterator[tuple[str, date]]:
    """The days that evidence states, each with the name of its field."""
    for name in type(evidence).model_fields:
        value = getattr(evidence, name)
        if isinstance(value, date):
            yield name, value
