"""The rank of an account as it is answered: as it was given, how it stands now, and what the handbook asks of it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from service.domain.clauses import Citation
from service.domain.ranges import Range
from service.domain.rank_checks import explained
from service.domain.ranks import MEANINGS, GivenRank, Held, Rank
from service.domain.sales_records import SalesRecord
from service.domain.terms import Segment
from service.entrypoints.views.decisions import PolicyReference, render_reference
from service.entrypoints.views.explanations import CitationBody, ClauseBody, render_citation, render_clause
from service.usecases.rank_books import Book
from service.usecases.ranks import StandingRank, read_given


class GivenRankBody(TypedDict):
    """A rank as it was given."""

    id: Annotated[UUID, Field(description="What tells it from the account's other ranks.")]
    account_id: Annotated[str, Field(description="The account's identifier in the CRM.")]
    rank: Annotated[Rank, Field(description="The rank.")]
    account_executive: Annotated[str, Field(description="Who gave it, as was said.")]
    potential_users: Annotated[int | str | None, Field(description="How many might use it: a number, or a range.")]
    note: Annotated[str | None, Field(description="The note.")]
    sources: Annotated[Sequence[str], Field(description="Where it is known from.")]
    reason: Annotated[str | None, Field(description="Why; null where the note says so.")]
    ranked_on: Annotated[date, Field(description="The day of the organisation on which it was given.")]
    previous: Annotated[Rank | None, Field(description="The rank that it took the place of.")]
    previous_account_executive: Annotated[str | None, Field(description="Who had given that one.")]
    reaffirmed: Annotated[bool, Field(description="The rank is the one before, re-affirmed.")]
    recorded_by: Annotated[str, Field(description="Who recorded it: the name of the API key.")]
    recorded_at: Annotated[datetime, Field(description="When it was recorded.")]


class RankCheckBody(TypedDict):
    """What a rule asks of a rank; null is unknown."""

    rule: Annotated[str, Field(description="The rule, RANK-1 to RANK-5.")]
    applies: Annotated[bool | None, Field(description="Whether it asks anything of this rank.")]
    met: Annotated[bool | None, Field(description="Whether the rank has it; null where it asks nothing, too.")]


class RankBody(GivenRankBody):
    """A rank that stands, by how its account stands now, with what the handbook asks of it."""

    name: Annotated[str | None, Field(description="The account's name.")]
    segment: Annotated[Segment | None, Field(description="The segment that the account stands on; null is unknown.")]
    meaning: Annotated[str | None, Field(description="What it means there; null where the handbook does not say.")]
    citation: Annotated[CitationBody | None, Field(description="Where the handbook says what it means.")]
    stale: Annotated[bool, Field(description="It is not the present owner's, or not of this fiscal year (RANK-4).")]
    why_stale: Annotated[Sequence[str], Field(description="Why it is stale, in sentences.")]
    has_place: Annotated[bool, Field(description="It has one of the top places of its account executive (RANK-3).")]
    policy: Annotated[PolicyReference, Field(description="The revision that it is held to: that of today.")]
    checks: Annotated[Sequence[RankCheckBody], Field(description="What each rule asks.")]
    explanation: Annotated[Sequence[ClauseBody], Field(description="The same, with facts and citations.")]


class RankHistoryPage(TypedDict):
    """A page of the ranks of an account, newest first; the `Link` header leads to the next."""

    items: Annotated[Sequence[GivenRankBody], Field(description="The ranks.")]


class RankPage(TypedDict):
    """A page of a book, by rank and the newest first; the counts are of all of it, whatever is asked for."""

    items: Annotated[Sequence[RankBody], Field(description="The ranks.")]
    counts: Annotated[dict[str, int], Field(description="How many accounts have each rank.")]
    stale: Annotated[int, Field(description="How many of these ranks are stale.")]
    places: Annotated[int, Field(description="How many top places there are today (RANK-3).")]
    places_taken: Annotated[int, Field(description="How many of them are taken.")]


def render_book(book: Book) -> RankPage:
    """A page of a book."""
    return {
        "items": [render_rank(each) for each in book.ranks],
        "counts": {str(rank): count for rank, count in book.counts.items()},
        "stale": book.stale,
        "places": book.policy.parameters.top_places,
        "places_taken": book.taken,
    }


def meaning_of(held: Held) -> Citation | None:
    """What a rank means in the segment of its account, as the gist of a citation; None where it means nothing."""
    return None if held.segment is None else MEANINGS.get((held.segment, held.rank))


def render_given(record: SalesRecord) -> GivenRankBody:
    """A rank as it was given."""
    return _given(record, read_given(record))


def render_rank(standing: StandingRank) -> RankBody:
    """A rank as it stands."""
    held, citation = standing.held, meaning_of(standing.held)
    return {
        **_given(standing.record, standing.given),
        "name": standing.name,
        "segment": held.segment,
        "meaning": None if citation is None else citation.gist,
        "citation": None if citation is None else render_citation(citation),
        "stale": bool(standing.stale),
        "why_stale": standing.stale,
        "has_place": standing.has_place,
        "policy": render_reference(standing.policy),
        "checks": [{"rule": each.rule, "applies": each.applies, "met": each.met} for each in standing.checks],
        "explanation": [render_clause(each) for each in explained(standing.checks)],
    }


def _given(record: SalesRecord, given: GivenRank) -> GivenRankBody:
    users = given.potential_users
    return {
        "id": record.id,
        "account_id": record.subject,
        "rank": given.rank,
        "account_executive": given.account_executive,
        "potential_users": str(users) if isinstance(users, Range) else users,
        "note": given.note,
        "sources": given.sources,
        "reason": given.reason,
        "ranked_on": given.ranked_on,
        "previous": given.previous,
        "previous_account_executive": given.previous_account_executive,
        "reaffirmed": given.is_reaffirmed,
        "recorded_by": record.recorded_by,
        "recorded_at": record.recorded_at,
    }
