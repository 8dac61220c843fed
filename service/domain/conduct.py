"""Conduct matters of AEs: a move knowingly ignored (MOVE-4), an account deduplicated in order to work it (ROUTE-5)."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from service.domain.calendar import fiscal_year
from service.domain.policy import Policy


class MatterKind(StrEnum):
    """What an AE did."""

    IGNORED_MOVE = "ignored_move"
    DEDUPLICATION = "deduplication"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConductMatter:
    """A matter as it is reported. ``rule`` is the one that was passed over: MOVE-1, MOVE-2 or ROUTE-5."""

    kind: MatterKind
    account_executive: str
    rule: str
    reason: str | None
    occurred_on: date

    @property
    def fiscal_year(self) -> int:
        """The fiscal year that it counts in, by the year in which that ends."""
        return fiscal_year(self.occurred_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedMatter:
    """A recorded matter: about an account as it stood on a decision, and reported by ``actor``."""

    id: UUID
    account_id: str
    decision_id: UUID
    matter: ConductMatter
    actor: str
    recorded_at: datetime


def is_flagged(ignored_moves: int, policy: Policy) -> bool:
    """Whether disciplinary action is likely: moves were ignored too often in one fiscal year (MOVE-4)."""
    return policy.program.moves.ignored_too_often.ask({"ignored_moves": ignored_moves}, []) is True
