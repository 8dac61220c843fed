"""Find handoffs: one with its steps, or a page of those that match."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from sqlalchemy import ColumnElement, Engine
from sqlmodel import Session, col, select

from service.domain.handoff.state import HandoffStatus
from service.store.engine import open_session
from service.store.recording import RecordedHandoff
from service.store.rows.handoffs import decode_handoff
from service.store.tables.decisions import HandoffRow, HandoffStepRow

_RUNNING = (HandoffStatus.OPEN.value, HandoffStatus.ESCALATED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffFilter:
    """Which handoffs to find; None is any.

    ``due_before`` finds those that are due before a day and without two-way communication so far (HAND-3).
    """

    account_id: str | None = None
    status: str | None = None
    receiver: str | None = None
    due_before: date | None = None
    due_from: date | None = None


def find_handoff(engine: Engine, handoff_id: UUID) -> RecordedHandoff | None:
    """One handoff with its steps, or None where there is none of that identifier."""
    with open_session(engine) as session:
        row = session.get(HandoffRow, handoff_id)
        return None if row is None else _with_steps(session, [row])[0]


def page_of_handoffs(
    engine: Engine, wanted: HandoffFilter, *, limit: int, before: UUID | None = None
) -> list[RecordedHandoff]:
    """At most ``limit`` handoffs that match, newest first; with ``before``, those that come after that one."""
    query = select(HandoffRow).where(*_conditions(wanted)).order_by(col(HandoffRow.id).desc()).limit(limit)
    if before is not None:
        query = query.where(col(HandoffRow.id) < before)
    with open_session(engine) as session:
        return _with_steps(session, list(session.exec(query)))


def _conditions(wanted: HandoffFilter) -> list[ColumnElement[bool]]:
    conditions = [
        col(getattr(HandoffRow, name)) == value
        for name in ("account_id", "status", "receiver")
        if (value := getattr(wanted, name)) is not None
    ]
    if wanted.due_before is not None:
        awaited = (col(HandoffRow.status).in_(_RUNNING), col(HandoffRow.two_way_on).is_(None))
        conditions += [*awaited, col(HandoffRow.due_on) < wanted.due_before]
    if wanted.due_from is not None:
        conditions.append(col(HandoffRow.due_on) >= wanted.due_from)
    return conditions


def _with_steps(session: Session, rows: list[HandoffRow]) -> list[RecordedHandoff]:
    identifiers = [row.id for row in rows]
    query = (
        select(HandoffStepRow)
        .where(col(HandoffStepRow.handoff_id).in_(identifiers))
        .order_by(col(HandoffStepRow.handoff_id), col(HandoffStepRow.id))
    )
    steps = {of: list(taken) for of, taken in groupby(session.exec(query), key=lambda step: step.handoff_id)}
    return [_handoff(row, steps.get(row.id, ())) for row in rows]


def _handoff(row: HandoffRow, steps: Iterable[HandoffStepRow]) -> RecordedHandoff:
    steps = list(steps)
    return decode_handoff(
        row.terms,
        (taken.step for taken in steps),
        started_by=row.started_by,
        started_at=row.started_at,
        decision_ids=(
            row.started_decision_id,
            *(taken.decision_id for taken in steps if taken.decision_id is not None),
        ),
    )
