"""Find conduct matters: one, a page of those that match, and how many moves AEs ignored in a fiscal year."""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import col, select

from service.domain.account_ids import full_id
from service.domain.conduct import MatterKind, RecordedMatter
from service.domain.people import same_person
from service.store.engine import newest_first, open_session
from service.store.rows.conduct import decode_matter
from service.store.tables.decisions import ConductMatterRow


def find_matter(engine: Engine, matter_id: UUID) -> RecordedMatter | None:
    """One matter, or None where there is none of that identifier."""
    with open_session(engine) as session:
        row = session.get(ConductMatterRow, matter_id)
        return None if row is None else decode_matter(row)


def page_of_matters(
    engine: Engine, *, limit: int, before: UUID | None = None, **wanted: str | int | None
) -> list[RecordedMatter]:
    """At most ``limit`` matters that match, newest first; with ``before``, those that come after that one.

    ``wanted`` are an account_executive, an account_id, a kind and a fiscal_year, which is named by the year in which it
    ends; None is any.
    """
    query = newest_first(select(ConductMatterRow), ConductMatterRow, limit, before, **wanted)
    with open_session(engine) as session:
        return [decode_matter(row) for row in session.exec(query)]


def ignored_moves(engine: Engine, of: Iterable[tuple[str, int]]) -> dict[tuple[str, int], int]:
    """How often each of these AEs is on record for an ignored move in a fiscal year (MOVE-4).

    An AE is one person however the name is spelled, and an incident that was reported again is one incident.
    """
    asked = set(of)
    in_years = col(ConductMatterRow.fiscal_year).in_({year for _, year in asked})
    query = select(ConductMatterRow).where(ConductMatterRow.kind == MatterKind.IGNORED_MOVE, in_years)
    with open_session(engine) as session:
        incidents = {
            (same_person(row.account_executive), row.fiscal_year, full_id(row.account_id), row.rule, row.occurred_on)
            for row in session.exec(query)
        }
    times = Counter((name, year) for name, year, *_ in incidents)
    return {(name, year): times[same_person(name), year] for name, year in asked}
