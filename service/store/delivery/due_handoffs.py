"""Handoffs whose day has come, or is over: each is noticed once for either, in the commit that notes it."""

from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Engine, and_, or_
from sqlmodel import Session, col, select

from service.domain.handoff.state import HandoffTerms
from service.domain.notices import handoff_waiting
from service.domain.subscriptions import MessageType
from service.domain.terms import Team
from service.store.engine import open_session, open_writer
from service.store.handoffs import AWAITED
from service.store.rows.notices import put_notices
from service.store.tables.decisions import HandoffRow

_MOST = 500


def notice_handoffs(engine: Engine, today: date, at: datetime, new_id: Callable[[], UUID]) -> int:
    """Put a notice of each handoff that is due, or overdue, into the outbox, unless one was before; gives how many.

    Of a type that nobody asks for none is put there, as of what else is told: who asks later hears of what comes then.

    Raises:
        StoreUnavailableError: the database cannot be reached. Nothing was noticed.
    """
    with open_session(engine) as session:
        if not _waiting(session, today, most=1):
            return 0
    with open_writer(engine) as session:
        found = _waiting(session, today, most=_MOST)
        notices = []
        for row in found:
            terms = HandoffTerms.model_validate_json(row.terms)
            receiver = None if row.receiver is None else Team(row.receiver)
            notices.append(handoff_waiting(new_id(), terms, receiver, today, at))
            row.noticed = notices[-1].type
        put_notices(session, notices)
        session.commit()
        return len(notices)


def _waiting(session: Session, today: date, most: int) -> list[HandoffRow]:
    """Handoffs to be noticed, locked; those that another worker has at hand are left to it."""
    overdue = and_(col(HandoffRow.noticed) == MessageType.HANDOFF_DUE, col(HandoffRow.due_on) < today)
    wanted = (*AWAITED, col(HandoffRow.due_on) <= today, or_(col(HandoffRow.noticed).is_(None), overdue))
    query = select(HandoffRow).where(*wanted).order_by(col(HandoffRow.due_on), col(HandoffRow.id)).limit(most)
    return list(session.exec(query.with_for_update(skip_locked=True)))
