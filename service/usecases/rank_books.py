"""The ranks of a person's book: what fits, by rank, and how many there are of each."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from service.domain.duties.policy import DutyPolicy
from service.domain.ranks import Held, Rank
from service.domain.sales_records import SalesRecordKind
from service.domain.terms import Segment
from service.store.database import Database
from service.store.policies import current_policies
from service.store.ranks import book_of_ranks, names_of_accounts
from service.store.sales_records import records_of
from service.usecases.people import sellers_on
from service.usecases.ranks import StandingRank, read_given, standing_rank

_ORDER = {rank: place for place, rank in enumerate(Rank)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RankFilter:
    """Which ranks of a book to find: any of the ranks and segments where some are named."""

    rank: Collection[Rank] = ()
    segment: Collection[Segment] = ()
    stale: bool | None = None

    def takes(self, held: Held, *, is_stale: bool) -> bool:
        """Whether a rank is one of these."""
        wanted = not self.rank or held.rank in self.rank
        wanted = wanted and (not self.segment or held.segment in self.segment)
        return wanted and (self.stale is None or self.stale == is_stale)


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Some of a person's ranks, by rank and the newest first; and counts of all of them, however many are shown.

    ``taken`` counts the places that are taken, of those that there are by the ``policy`` of the day.
    """

    ranks: Sequence[StandingRank]
    counts: Mapping[Rank, int]
    stale: int
    taken: int
    policy: DutyPolicy


class UnknownPlaceError(ValueError):
    """There is no such rank from behind which a page could begin."""


def book_of(
    database: Database, named: str, wanted: RankFilter, today: date, *, limit: int, after: UUID | None = None
) -> Book:
    """At most ``limit`` ranks of whoever is meant, by rank and the newest first; with ``after``, behind that one.

    Raises:
        SeveralPeopleError: the name fits several.
        UnknownPlaceError: there is no such rank as ``after``.
        StoreUnavailableError: the database cannot be reached.
    """
    engine, sellers = database.engine, sellers_on(database, today)
    policy = current_policies(engine).sales_on(today)
    person = sellers.meant(named, "account_executive")
    every = [each for each in book_of_ranks(engine, sellers.names(person)) if sellers.whose(each.person) == person]
    stale = {each.id for each in every if each.is_stale(sellers, today)}
    places = {each.id for each in every if each.has_place(sellers, today)}
    ordered = sorted(every, key=lambda each: _ORDER[each.rank])
    if after is not None:
        last = records_of(engine, SalesRecordKind.RANK, [after]).get(after)
        if last is None:
            raise UnknownPlaceError
        place = _ORDER[read_given(last).rank]
        ordered = [each for each in ordered if (_ORDER[each.rank], -each.id.int) > (place, -after.int)]
    shown = [each for each in ordered if wanted.takes(each, is_stale=each.id in stale)][:limit]
    records = records_of(engine, SalesRecordKind.RANK, [each.id for each in shown])
    names = names_of_accounts(engine, [each.account_id for each in shown])
    ranks = [
        standing_rank(
            records[each.id], each, names.get(each.account_id), len(places - {each.id}), sellers, today, policy
        )
        for each in shown
    ]
    counts = Counter(each.rank for each in every)
    return Book(
        ranks=ranks,
        counts={rank: counts[rank] for rank in Rank},
        stale=len(stale),
        taken=len(places),
        policy=policy,
    )
