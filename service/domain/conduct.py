"""Conduct matters of AEs: a move knowingly ignored (MOVE-4), an account deduplicated in order to work it (ROUTE-5)."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from service.domain.calendar import fiscal_year
from service.domain.clauses import Citation
from service.domain.fields import RecordedId
from service.domain.fy23_citations import DEDUPLICATION
from service.domain.policy import Policy
from service.domain.sellers import Sellers


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

    def whose(self, sellers: Sellers) -> str:
        """Whom it is about: a person of the day on which it happened, where it is known who is meant."""
        return sellers.whose(self.account_executive, self.occurred_on)

    def incident(self, sellers: Sellers) -> tuple[str, str, date]:
        """What makes it one with others of its account: this AE, day and rule, whatever is said of it (MOVE-4)."""
        return self.whose(sellers), self.rule, self.occurred_on


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedMatter:
    """A recorded matter: about an account as it stood on a decision, and reported by ``actor``.

    It is ``repeated`` where the incident was reported again, of which this is the first report.
    """

    id: UUID
    account_id: RecordedId
    decision_id: UUID
    matter: ConductMatter
    actor: str
    recorded_at: datetime
    repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """What a matter comes to for its AE, and who says so."""

    flagged: bool
    rule: str
    text: str
    citation: Citation


def flag_of(matter: ConductMatter, ignored_moves: int, policy: Policy) -> Flag:
    """What a matter comes to: a deduplication at once, ignored moves once they are too many in one fiscal year.

    ``ignored_moves`` is how many there were in that of the matter (MOVE-4); a deduplication knows no number (ROUTE-5).
    """
    if matter.kind is MatterKind.DEDUPLICATION:
        return Flag(flagged=True, rule=matter.rule, text="Disciplinary action follows.", citation=DEDUPLICATION)
    step = policy.program.moves.ignored_too_often
    flagged = step.ask({"ignored_moves": ignored_moves}, []) is True
    text = f"{step.title}." if flagged else "Not flagged."
    return Flag(flagged=flagged, rule=step.rule, text=text, citation=step.citation)
