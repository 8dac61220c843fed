"""Count decisions by what they are found by: exactly as many as a list of them has.

How many were recorded in each quarter of an hour, and in each block of four hours, is kept by facet. What is asked
beside facets and time is counted.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    JSON,
    ColumnElement,
    Engine,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    cast,
    column,
    func,
    literal,
    select,
    text,
    true,
    union_all,
)
from sqlmodel import col

from service.domain.account_ids import forms_of
from service.store.decisions import conditions_of, first_identifier
from service.store.engine import open_session
from service.store.facets import facets_that
from service.store.filters import DecisionFilter
from service.store.tables.counts import (
    EVER,
    FIRST_BLOCK,
    QUARTERS_OF_A_BLOCK,
    DecisionCountChangeRow,
    DecisionCountRow,
)
from service.store.tables.decisions import DecisionRow, FacetRow

COUNTED = tuple(name for name in FacetRow.model_fields if name not in {"facet", "actor"})
"""All that decisions are counted by."""
_QUARTER = 900
_AT_ONCE = 5_000
_FOLD = text("""
WITH gone AS (
  DELETE FROM decision_count_changes WHERE id IN (
    SELECT id FROM decision_count_changes ORDER BY id LIMIT :at_once FOR UPDATE SKIP LOCKED
  ) RETURNING quarter, facet, count
), folded AS (
  INSERT INTO decision_counts (quarter, facet, count)
  SELECT coalesce(quarter, :ever), facet, sum(count) FROM gone
  GROUP BY GROUPING SETS ((quarter, facet), (facet)) ORDER BY 1, 2
  ON CONFLICT (quarter, facet) DO UPDATE SET count = decision_counts.count + excluded.count
)
SELECT count(*) FROM gone
""")


@dataclass(frozen=True, slots=True)
class Period:
    """A span of time in which decisions are recorded: from the first instant on, and before the end."""

    name: str
    first: datetime
    end: datetime


_EVER = Period("", datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows have some values of a facet; of decisions, within a period where periods were asked for."""

    values: dict[str, Any]
    period: Period | None
    count: int


def count_decisions(
    engine: Engine, wanted: DecisionFilter, columns: Sequence[str], periods: Sequence[Period] = ()
) -> list[Counted]:
    """How many decisions match, by columns of their facets, and by the periods where some are given.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    spans = periods or (Period("", wanted.recorded_since or _EVER.first, wanted.recorded_until or _EVER.end),)
    beside = (wanted.account_id, wanted.actor, wanted.effective_since, wanted.effective_until)
    is_kept = all(each is None for each in beside) and all(map(_is_of_quarters, spans))
    lateral = engine.dialect.name == "postgresql"
    of = _kept(spans, lateral=lateral) if is_kept else _told_one_by_one(wanted, spans, lateral=lateral)
    by = [getattr(FacetRow, name) for name in columns]
    query = (
        select(of.c.place, func.sum(of.c.count), *by)
        .join(FacetRow, col(FacetRow.facet) == of.c.facet)
        .where(*facets_that(wanted))
        .group_by(of.c.place, *by)
    )
    with open_session(engine) as session:
        return [
            Counted(dict(zip(columns, found, strict=True)), spans[place] if periods else None, int(count))
            for place, count, *found in session.execute(query)
            if count
        ]


def fold_counts(engine: Engine) -> bool:
    """Put together some of what statements added to counts, which are the same before and after; whether more is left.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    if engine.dialect.name == "sqlite":
        return False
    with open_session(engine) as session:
        folded = session.scalar(_FOLD, {"at_once": _AT_ONCE, "ever": EVER})
        session.commit()
    return bool(folded == _AT_ONCE)


def _is_of_quarters(span: Period) -> bool:
    return not any(instant.timestamp() % _QUARTER for instant in (span.first, span.end))


