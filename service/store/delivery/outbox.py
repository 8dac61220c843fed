"""The outbox: recorded decisions that are yet to be handed to their subscribers."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, delete, func, insert, text
from sqlmodel import Session, col, select

from service.domain.decision import Kind
from service.domain.identifiers import instant_of
from service.domain.subscriptions import DeliveryStatus, SubscriberStatus
from service.domain.terms import Team
from service.store.delivery.subscribers import interest_of
from service.store.engine import open_session, open_writer
from service.store.recorder.postgres_connection import lock_number
from service.store.tables.decisions import DecisionRow
from service.store.tables.events import DeliveryRow, OutboxRow, SubscriberRow

_MOST = 500
_LOCK = lock_number("outbox")


def hand_out(engine: Engine, at: datetime, new_id: Callable[[], UUID], most: int = _MOST) -> int:
    """Make a delivery of each of the oldest decisions for each subscriber that wants it; gives how many decisions.

    One hands out at a time, the oldest first, and the decisions of one account are committed in their order. So an
    account's deliveries are made in that order too.

    Raises:
        StoreUnavailableError: the database cannot be reached. Nothing was handed out.
    """
    if not decisions_waiting(engine, most=1):
        return 0
    with open_writer(engine) as session:
        if not _is_alone(session):
            return 0
        # Whoever settles deliveries of these subscribers waits meanwhile, and so sees those that are made here.
        subscribers = session.exec(
            select(SubscriberRow)
            .where(SubscriberRow.status == SubscriberStatus.ENABLED)
            .order_by(col(SubscriberRow.id))
            .with_for_update()
        ).all()
        waiting = session.exec(
            select(OutboxRow, DecisionRow.kind, DecisionRow.team, DecisionRow.stands)
            .join(DecisionRow, col(OutboxRow.decision_id) == col(DecisionRow.id))
            .order_by(col(OutboxRow.decision_id))
            .limit(most)
        ).all()
        deliveries = _deliveries(session, subscribers, waiting, at, new_id)
        if deliveries:
            session.execute(insert(DeliveryRow), deliveries)
        session.exec(delete(OutboxRow).where(col(OutboxRow.decision_id).in_([row.decision_id for row, *_ in waiting])))
        session.commit()
        return len(waiting)


def decisions_waiting(engine: Engine, most: int | None = None) -> int:
    """How many decisions wait to be handed out, counted up to a bound where there is one."""
    with open_session(engine) as session:
        some = select(OutboxRow.decision_id).limit(most).subquery()
        return session.exec(select(func.count()).select_from(some)).one()


def oldest_waiting(engine: Engine) -> datetime | None:
    """When the decision was recorded that waits the longest to be handed out; None where none does."""
    with open_session(engine) as session:
        first = session.exec(select(OutboxRow.decision_id).order_by(col(OutboxRow.decision_id)).limit(1)).first()
    return None if first is None else instant_of(first)


def _is_alone(session: Session) -> bool:
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        return True
    return bool(connection.scalar(text("SELECT pg_try_advisory_xact_lock(:number)"), {"number": _LOCK}))


def _deliveries(
    session: Session,
    subscribers: Iterable[SubscriberRow],
    waiting: Sequence[tuple[OutboxRow, str, str | None, bool | None]],
    at: datetime,
    new_id: Callable[[], UUID],
) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for subscriber in subscribers:
        interest = interest_of(subscriber)
        wanted = [
            (row.decision_id, row.account_id)
            for row, kind, team, stands in waiting
            if interest.takes(
                Kind(kind), None if team is None else Team(team), row.account_id, stands=stands is not False
            )
        ]
        busy = _busy(session, subscriber.id, {account for _, account in wanted}) if wanted else set()
        for decision, account in wanted:
            made.append(
                {
                    "id": new_id(),
                    "subscriber_id": subscriber.id,
                    "decision_id": decision,
                    "account_id": account,
                    "status": DeliveryStatus.PENDING,
                    "attempts": 0,
                    "failures": 0,
                    "next_at": None if account in busy else at,
                    "created_at": at,
                }
            )
            busy.add(account)
    return made


def _busy(session: Session, subscriber_id: UUID, accounts: set[str]) -> set[str]:
    """The accounts of which something is pending already, so that what is newer has to wait."""
    query = (
        select(DeliveryRow.account_id)
        .distinct()
        .where(
            DeliveryRow.subscriber_id == subscriber_id,
            DeliveryRow.status == DeliveryStatus.PENDING,
            col(DeliveryRow.account_id).in_(accounts),
        )
    )
    return set(session.exec(query))
