"""Find conduct matters: one, a page of those that match, and the moves that AEs ignored in a fiscal year."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import col, select

from service.domain.conduct import MatterKind, RecordedMatter
from service.store.engine import newest_first, open_session
from service.store.rows.conduct import decode_matter
from service.store.tables.decisions import ConductMatterRow


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterFilter:
    """Which matters to find; None is any. ``names`` are those of an AE as they were written.

    A ``fiscal_year`` is named by the year in which it ends.
    """

    account_id: str | None = None
    kind: MatterKind | None = None
    fiscal_year: int | None = None
    names: Collection[str] | None = None


def find_matter(engine: Engine, matter_id: UUID) -> RecordedMatter | None:
    """One matter, or None where there is none of that identifier."""
    with open_session(engine) as session:
        row = session.get(ConductMatterRow, matter_id)
        return None if row is None else decode_matter(row)


def page_of_matters(
    engine: Engine, wanted: MatterFilter, *, limit: int, before: UUID | None = None
) -> list[RecordedMatter]:
    """At most ``limit`` matters that match, newest first; with ``before``, those that come after that one."""
    of = {"account_id": wanted.account_id, "kind": wanted.kind, "fiscal_year": wanted.fiscal_year}
    query = newest_first(select(ConductMatterRow), ConductMatterRow, limit, before, **of)
    if wanted.names is not None:
        query = query.where(col(ConductMatterRow.account_executive).in_(wanted.names))
    with open_session(engine) as session:
        return [decode_matter(row) for row in session.exec(query)]


def accused_names(engine: Engine) -> list[str]:
    """Every name of an AE in a matter, as it was written."""
    with open_session(engine) as session:
        return list(session.exec(select(ConductMatterRow.account_executive).distinct()))


def ignored_moves(engine: Engine, years: Collection[int]) -> list[RecordedMatter]:
    """The reports of ignored moves in some fiscal years (MOVE-4)."""
    in_years = col(ConductMatterRow.fiscal_year).in_(years)
    query = select(ConductMatterRow).where(ConductMatterRow.kind == MatterKind.IGNORED_MOVE, in_years)
    with open_session(engine) as session:
        return [decode_matter(row) for row in session.exec(query)]