def _kept(spans: Sequence[Period], *, lateral: bool) -> Any:  # noqa: ANN401 - a query's rows
    """What is kept of each facet and span; ``lateral``: looked up span by span, which SQLite does by itself."""
    if list(spans) == [_EVER]:
        return _kept_ever()
    # Nothing was recorded before 1970, and below its quarters stands what is summed up of them.
    quarters = [
        (place, *(max(0, int(at.timestamp()) // _QUARTER) for at in (span.first, span.end)))
        for place, span in enumerate(spans)
    ]
    numbers = [(place, *part) for place, first, end in quarters for part in _parts(first, end)]
    of = _spans(Integer, numbers, lateral=lateral, name="spans")
    of_changes = _spans(Integer, quarters, lateral=lateral, name="quarters")
    parts = (
        _within(of, DecisionCountRow, lateral=lateral),
        _within(of_changes, DecisionCountChangeRow, lateral=False),  # few rows, in no order: they are read once
    )
    return union_all(*parts).subquery("counted")


def _parts(first: int, end: int) -> Iterator[tuple[int, int]]:
    """The numbers under which all that a span of quarters has is kept: of the blocks in it, and of what is beside."""
    block, last = -(-first // QUARTERS_OF_A_BLOCK), end // QUARTERS_OF_A_BLOCK
    if block >= last:
        yield first, end
        return
    yield first, block * QUARTERS_OF_A_BLOCK
    yield FIRST_BLOCK + block, FIRST_BLOCK + last
    yield last * QUARTERS_OF_A_BLOCK, end


def _within(of: Any, kept: type[DecisionCountRow | DecisionCountChangeRow], *, lateral: bool) -> Any:  # noqa: ANN401 - queries
    facet: Any = col(kept.facet).label("facet")
    count: Any = func.sum(col(kept.count)).label("count")
    inside = and_(col(kept.quarter) >= of.c.first, col(kept.quarter) < of.c.end)
    if not lateral:
        return select(of.c.place, facet, count).join(kept, inside).group_by(of.c.place, facet)
    of_one = select(facet, count).where(inside).group_by(facet).correlate(of).lateral()
    return select(of.c.place, of_one.c.facet, of_one.c.count).join(of_one, true())


def _kept_ever() -> Any:  # noqa: ANN401 - a query's rows
    place = literal(0).label("place")
    summed_up: Select[*tuple[Any, ...]] = select(
        place, col(DecisionCountRow.facet).label("facet"), col(DecisionCountRow.count).label("count")
    )
    added = func.sum(col(DecisionCountChangeRow.count)).label("count")
    since = select(place, col(DecisionCountChangeRow.facet), added).group_by(col(DecisionCountChangeRow.facet))
    return union_all(summed_up.where(col(DecisionCountRow.quarter) == EVER), since).subquery("counted")


def _told_one_by_one(wanted: DecisionFilter, spans: Sequence[Period], *, lateral: bool) -> Any:  # noqa: ANN401 - a query's rows
    """What there is of each facet and span, by looking at every decision that may match."""
    conditions: list[ColumnElement[bool]] = [col(DecisionRow.facet).is_not(None), *conditions_of(wanted)]
    if wanted.account_id is not None:
        conditions.append(col(DecisionRow.account_id).in_(forms_of(wanted.account_id)))
    if list(spans) == [_EVER]:
        ever: Select[*tuple[Any, ...]] = select(
            literal(0).label("place"), col(DecisionRow.facet).label("facet"), func.count().label("count")
        )
        return ever.where(*conditions).group_by(col(DecisionRow.facet)).subquery("counted")
    rows = ((place, first_identifier(span.first), first_identifier(span.end)) for place, span in enumerate(spans))
    of = _spans(Uuid, rows, lateral=lateral, name="spans")
    inside = and_(col(DecisionRow.id) >= of.c.first, col(DecisionRow.id) < of.c.end)
    found = select(of.c.place, col(DecisionRow.facet).label("facet"), func.count().label("count"))
    counted = found.join(DecisionRow, inside).where(*conditions).group_by(of.c.place, col(DecisionRow.facet))
    return counted.subquery("counted")


def _spans(kind: type[Integer | Uuid[Any]], rows: Iterable[tuple[Any, ...]], *, lateral: bool, name: str) -> Any:  # noqa: ANN401 - a query's rows
    """Spans as rows, told in one parameter: a statement of thousands would take longer to be made than answered."""
    names = ("place", "first", "end")
    if lateral:
        told = orjson.dumps([dict(zip(names, row, strict=True)) for row in rows]).decode()
        named = (column(each, Integer if each == "place" else kind) for each in names)
        of = func.json_to_recordset(cast(literal(told, Text), JSON)).table_valued(*named, name=name)
        return of.render_derived(with_types=True)
    told = orjson.dumps([[each.hex if isinstance(each, UUID) else each for each in row] for row in rows]).decode()
    row = func.json_each(told).table_valued("value").c.value
    return select(*(func.json_extract(row, f"$[{place}]").label(each) for place, each in enumerate(names))).cte(name)
