"""Count decisions and accounts by what they are found by: exactly as many as a list of them has."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, Integer, Uuid, and_, column, func, select, true, values
from sqlmodel import col

from service.domain.account_ids import forms_of
from service.store.decisions import conditions_of, within
from service.store.engine import open_session
from service.store.facets import facets_that
from service.store.filters import DecisionFilter
from service.store.tables.decisions import DecisionRow, FacetRow


@dataclass(frozen=True, slots=True)
class Period:
    """A span of the identifiers that decisions were recorded with: from the first on, and before the end."""

    name: str
    first: UUID
    end: UUID


_EVER = (Period("", UUID(int=0), UUID(int=2**128 - 1)),)


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows have a facet, by its columns; of decisions, within a period where periods were asked for."""

    facet: dict[str, Any]
    period: Period | None
    count: int


def count_decisions(engine: Engine, wanted: DecisionFilter, periods: Sequence[Period] = ()) -> list[Counted]:
    """How many decisions match, by their facets, and by the periods where some are given.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    beside = conditions_of(wanted)
    if wanted.account_id is not None:
        beside.append(col(DecisionRow.account_id).in_(forms_of(wanted.account_id)))
    only_bounded = len(beside) == len(within(wanted))
    with open_session(engine) as session:
        query = (_of_each_period if only_bounded else _together)(wanted, beside, periods or _EVER)
        rows = [tuple(row) for row in session.execute(query)]
        facets = _facets(session.execute(select(FacetRow)).scalars(), {facet for facet, _, _ in rows})
    return [
        Counted(facets[facet], periods[place] if periods else None, count)
        for facet, place, count in rows
        if count and facet in facets
    ]


def _facets(rows: Iterable[FacetRow], of: set[int]) -> dict[int, dict[str, Any]]:
    return {row.facet: row.model_dump() for row in rows if row.facet in of}


def _spans(periods: Sequence[Period]) -> Any:  # noqa: ANN401 - a table of SQLAlchemy's
    named = (column("place", Integer), column("first", Uuid), column("end", Uuid))
    rows = [(place, period.first, period.end) for place, period in enumerate(periods)]
    return values(*named, name="spans").data(rows).cte("spans")


def _of_each_period(wanted: DecisionFilter, beside: list[ColumnElement[bool]], periods: Sequence[Period]) -> Any:  # noqa: ANN401 - a query
    """The rows of each facet and period, found in the index of both."""
    spans = _spans(periods)
    inside = (col(DecisionRow.id) >= spans.c.first, col(DecisionRow.id) < spans.c.end)
    of_one = select(func.count()).where(col(DecisionRow.facet) == col(FacetRow.facet), *inside, *beside)
    counted = of_one.correlate(FacetRow, spans).scalar_subquery()
    every = select(col(FacetRow.facet), spans.c.place, counted).select_from(FacetRow).join(spans, true())
    return every.where(*facets_that(wanted))


def _together(wanted: DecisionFilter, beside: list[ColumnElement[bool]], periods: Sequence[Period]) -> Any:  # noqa: ANN401 - a query
    asked = facets_that(wanted)
    conditions = [col(DecisionRow.facet).is_not(None), *beside]
    if asked:
        conditions.append(col(DecisionRow.facet).in_(select(col(FacetRow.facet)).where(*asked)))
    spans = _spans(periods)
    inside = and_(col(DecisionRow.id) >= spans.c.first, col(DecisionRow.id) < spans.c.end)
    query = select(col(DecisionRow.facet), spans.c.place, func.count()).join(spans, inside).where(*conditions)
    return query.group_by(col(DecisionRow.facet), spans.c.place)
