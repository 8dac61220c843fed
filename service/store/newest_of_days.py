"""The newest decisions that took effect on some days: the cost of a page follows the days, not the decisions."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlmodel import Session, col

from service.store.tables.decisions import DecisionRow

_DAY: Any = col(DecisionRow.effective_on)
_ID = col(DecisionRow.id)


def newest_of_days(
    session: Session, first: date | None, last: date | None, conditions: Sequence[ColumnElement[bool]], limit: int
) -> list[UUID]:
    """The identifiers of the newest decisions that took effect from a day to another and meet conditions, newest first.

    Of each day the newest is looked up; then days are read from the one that has the newest of all on, for as long as
    there can be any that belongs to the page.
    """
    page: list[UUID] = []
    for day, newest in _days(session, first, last, conditions):
        if len(page) == limit and newest < page[-1]:
            break
        above = [page[-1] < _ID] if len(page) == limit else []
        of_day = select(_ID).where(day == _DAY, *conditions, *above).order_by(_ID.desc()).limit(limit)
        page = sorted([*page, *session.scalars(of_day)], reverse=True)[:limit]
    return page


def _days(
    session: Session, first: date | None, last: date | None, conditions: Sequence[ColumnElement[bool]]
) -> list[tuple[date, UUID]]:
    """The days between two on which decisions took effect, each with its newest: the one with the newest of all first.

    A step leads to the next day that there is, for a column of dates has no list of those in it.
    """
    from_first = [] if first is None else [first <= _DAY]

    def latest(*by: Any) -> Any:  # noqa: ANN401 - a query of one day
        return select(func.max(_DAY).label("day")).where(*from_first, *by)

    begun = latest(*([] if last is None else [last >= _DAY])).cte("days", recursive=True)
    days = begun.union_all(
        select(latest(begun.c.day > _DAY).scalar_subquery().label("day")).where(begun.c.day.is_not(None))
    )
    newest: Select[UUID] = select(_ID).where(days.c.day == _DAY, *conditions).order_by(_ID.desc()).limit(1)
    query = select(days.c.day, newest.correlate(days).scalar_subquery()).where(days.c.day.is_not(None))
    found = [(day, identifier) for day, identifier in session.execute(query) if identifier is not None]
    return sorted(found, key=lambda each: each[1], reverse=True)
