"""A decision as it stands in the record: with who asked, when, and what it followed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from service.domain.decision import Decision


class Kind(StrEnum):
    """What made a decision necessary."""

    CLASSIFICATION = "classification"
    REVIEW = "review"
    DISCOVERY = "discovery"
    CHANGEOVER = "changeover"
    WON = "won"
    ESCALATION = "escalation"
    HANDOFF = "handoff"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedDecision:
    """A recorded decision. ``recorded_at`` is UTC to the microsecond, and strictly rising for one account."""

    id: UUID
    kind: Kind
    account_id: str
    decision: Decision
    actor: str
    source: str
    request_id: str
    previous_decision_id: UUID | None
    review_id: UUID | None
    recorded_at: datetime
