"""Account ranks: what one means, what whoever gives it says, whose it is, and whether it holds (RANK-3, RANK-4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from service.domain import rank_citations as cite
from service.domain.calendar import fiscal_year
from service.domain.clauses import Citation, Outcome
from service.domain.fields import Day, Frozen, Line, Prose
from service.domain.people import same_person
from service.domain.ranges import Number
from service.domain.sellers import Sellers
from service.domain.terms import Segment


class Rank(StrEnum):
    """How much an account executive expects of an account, the most first."""

    ONE = "1"
    ONE_AND_A_HALF = "1.5"
    TWO = "2"
    THREE = "3"


MEANINGS: Mapping[tuple[Segment, Rank], Citation] = {
    (Segment.SMB, Rank.ONE): cite.SMB_ONE,
    (Segment.SMB, Rank.ONE_AND_A_HALF): cite.SMB_ONE_AND_A_HALF,
    (Segment.SMB, Rank.TWO): cite.SMB_TWO,
    (Segment.SMB, Rank.THREE): cite.SMB_THREE,
    (Segment.MM, Rank.ONE): cite.MID_MARKET_ONE,
    (Segment.MM, Rank.ONE_AND_A_HALF): cite.MID_MARKET_ONE_AND_A_HALF,
    (Segment.MM, Rank.TWO): cite.MID_MARKET_TWO,
    (Segment.MM, Rank.THREE): cite.MID_MARKET_THREE,
}
"""What each rank means, as the gist of its citation: in SMB and in Mid-Market another thing, elsewhere nothing."""


class StatedRank(Frozen):
    """The rank of an account, as its account executive gives it."""

    rank: Rank = Field(description="1, 1.5, 2 or 3.")
    account_executive: Line = Field(description="Who gives it: a person's id, CRM user id, email or name.")
    potential_users: Number | None = Field(None, description="How many might use it: an SMB rank 1 or 1.5 needs it.")
    note: Prose | None = Field(None, description="A note: an SMB rank 2 or 3, and an unchanged rank, need one.")
    sources: Annotated[tuple[Line, ...], Field(max_length=20)] = Field((), description="Where it is known from.")
    reason: Prose | None = Field(None, description="Why it has this rank; without one, the note says so.")


class GivenRank(StatedRank):
    """The same as it is recorded: on which day, and in place of which rank, whoever had given that."""

    ranked_on: Day
    previous: Rank | None = None
    previous_account_executive: Line | None = None

    @property
    def is_reaffirmed(self) -> bool:
        """Whether the account had this rank before."""
        return self.previous is self.rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A standing rank, as little of it as says where it stands: whose it is, and how its account stands now."""

    id: UUID
    account_id: str
    rank: Rank
    person: str
    ranked_on: date
    segment: Segment | None
    owner_id: str | None

    def is_owners(self, sellers: Sellers) -> Outcome:
        """Whether it is the present owner's; None where nobody is known to own the account."""
        owner = sellers.owner(self.owner_id)
        return None if owner is None else same_person(owner) == sellers.whose(self.person)

    def is_of_the_year(self, today: date) -> bool:
        """Whether it was given, or re-affirmed, in the fiscal year of today."""
        return fiscal_year(self.ranked_on) == fiscal_year(today)

    def is_stale(self, sellers: Sellers, today: date) -> bool:
        """Whether it is another's than the present owner's, or of another fiscal year (RANK-4)."""
        return self.is_owners(sellers) is False or not self.is_of_the_year(today)

    def has_place(self, sellers: Sellers, today: date) -> bool:
        """Whether it has one of the places of its account executive (RANK-3)."""
        return self.rank is Rank.ONE and self.segment is Segment.SMB and not self.is_stale(sellers, today)

    def why_stale(self, sellers: Sellers, today: date) -> list[str]:
        """Why it is stale, in sentences; none where it is not."""
        why = []
        owner = sellers.owner(self.owner_id)
        if owner is not None and self.is_owners(sellers) is False:
            why.append(f"{sellers.called(owner)} owns the account now, who did not give it.")
        if not self.is_of_the_year(today):
            year = fiscal_year(self.ranked_on) % 100
            why.append(f"It was given in FY{year:02}, on {self.ranked_on}, and not re-affirmed in this fiscal year.")
        return why
