"""Claims on deliveries: taken for a while, kept for longer, let go. Those of a worker that died run out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, bindparam, or_, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from service.domain.decision import RecordedDecision
from service.domain.subscriptions import (
    TO_POST,
    DeliveryStatus,
    Interest,
    MessageType,
    SubscriberStatus,
    Target,
    is_post,
)
from service.store.delivery.subscribers import interest_of, secrets_of
from service.store.engine import open_session, open_writer
from service.store.policy_cache import read_decision
from service.store.tables.decisions import DecisionRow
from service.store.tables.events import DeliveryRow, SubscriberRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery to be attempted, with all that it takes. ``number`` counts the attempts at it, this one included.

    ``secrets`` are those to sign with, as they are kept, the newest first. ``body`` is JSON of what is told beside the
    decision, or, of a notice, which has none, all that is told; ``decision_id`` is its own identifier then.
    """

    delivery_id: UUID
    decision_id: UUID
    subscriber_id: UUID
    number: int
    url: str
    interest: Interest
    secrets: tuple[str, ...] = field(repr=False)
    account_id: str
    type: MessageType = MessageType.RECORDED
    body: str | None = None
    decision: RecordedDecision | None

    @property
    def is_post(self) -> bool:
        """Whether it goes out as a post to Chatter."""
        return is_post(self.interest.target, self.type)


@dataclass(frozen=True, slots=True)
class Due:
    """A subscriber that something is to be sent to: where, and since when it has accepted nothing, if that is so."""

    target: Target
    failing_since: datetime | None


def due_subscribers(engine: Engine, now: datetime) -> dict[UUID, Due]:
    """Whom something is to be sent to now. One that asked to be left alone is not among them."""
    # One row is asked for, by the index: as EXISTS it would be joined, and a long backlog be read whole.
    first = select(DeliveryRow.id).where(col(DeliveryRow.subscriber_id) == col(SubscriberRow.id), *_due(now))
    query = (
        select(SubscriberRow.id, SubscriberRow.target, SubscriberRow.failing_since)
        .where(*_served(now), first.order_by(col(DeliveryRow.next_at)).limit(1).scalar_subquery().is_not(None))
        .order_by(col(SubscriberRow.id))
    )
    with open_session(engine) as session:
        return {subscriber_id: Due(Target(target), since) for subscriber_id, target, since in session.exec(query)}


def claim(
    engine: Engine, room: Mapping[UUID, int], now: datetime, until: datetime, *, posts: bool = True
) -> list[Claimed]:
    """Take due deliveries, at most as many of each subscriber as there is room for, until an instant.

    Of one account and subscriber the earliest is taken alone; posts to Chatter by themselves. What is neither settled
    nor kept by that instant is due again, for whoever claims it. Without ``posts``, those are left.

    Raises:
        StoreUnavailableError: the database cannot be reached. Nothing is claimed, or it is due again at the instant.
    """
    claimed: list[Claimed] = []
    with open_writer(engine) as session:
        for subscriber_id, most in room.items():
            subscriber = session.exec(
                select(SubscriberRow).where(SubscriberRow.id == subscriber_id, *_served(now))
            ).first()
            if subscriber is not None:
                left = not posts and subscriber.target == Target.SALESFORCE
                which = [col(DeliveryRow.type).not_in(TO_POST)] if left else []
                claimed += _claim(session, subscriber, most, now, until, *which)
        session.commit()
    return claimed


def keep(engine: Engine, delivery_ids: Iterable[UUID], until: datetime) -> None:
    """Keep claims until an instant: the attempts are still under way, or, where it is now, others may have them."""
    pending = (col(DeliveryRow.id).in_(list(delivery_ids)), col(DeliveryRow.status) == DeliveryStatus.PENDING)
    with open_writer(engine) as session:
        session.exec(update(DeliveryRow).where(*pending).values(next_at=until))
        session.commit()


def put_back(engine: Engine, claims: Sequence[Claimed], now: datetime) -> None:
    """Let others have claims at once of which no attempt was begun."""
    with open_writer(engine) as session:
        session.connection().execute(
            _PUT_BACK, [{"of": claimed.delivery_id, "number": claimed.number, "at": now} for claimed in claims]
        )
        session.commit()


_COLUMNS: list[Any] = [getattr(DecisionRow, name) for name in DecisionRow.model_fields]
_COLUMNS += [col(DeliveryRow.id).label("delivery_id"), col(DeliveryRow.account_id).label("about")]
_COLUMNS += [DeliveryRow.decision_id, DeliveryRow.attempts, DeliveryRow.type, DeliveryRow.body]
_DELIVERIES = sa_select(*_COLUMNS).join_from(
    DeliveryRow, DecisionRow, col(DeliveryRow.decision_id) == col(DecisionRow.id), isouter=True
)
_PUT_BACK = (
    update(DeliveryRow)
    .where(
        col(DeliveryRow.id) == bindparam("of"),
        col(DeliveryRow.status) == DeliveryStatus.PENDING,
        col(DeliveryRow.attempts) == bindparam("number"),
    )
    .values(next_at=bindparam("at"), attempts=col(DeliveryRow.attempts) - 1)
)


def _served(now: datetime) -> tuple[ColumnElement[bool], ...]:
    left_alone = col(SubscriberRow.paused_until)
    return (col(SubscriberRow.status) == SubscriberStatus.ENABLED, or_(left_alone.is_(None), left_alone <= now))


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (col(DeliveryRow.status) == DeliveryStatus.PENDING, col(DeliveryRow.next_at) <= now)


def _claim(
    session: Session,
    subscriber: SubscriberRow,
    most: int,
    now: datetime,
    until: datetime,
    *which: ColumnElement[bool],
) -> Iterable[Claimed]:
    found = session.execute(
        _DELIVERIES.where(col(DeliveryRow.subscriber_id) == subscriber.id, *_due(now), *which)
        .order_by(col(DeliveryRow.next_at), col(DeliveryRow.decision_id))
        .limit(most)
        .with_for_update(of=DeliveryRow, skip_locked=True)
    ).all()
    taken = update(DeliveryRow).where(col(DeliveryRow.id).in_([row.delivery_id for row in found]))
    session.exec(taken.values(attempts=col(DeliveryRow.attempts) + 1, next_at=until))
    interest, secrets = interest_of(subscriber), secrets_of(subscriber, now)
    for row in found:
        yield Claimed(
            delivery_id=row.delivery_id,
            decision_id=row.decision_id,
            subscriber_id=subscriber.id,
            number=row.attempts + 1,
            url=subscriber.url,
            interest=interest,
            secrets=secrets,
            account_id=row.about,
            type=MessageType(row.type),
            body=row.body,
            decision=None if row.id is None else read_decision(session, cast("DecisionRow", row)),
        )
