"""The redaction of an account as every entry point answers it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from service.store.redactions import Redaction


class RedactionStatus(StrEnum):
    """Where a redaction stands."""

    WAITS_FOR_CONFIRMATION = "waits_for_confirmation"
    UNDER_WAY = "under_way"
    DONE = "done"


class RedactionBody(TypedDict):
    """The redaction of an account."""

    account_id: Annotated[str, Field(description="The account's identifier in the CRM.")]
    status: Annotated[RedactionStatus, Field(description="Whether somebody else has to confirm it, or it is done.")]
    reason: Annotated[str, Field(description="Why, as whoever asked for it said.")]
    requested_by: Annotated[str, Field(description="Who asked for it.")]
    requested_at: Annotated[datetime, Field(description="When.")]
    confirmed_by: Annotated[str | None, Field(description="Who confirmed it, where that was needed.")]
    confirmed_at: Annotated[datetime | None, Field(description="When.")]
    redacted_at: Annotated[datetime | None, Field(description="When it was done; null until then.")]


def status_of(redaction: Redaction) -> RedactionStatus:
    """Where a redaction stands."""
    if redaction.redacted_at is not None:
        return RedactionStatus.DONE
    return RedactionStatus.WAITS_FOR_CONFIRMATION if redaction.waits else RedactionStatus.UNDER_WAY


def render_redaction(redaction: Redaction) -> RedactionBody:
    """A redaction, to be written as JSON."""
    return RedactionBody(
        account_id=redaction.account_id,
        status=status_of(redaction),
        reason=redaction.reason,
        requested_by=redaction.requested_by,
        requested_at=redaction.requested_at,
        confirmed_by=redaction.confirmed_by,
        confirmed_at=redaction.confirmed_at,
        redacted_at=redaction.redacted_at,
    )
