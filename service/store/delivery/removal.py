"""Deliveries that were settled long ago: found by the index of their status, and removed with their attempts."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, delete, func
from sqlmodel import col, select

from service.domain.identifiers import first_uuid7
from service.domain.subscriptions import DeliveryStatus
from service.store.engine import open_session, open_writer
from service.store.tables.events import DeliveryAttemptRow, DeliveryRow


def settled_before(engine: Engine, before: datetime, most: int) -> list[UUID]:
    """Deliveries that were settled before an instant: at most so many that were delivered, and as many given up.

    Those made first come first. Nobody who records or delivers waits for this.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    found: list[UUID] = []
    with open_session(engine) as session:
        for status in (DeliveryStatus.DELIVERED, DeliveryStatus.GIVEN_UP):
            # What was settled by then was made by then. So the index of statuses is read no further.
            made = (DeliveryRow.status == status, col(DeliveryRow.id) < first_uuid7(before))
            old = select(DeliveryRow.id).where(*made, _was_settled(before))
            found += session.exec(old.order_by(col(DeliveryRow.id)).limit(most))
    return found


def remove_settled(engine: Engine, delivery_ids: Collection[UUID], before: datetime) -> int:
    """Remove those of some deliveries that were settled before an instant, with their attempts; gives how many.

    One that is sent again meanwhile stays, and nobody is waited for.

    Raises:
        StoreUnavailableError: the database cannot be reached. None is removed.
    """
    is_settled = DeliveryRow.status != DeliveryStatus.PENDING
    with open_writer(engine) as session:
        old = session.exec(
            select(DeliveryRow.id)
            .where(col(DeliveryRow.id).in_(delivery_ids), is_settled, _was_settled(before))
            .with_for_update(skip_locked=True)
        ).all()
        session.exec(delete(DeliveryAttemptRow).where(col(DeliveryAttemptRow.delivery_id).in_(old)))
        session.exec(delete(DeliveryRow).where(col(DeliveryRow.id).in_(old)))
        session.commit()
    return len(old)


def _was_settled(before: datetime) -> ColumnElement[bool]:
    # Of some that a downgrade gave up it is not known when.
    return func.coalesce(col(DeliveryRow.settled_at), col(DeliveryRow.created_at)) < before
