"""Look at conduct matters: whose they are, however the name is spelled, and what they come to (MOVE-4, ROUTE-5)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from service.domain.account_ids import full_id
from service.domain.conduct import RecordedMatter
from service.domain.sellers import Sellers
from service.store.conduct import MatterFilter, accused_names, find_matter, ignored_moves, page_of_matters
from service.store.database import Database
from service.usecases.people import sellers_on


@dataclass(frozen=True, slots=True)
class CountedMatter:
    """A matter, and how many incidents of an ignored move its AE is on record for in its fiscal year."""

    recorded: RecordedMatter
    ignored_moves: int


def matter_of(database: Database, matter_id: UUID, today: date) -> CountedMatter | None:
    """One matter; None where there is none of that identifier.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    found = find_matter(database.engine, matter_id)
    return None if found is None else _counted(database, [found], sellers_on(database, today))[0]


def matters_asked(
    database: Database,
    account_executive: str | None,
    wanted: MatterFilter,
    today: date,
    *,
    limit: int,
    before: UUID | None = None,
) -> list[CountedMatter]:
    """At most ``limit`` matters that match, newest first; with ``before``, those that come after that one.

    Those of an ``account_executive`` are found by whatever they were called in them.

    Raises:
        SeveralPeopleError: several people are meant.
        StoreUnavailableError: the database cannot be reached.
    """
    engine, sellers = database.engine, sellers_on(database, today)
    if account_executive is None:
        return _counted(database, page_of_matters(engine, wanted, limit=limit, before=before), sellers)
    person, found = sellers.meant(account_executive, "account_executive"), list[RecordedMatter]()
    wanted = replace(wanted, names=[each for each in accused_names(engine) if sellers.may_be(each, person)])
    while len(found) < limit:
        some = page_of_matters(engine, wanted, limit=limit, before=before)
        found += [each for each in some if each.matter.whose(sellers) == person]
        if len(some) < limit:
            break
        before = some[-1].id
    return _counted(database, found[:limit], sellers)


def _counted(database: Database, found: Sequence[RecordedMatter], sellers: Sellers) -> list[CountedMatter]:
    """An incident that was reported again is one incident."""
    years = {each.matter.fiscal_year for each in found}
    matters = [(full_id(each.account_id), each.matter) for each in ignored_moves(database.engine, years)]
    incidents = {(account_id, each.fiscal_year, *each.incident(sellers)) for account_id, each in matters}
    times = Counter((person, year) for _, year, person, *_ in incidents)
    return [CountedMatter(each, times[each.matter.whose(sellers), each.matter.fiscal_year]) for each in found]
