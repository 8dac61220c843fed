"""What came of attempts: each is kept, and its delivery and its subscriber changed with it, in one commit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from service.domain.subscriptions import DeliveryStatus, SubscriberStatus
from service.store.engine import writing
from service.store.tables import DeliveryAttemptRow, DeliveryRow, SubscriberRow

LONGEST_CLAIM = timedelta(seconds=30)
"""A delivery whose next attempt is further away than this has no attempt under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An attempt that ended ``at`` an instant. ``number`` is that of the claim under which it was made.

    ``took`` is in seconds. ``detail`` says of a failure what is known of it, and holds no secret of ours.
    """

    id: UUID
    delivery_id: UUID
    subscriber_id: UUID
    number: int
    at: datetime
    accepted: bool
    outcome: str
    http_status: int | None
    detail: str | None
    took: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What stood before an attempt: how often its delivery had failed, and since when; since when its subscriber had.

    None is never, and a delivery that is sent again begins anew.
    """

    failures: int
    first_failed_at: datetime | None
    failing_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What is to become of a delivery after an attempt.

    A pending one is tried again at ``next_at``. With ``disabled_reason``, nothing more is sent to the subscriber until
    it is enabled; with ``paused_until``, nothing until then. With ``hastened``, what else failed of the subscriber and
    waits for longer than a claim lasts is tried again at once.
    """

    status: DeliveryStatus
    next_at: datetime | None = None
    paused_until: datetime | None = None
    disabled_reason: str | None = None
    hastened: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Disabled:
    """A subscriber that an attempt's outcome disabled."""

    subscriber_id: UUID
    name: str
    reason: str


Judge: TypeAlias = Callable[[Attempt, Before], Ruling]


def settle(engine: Engine, attempts: Sequence[Attempt], judge: Judge) -> list[Disabled]:
    """Keep attempts and what follows from them, as ``judge`` rules; gives the subscribers that this disabled.

    A claim that ran out may have passed to another worker: then a failure is kept, and changes nothing. Settling twice
    changes nothing either.

    Raises:
        StoreUnavailableError: the database cannot be reached; settle them again.
    """
    with writing(engine) as opened:
        # The subscribers first, in order: whoever hands out deliveries to them waits meanwhile.
        subscribers = {
            row.id: row
            for row in opened.exec(
                select(SubscriberRow)
                .where(col(SubscriberRow.id).in_({attempt.subscriber_id for attempt in attempts}))
                .order_by(col(SubscriberRow.id))
                .with_for_update()
            )
        }
        settlement = _Settlement(opened, subscribers, judge)
        kept = set(
            opened.exec(
                select(DeliveryAttemptRow.id).where(
                    col(DeliveryAttemptRow.id).in_([attempt.id for attempt in attempts])
                )
            )
        )
        for attempt in attempts:
            if attempt.id not in kept:
                settlement.add(attempt)
        opened.commit()
    return settlement.disabled


class _Settlement:
    """Attempts that are settled in one transaction."""

    def __init__(self, opened: Session, subscribers: dict[UUID, SubscriberRow], judge: Judge) -> None:
        self._opened = opened
        self._subscribers = subscribers
        self._judge = judge
        self.disabled: list[Disabled] = []

    def add(self, attempt: Attempt) -> None:
        """Keep an attempt, and change what it changes."""
        self._opened.add(_kept(attempt))
        delivery = self._opened.get_one(DeliveryRow, attempt.delivery_id, with_for_update=True)
        subscriber = self._subscribers[attempt.subscriber_id]
        is_current = delivery.status == DeliveryStatus.PENDING and delivery.attempts == attempt.number
        if delivery.status == DeliveryStatus.PENDING and (attempt.accepted or is_current):
            before = Before(
                failures=delivery.failures,
                first_failed_at=delivery.first_failed_at,
                failing_since=subscriber.failing_since,
            )
            self._change(delivery, subscriber, attempt, self._judge(attempt, before))

    def _change(self, delivery: DeliveryRow, subscriber: SubscriberRow, attempt: Attempt, ruling: Ruling) -> None:
        delivery.status, delivery.next_at = ruling.status, ruling.next_at
        if not attempt.accepted:
            delivery.failures += 1
            delivery.first_failed_at = delivery.first_failed_at or attempt.at
        subscriber.failing_since = None if attempt.accepted else subscriber.failing_since or attempt.at
        if ruling.paused_until is not None:
            subscriber.paused_until = max(ruling.paused_until, subscriber.paused_until or ruling.paused_until)
        if ruling.disabled_reason is not None and subscriber.status == SubscriberStatus.ENABLED:
            subscriber.status = SubscriberStatus.DISABLED
            subscriber.disabled_at, subscriber.disabled_reason = attempt.at, ruling.disabled_reason
            self.disabled.append(
                Disabled(subscriber_id=subscriber.id, name=subscriber.name, reason=ruling.disabled_reason)
            )
        self._opened.add(subscriber)
        self._opened.add(delivery)
        if ruling.status is not DeliveryStatus.PENDING:
            delivery.settled_at = attempt.at
            self._opened.flush()
            self._let_the_next_go(delivery, attempt.at)
        if ruling.hastened:
            self._hasten(subscriber.id, attempt.at)

    def _let_the_next_go(self, settled: DeliveryRow, at: datetime) -> None:
        earliest = (
            select(DeliveryRow.id)
            .where(
                DeliveryRow.subscriber_id == settled.subscriber_id,
                DeliveryRow.account_id == settled.account_id,
                DeliveryRow.status == DeliveryStatus.PENDING,
            )
            .order_by(col(DeliveryRow.decision_id))
            .limit(1)
            .scalar_subquery()
        )
        waits = col(DeliveryRow.next_at).is_(None)
        self._opened.exec(
            update(DeliveryRow).where(col(DeliveryRow.id) == earliest, waits).values(next_at=at),
            execution_options={"synchronize_session": False},
        )

    def _hasten(self, subscriber_id: UUID, at: datetime) -> None:
        self._opened.exec(
            update(DeliveryRow)
            .where(
                col(DeliveryRow.subscriber_id) == subscriber_id,
                col(DeliveryRow.status) == DeliveryStatus.PENDING,
                col(DeliveryRow.next_at) > at + LONGEST_CLAIM,
            )
            .values(next_at=at),
            execution_options={"synchronize_session": False},
        )


def _kept(attempt: Attempt) -> DeliveryAttemptRow:
    return DeliveryAttemptRow(
        id=attempt.id,
        delivery_id=attempt.delivery_id,
        at=attempt.at,
        outcome=attempt.outcome,
        http_status=attempt.http_status,
        detail=attempt.detail,
        took=attempt.took,
    )
