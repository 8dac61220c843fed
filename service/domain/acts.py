"""Acts of administration: what somebody did to the service itself, who, and when. Each is recorded, and sealed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class ActKind(StrEnum):
    """What was done."""

    KEY_MADE = "key_made"
    KEY_ROTATED = "key_rotated"
    KEY_REVOKED = "key_revoked"
    SUBSCRIBER_MADE = "subscriber_made"
    SUBSCRIBER_ENDED = "subscriber_ended"
    SUBSCRIBER_ENABLED = "subscriber_enabled"
    SECRET_ROTATED = "secret_rotated"  # noqa: S105 - the kind of an act
    CHANGEOVER_REQUESTED = "changeover_requested"
    APPLICATION_REQUESTED = "application_requested"
    RETRY_REQUESTED = "retry_requested"
    EXPORTED = "exported"
    STARTED = "started"
    """The service started with settings that matter to the record, other than those that it had last."""
    REDACTION_REQUESTED = "redaction_requested"
    REDACTION_CONFIRMED = "redaction_confirmed"
    REDACTED = "redacted"
    """An account was redacted: what names it, or was written about it, is gone from what is recorded of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """An act, with what it was done with: values that JSON has. No secret is among them."""

    id: UUID
    kind: ActKind
    actor: str
    at: datetime
    request_id: str = ""
    body: dict[str, Any]
