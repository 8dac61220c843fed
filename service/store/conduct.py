"""Find conduct matters: one, a page of those that match, and how many moves AEs ignored in a fiscal year."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Engine, func, tuple_
from sqlmodel import col, select

from service.domain.conduct import ConductMatter, MatterKind, RecordedMatter
from service.store.engine import newest_first, open_session
from service.store.rows import value_of
from service.store.tables.decisions import ConductMatterRow


def find_matter(engine: Engine, matter_id: UUID) -> RecordedMatter | None:
    """One matter, or None where there is none of that identifier."""
    with open_session(engine) as session:
        row = session.get(ConductMatterRow, matter_id)
        return None if row is None else _recorded(row)


def page_of_matters(
    engine: Engine, *, limit: int, before: UUID | None = None, **wanted: str | int | None
) -> list[RecordedMatter]:
    """At most ``limit`` matters that match, newest first; with ``before``, those that come after that one.

    ``wanted`` are an account_executive, an account_id, a kind and a fiscal_year, which is named by the year in which it
    ends; None is any.
    """
    query = newest_first(select(ConductMatterRow), ConductMatterRow, limit, before, **wanted)
    with open_session(engine) as session:
        return [_recorded(row) for row in session.exec(query)]


def ignored_moves(engine: Engine, of: Iterable[tuple[str, int]]) -> dict[tuple[str, int], int]:
    """How often each AE is on record for an ignored move in a fiscal year (MOVE-4)."""
    whom = (col(ConductMatterRow.account_executive), col(ConductMatterRow.fiscal_year))
    query = (
        select(*whom, func.count())
        .where(ConductMatterRow.kind == MatterKind.IGNORED_MOVE, tuple_(*whom).in_(sorted(set(of))))
        .group_by(*whom)
    )
    with open_session(engine) as session:
        return {(account_executive, year): count for account_executive, year, count in session.exec(query) if year}


def _recorded(row: ConductMatterRow) -> RecordedMatter:
    rule, day = row.rule or "ROUTE-5", row.occurred_on or row.recorded_at.date()
    return value_of(RecordedMatter, row, matter=value_of(ConductMatter, row, rule=rule, occurred_on=day))
