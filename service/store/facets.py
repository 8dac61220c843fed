"""Facets: the few combinations of values that decisions are filtered by, so that one index serves every filter.

A decision belongs to one facet, and so does the account that stands on it. Whatever values are asked for, the facets
that have them are found in a small table, and the newest rows of each in one index; so the cost of a page follows the
number of facets, not of decisions, even where two common values never meet.
"""

import hashlib
import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, func, literal, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute
from sqlmodel import Session, col

from service.domain.decision import RecordedDecision
from service.domain.terms import FAMILIAR_REGIONS
from service.domain.vocabulary import OLD_NAMES
from service.store.filters import DecisionFilter
from service.store.tables.decisions import AccountRow, DecisionRow, FacetRow

FACET_COLUMNS = tuple(FacetRow.model_fields)
FacetValues: TypeAlias = tuple[str | int | bool | None, ...]
"""The values of ``FACET_COLUMNS`` behind the number."""
OTHER_REGION = "OTHER"
"""Any region but the four: a combination of values would not be one of few, were every text a region."""
_NOBODY = ""
_EITHER_OR = ("kind", "status", "segment", "team", "team_before", "rule", "source", "leading_source", "region")


def facet_values(recorded: RecordedDecision) -> FacetValues:
    """The values by which a decision is filtered."""
    decision = recorded.decision
    return (
        *(recorded.kind, decision.status, decision.segment, decision.team, decision.rule, _NOBODY, recorded.source),
        *(decision.policy_id, decision.policy_version, recorded.team_before, recorded.moved, decision.basis),
        ";".join(decision.missing_facts),
        known_region(decision.facts.account.region),
    )


def known_region(region: str | None) -> str | None:
    """A region as facets have it: any but the four is alike."""
    return region if region is None or region in FAMILIAR_REGIONS else OTHER_REGION


@lru_cache(maxsize=65_536)
def facet_of(*values: str | int | bool | None) -> int:
    """The number of the facet of these values: the same in every process, now and later."""
    text = "\x00".join("\x01" if value is None else str(value) for value in values)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), signed=True)


def facets_that(wanted: DecisionFilter) -> list[ColumnElement[bool]]:
    """The conditions for facets that have the values asked for; none where any has."""
    conditions: list[ColumnElement[bool]] = [
        getattr(FacetRow, name).in_(values) for name in _EITHER_OR if (values := getattr(wanted, name))
    ]
    if wanted.policy:
        conditions.append(col(FacetRow.policy_id).in_(wanted.policy))
    if wanted.policy_version:
        conditions.append(col(FacetRow.policy_version).in_(wanted.policy_version))
    if wanted.policy_version_before is not None:
        conditions.append(col(FacetRow.policy_version) < wanted.policy_version_before)
    if wanted.moved is not None:
        conditions.append(col(FacetRow.moved).is_(wanted.moved))
    if wanted.missing_fact:
        several = literal(";") + func.coalesce(col(FacetRow.missing_facts), "") + ";"
        names = [*wanted.missing_fact, *(old for old, new in OLD_NAMES.items() if new in wanted.missing_fact)]
        conditions.append(or_(*(several.contains(f";{name};", autoescape=True) for name in names)))
    return conditions


@dataclass(frozen=True, slots=True)
class Listed:
    """A table whose rows have a facet, and the column by which the newest of them come first."""

    table: type[DecisionRow | AccountRow]
    key: InstrumentedAttribute[UUID]


def newest_of_facets(
    session: Session, listed: Listed, facets: Sequence[int], bounds: list[ColumnElement[bool]], limit: int
) -> list[UUID]:
    """The keys of the newest rows of some facets, within bounds, newest first."""
    if session.get_bind().dialect.name == "sqlite":
        return _merged(session, listed, facets, bounds, limit)
    of_one = (
        select(listed.key.label("id"))
        .where(col(listed.table.facet) == col(FacetRow.facet), *bounds)
        .order_by(listed.key.desc())
        .limit(limit)
        .lateral("of_one")
    )
    query = select(of_one.c.id).select_from(FacetRow).join(of_one, true()).where(col(FacetRow.facet).in_(facets))
    return list(session.scalars(query.order_by(of_one.c.id.desc()).limit(limit)))


def _merged(
    session: Session, listed: Listed, facets: Sequence[int], bounds: list[ColumnElement[bool]], limit: int
) -> list[UUID]:
    """SQLite has no lateral join, and needs none: asking it once more costs no round trip."""
    of_one = select(listed.key).where(col(listed.table.facet) == bindparam("facet"), *bounds)
    query = of_one.order_by(listed.key.desc()).limit(limit)
    found = (session.scalars(query, {"facet": facet}) for facet in facets)
    return list(islice(heapq.merge(*found, reverse=True), limit))
