"""Facets: the few combinations of values that decisions are filtered by, so that one index serves every filter.

A decision belongs to one facet. Whatever values are asked for, the facets that have them are found in a small table,
and the newest decisions of each in one index; so the cost of a page follows the number of facets, not of decisions,
even where two common values never meet.
"""

import hashlib
import heapq
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, true
from sqlmodel import Session, col, select

from service.store.tables.decisions import DecisionRow, FacetRow

FACET_COLUMNS = tuple(FacetRow.model_fields)
FILTERS = FACET_COLUMNS[1:]
"""The columns of a decision whose values make its facet."""


@lru_cache(maxsize=65_536)
def facet_of(*values: str | None) -> int:
    """The number of the facet of these values of ``FILTERS``: the same in every process, now and later."""
    text = "\x00".join("\x01" if value is None else str(value) for value in values)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), signed=True)


def facets_with(session: Session, values: dict[str, str]) -> list[int]:
    """The numbers of the facets that have these values, each of a column of ``FILTERS``."""
    conditions = [getattr(FacetRow, name) == value for name, value in values.items()]
    return list(session.exec(select(FacetRow.facet).where(*conditions)))


def newest_of_facets(
    session: Session, facets: Sequence[int], bounds: list[ColumnElement[bool]], limit: int
) -> list[UUID]:
    """The identifiers of the newest decisions of some facets, within bounds of the identifier, newest first."""
    if session.get_bind().dialect.name == "sqlite":
        return _merged(session, facets, bounds, limit)
    of_one = (
        select(DecisionRow.id)
        .where(DecisionRow.facet == FacetRow.facet, *bounds)
        .order_by(col(DecisionRow.id).desc())
        .limit(limit)
        .lateral("of_one")
    )
    query = select(of_one.c.id).select_from(FacetRow).join(of_one, true()).where(col(FacetRow.facet).in_(facets))
    return list(session.exec(query.order_by(of_one.c.id.desc()).limit(limit)))


def _merged(session: Session, facets: Sequence[int], bounds: list[ColumnElement[bool]], limit: int) -> list[UUID]:
    """SQLite has no lateral join, and needs none: asking it once more costs no round trip."""
    query = (
        select(DecisionRow.id)
        .where(DecisionRow.facet == bindparam("facet"), *bounds)
        .order_by(col(DecisionRow.id).desc())
        .limit(limit)
    )
    found = (session.exec(query, params={"facet": facet}) for facet in facets)
    return list(islice(heapq.merge(*found, reverse=True), limit))
