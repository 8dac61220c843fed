"""Find handoffs: one with its steps, or a page of those that match."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Engine
from sqlmodel import col, select

from service.domain.handoff.recorded import RecordedHandoff
from service.domain.handoff.state import HandoffStatus
from service.store.engine import is_account, newest_first, open_session
from service.store.rows import Row
from service.store.rows.handoffs import decode_handoffs
from service.store.tables.decisions import DecisionRow, HandoffRow, HandoffStepRow

_RUNNING = (HandoffStatus.OPEN.value, HandoffStatus.ESCALATED.value)
AWAITED = (col(HandoffRow.status).in_(_RUNNING), col(HandoffRow.two_way_on).is_(None))
"""Under way, and without two-way communication so far (HAND-3)."""


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
    return next(iter(_found(engine, col(HandoffRow.id) == handoff_id)), None)


def page_of_handoffs(
    engine: Engine, wanted: HandoffFilter, *, limit: int, before: UUID | None = None
) -> list[RecordedHandoff]:
    """At most ``limit`` handoffs that match, newest first; with ``before``, those that come after that one."""
    page = newest_first(select(HandoffRow.id).where(*_conditions(wanted)), HandoffRow, limit, before)
    return _found(engine, col(HandoffRow.id).in_(page))


def _conditions(wanted: HandoffFilter) -> list[ColumnElement[bool]]:
    conditions = [
        col(getattr(HandoffRow, name)) == value
        for name in ("status", "receiver")
        if (value := getattr(wanted, name)) is not None
    ]
    if wanted.account_id is not None:
        conditions.append(is_account(col(HandoffRow.account_id), wanted.account_id))
    if wanted.due_before is not None:
        conditions += [*AWAITED, col(HandoffRow.due_on) < wanted.due_before]
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
