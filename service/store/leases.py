"""Work in the background that one worker has at a time: it is leased until an instant, by which more of it is noted."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Engine, or_
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from service.store.engine import open_session, open_writer
from service.store.tables.applications import ApplicationRow
from service.store.tables.decisions import ChangeoverRow
from service.store.tables.events import EventRetryRow

_Leased = TypeVar("_Leased", ApplicationRow, ChangeoverRow, EventRetryRow)
_Work = TypeVar("_Work")


def take_first(
    engine: Engine,
    kind: type[_Leased],
    is_open: ColumnElement[bool],
    order: Mapped[Any],
    lease: tuple[datetime, datetime],
    read: Callable[[Session, _Leased], _Work],
) -> _Work | None:
    """Lease the first work of a kind that is open and that nobody is at, and read it; None where none waits.

    The ``lease`` is from now until an instant. One that is taken for far longer than that was taken by a clock that was
    ahead, and waits as well.
    """
    now, until = lease
    leased, too_long = col(kind.leased_until), until + (until - now)
    free = or_(leased.is_(None), leased < now, leased > too_long)
    waiting = select(kind).where(is_open, free).order_by(order).limit(1)
    with open_session(engine) as session:
        if session.exec(waiting).first() is None:
            return None
    with open_writer(engine) as session:
        row = session.exec(waiting.with_for_update(skip_locked=True)).first()
        if row is None:
            return None
        row.leased_until = until
        session.commit()
        return read(session, row)
