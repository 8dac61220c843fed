"""What is recorded of sales work beside decisions about accounts, each once and never changed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class SalesRecordKind(StrEnum):
    """What a record says, and of what."""

    DUTIES = "duties"
    """The facts of an opportunity, of which its duties follow (OPP-1 to OPP-5, OPP-8)."""
    RANK = "rank"
    """The rank that its owner gave an account (RANK-1 to RANK-5)."""
    LEAD = "lead"
    """An assignment of a lead to an SDR (LEAD-1 to LEAD-3)."""
    TOUCH = "touch"
    """That an SDR reached out to a lead."""
    CO_SELLING = "co_selling"
    """A call that an ASM joined (CAL-4)."""
    WEB_DIRECT = "web_direct"
    """What a person says of a web direct purchase (OPP-7)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesRecord:
    """A record: of what (``subject``), whose work it is, when it happened where that is asked for, and its JSON."""

    id: UUID
    kind: SalesRecordKind
    subject: str
    account_id: str | None = None
    person: str | None = None
    happened_at: datetime | None = None
    body: str
    program: str | None = None
    recorded_by: str
    recorded_at: datetime
