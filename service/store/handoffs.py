"""Find handoffs: one with its steps, or a page of those that match."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, func, or_, union
from sqlmodel import Session, col, select

from service.domain.handoff.recorded import RecordedHandoff
from service.domain.handoff.state import HandoffStatus
from service.domain.people import same_person
from service.store.engine import is_account, newest_first, open_session
from service.store.rows import Row
from service.store.rows.handoffs import decode_handoffs
from service.store.tables.decisions import DecisionRow, HandoffRow, HandoffStepRow

EXECUTIVES = ("first_order_ae", "named_ae")
_RUNNING = (HandoffStatus.OPEN.value, HandoffStatus.ESCALATED.value)
AWAITED = (col(HandoffRow.status).in_(_RUNNING), col(HandoffRow.two_way_on).is_(None))
"""Under way, and without two-way communication so far (HAND-3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffFilter:
    """Which handoffs to find; None is any.

    ``due_before`` finds those that are due before a day and without two-way communication so far (HAND-3).
    ``executives`` are names of one AE, of First Order or named, in whatever case and blanks.
    """

    account_id: str | None = None
    status: str | None = None
    receiver: str | None = None
    due_before: date | None = None
    due_from: date | None = None
    executives: tuple[str, ...] | None = None


def find_handoff(engine: Engine, handoff_id: UUID) -> RecordedHandoff | None:
    """One handoff with its steps, or None where there is none of that identifier."""
    return next(iter(_found(engine, col(HandoffRow.id) == handoff_id)), None)


def page_of_handoffs(
    engine: Engine, wanted: HandoffFilter, *, limit: int, before: UUID | None = None
) -> list[RecordedHandoff]:
    """At most ``limit`` handoffs that match, newest first; with ``before``, those that come after that one."""
    with open_session(engine) as session:
        conditions = _conditions(session, wanted)
    page = newest_first(select(HandoffRow.id).where(*conditions), HandoffRow, limit, before)
    return _found(engine, col(HandoffRow.id).in_(page))


def handoffs_by_due_day(engine: Engine, wanted: HandoffFilter, limit: int) -> list[RecordedHandoff]:
    """At most ``limit`` handoffs that match, the first due first.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    with open_session(engine) as session:
        query = select(HandoffRow.id).where(*_conditions(session, wanted))
    found = _found(
        engine, col(HandoffRow.id).in_(query.order_by(col(HandoffRow.due_on), col(HandoffRow.id)).limit(limit))
    )
    return sorted(found, key=lambda each: (each.handoff.terms.due_on, each.handoff.terms.id))


def count_handoffs(
    engine: Engine, wanted: HandoffFilter, by: Sequence[str], whose: Callable[[str], str] = same_person
) -> list[dict[str, Any]]:
    """How many handoffs match, by columns of theirs, under ``count``: most first. A person has the name most used.

    ``whose`` says who is meant by the name of an AE.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    columns = [col(getattr(HandoffRow, name)) for name in by]
    with open_session(engine) as session:
        query = select(func.count(), *columns).where(*_conditions(session, wanted)).group_by(*columns)
        rows = sorted((tuple(row) for row in session.execute(query)), key=lambda row: (-row[0], str(row)))
    counts: dict[tuple[str | None, ...], dict[str, Any]] = {}
    for count, *found in rows:
        alike = tuple(
            whose(each) if name in EXECUTIVES and each else each for name, each in zip(by, found, strict=True)
        )
        counts.setdefault(alike, dict(zip(by, found, strict=True)) | {"count": 0})["count"] += count
    return sorted(counts.values(), key=lambda each: -each["count"])


def _conditions(session: Session, wanted: HandoffFilter) -> list[ColumnElement[bool]]:
    conditions = [
        col(getattr(HandoffRow, name)) == value
        for name in ("status", "receiver")
        if (value := getattr(wanted, name)) is not None
    ]
    if wanted.account_id is not None:
        conditions.append(is_account(col(HandoffRow.account_id), wanted.account_id))
    if wanted.due_before is not None:
        conditions += [*AWAITED, col(HandoffRow.due_on) < wanted.due_before]
    if wanted.executives is not None:
        folded = {same_person(each) for each in wanted.executives}
        told = union(*(select(col(getattr(HandoffRow, name))) for name in EXECUTIVES))
        names = [each for each in session.scalars(told) if each and same_person(each) in folded]
        conditions.append(or_(*(col(getattr(HandoffRow, name)).in_(names) for name in EXECUTIVES)))
    if wanted.due_from is not None:
        conditions.append(col(HandoffRow.due_on) >= wanted.due_from)
    return conditions


def _found(engine: Engine, which: ColumnElement[bool]) -> list[RecordedHandoff]:
    """Handoffs with their steps, newest first."""
    query = (
        select(HandoffRow, HandoffStepRow, col(DecisionRow.effective_on))
        .join(HandoffStepRow, col(HandoffStepRow.handoff_id) == col(HandoffRow.id), isouter=True)
        .join(DecisionRow, col(DecisionRow.id) == col(HandoffStepRow.decision_id), isouter=True)
        .where(which)
        .order_by(col(HandoffRow.id).desc(), col(HandoffStepRow.id))
    )
    with open_session(engine) as session:
        return list(decode_handoffs(_with_step(*found) for found in session.exec(query)))


def _with_step(row: HandoffRow, taken: HandoffStepRow | None, day: date | None) -> Row:
    step = (None, None, None) if taken is None else (taken.step, taken.decision_id, day)
    return (row.terms, row.started_by, row.started_at, row.started_decision_id, *step)
