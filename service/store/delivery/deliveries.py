"""Deliveries: listed, found with their attempts, sent again, and how many wait."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from service.domain.account_ids import full_id
from service.domain.fields import RecordedId
from service.domain.subscriptions import DeliveryStatus, MessageType, SubscriberStatus
from service.store.delivery.outbox import decisions_waiting
from service.store.engine import newest_first, open_session
from service.store.errors import DeliveryPendingError, NotFoundError, SubscriberNotEnabledError
from service.store.rows import value_of
from service.store.tables.events import DeliveryAttemptRow, DeliveryRow, SubscriberRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A decision on its way to a subscriber, or a notice, whose own identifier is ``decision_id`` then.

    ``attempts`` counts those begun. ``next_at`` is when the next begins; None while an earlier delivery of the account
    is pending, and once this one is settled.
    """

    id: UUID
    subscriber_id: UUID
    decision_id: UUID
    account_id: RecordedId
    type: MessageType
    status: DeliveryStatus
    attempts: int
    next_at: datetime | None
    created_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAttempt:
    """One attempt at a delivery: when it ended, and how."""

    at: datetime
    outcome: str
    http_status: int | None
    detail: str | None
    took: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """How much waits: decisions to be handed out, deliveries that are pending, subscribers by where they stand."""

    waiting: int
    pending: int
    oldest_pending_at: datetime | None
    subscribers: dict[SubscriberStatus, int]


def find_delivery(engine: Engine, delivery_id: UUID) -> tuple[Delivery, list[KeptAttempt]] | None:
    """One delivery with its attempts, oldest first; None where there is none of that identifier."""
    attempts = select(DeliveryAttemptRow).where(DeliveryAttemptRow.delivery_id == delivery_id)
    with open_session(engine) as session:
        row = session.get(DeliveryRow, delivery_id)
        if row is None:
            return None
        made = session.exec(attempts.order_by(col(DeliveryAttemptRow.id)))
        return value_of(Delivery, row), [value_of(KeptAttempt, found) for found in made]


def page_of_deliveries(
    engine: Engine,
    *,
    limit: int,
    subscriber_id: UUID | None = None,
    status: DeliveryStatus | None = None,
    account_id: str | None = None,
    before: UUID | None = None,
) -> list[Delivery]:
    """At most ``limit`` deliveries that match, newest first; with ``before``, those that come after that one."""
    wanted = {"subscriber_id": subscriber_id, "status": status, "account_id": account_id}
    query = newest_first(select(DeliveryRow), DeliveryRow, limit, before, **wanted)
    with open_session(engine) as session:
        return [value_of(Delivery, row) for row in session.exec(query)]


def resend_delivery(session: Session, delivery_id: UUID, at: datetime) -> Delivery:
    """Send a delivery again, at once: beside what is under way of its account, and before what waits of it.

    It is tried again as at first.

    Raises:
        NotFoundError: there is none.
        DeliveryPendingError: it is on its way already.
        SubscriberNotEnabledError: nothing is sent to its subscriber.
    """
    found = session.get(DeliveryRow, delivery_id)
    if found is None:
        raise NotFoundError("delivery", delivery_id)
    # The subscriber first: so does whoever settles or hands out its deliveries.
    subscriber = session.get_one(SubscriberRow, found.subscriber_id, with_for_update=True)
    row = session.get(DeliveryRow, delivery_id, with_for_update=True, populate_existing=True)
    if row is None:  # it was old, and was removed meanwhile
        raise NotFoundError("delivery", delivery_id)
    if row.status == DeliveryStatus.PENDING:
        raise DeliveryPendingError(f"The delivery {delivery_id} is still on its way")
    if subscriber.status != SubscriberStatus.ENABLED:
        raise SubscriberNotEnabledError(f"The subscriber {subscriber.id} is {subscriber.status}")
    row.status, row.next_at, row.settled_at = DeliveryStatus.PENDING, at, None
    row.failures, row.first_failed_at = 0, None
    row.account_id = full_id(row.account_id)  # of those that were settled, an earlier release kept the shorter form
    return value_of(Delivery, row)


def backlog(engine: Engine) -> Backlog:
    """How much waits. Deliveries to subscribers that are not enabled do not: they wait for somebody to enable it."""
    with open_session(engine) as session:
        pending, oldest = session.exec(
            select(func.count(), func.min(DeliveryRow.created_at))
            .join(SubscriberRow, col(SubscriberRow.id) == col(DeliveryRow.subscriber_id))
            .where(DeliveryRow.status == DeliveryStatus.PENDING, SubscriberRow.status == SubscriberStatus.ENABLED)
        ).one()
        standing = session.exec(select(SubscriberRow.status, func.count()).group_by(col(SubscriberRow.status)))
        subscribers = {SubscriberStatus(status): count for status, count in standing}
    return Backlog(
        waiting=decisions_waiting(engine), pending=pending, oldest_pending_at=oldest, subscribers=subscribers
    )
