"""What came of attempts: each is kept, and its delivery and its subscriber changed with it, in one commit."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from sqlalchemy import Boolean, Engine, bindparam, insert, or_, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from service.domain.subscriptions import TO_POST, DeliveryStatus, MessageType, SubscriberStatus, Target, is_post
from service.store.delivery.deliveries import KeptAttempt
from service.store.delivery.subscribers import Subscriber, subscriber_of
from service.store.engine import open_writer
from service.store.rows import value_of
from service.store.tables.events import DeliveryAttemptRow, DeliveryRow, SubscriberRow

_Row = TypeVar("_Row", SubscriberRow, DeliveryRow)
LONGEST_CLAIM = timedelta(seconds=30)
"""A delivery whose next attempt is further away than this has no attempt under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt(KeptAttempt):
    """An attempt that ended ``at`` an instant. ``number`` is that of the claim under which it was made.

    ``took`` is in seconds. ``detail`` says of a failure what is known of it, and holds no secret of ours.
    """

    id: UUID
    delivery_id: UUID
    subscriber_id: UUID
    number: int
    accepted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FailuresBefore:
    """What stood before an attempt: how often its delivery had failed, and since when; since when its subscriber had.

    None is never, and a delivery that is sent again begins anew. ``target`` is where it goes, ``type`` what it tells.
    """

    failures: int
    first_failed_at: datetime | None
    failing_since: datetime | None
    target: Target = Target.WEBHOOK
    type: MessageType = MessageType.RECORDED

    @property
    def is_post(self) -> bool:
        """Whether it goes out as a post to Chatter."""
        return is_post(self.target, self.type)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What is to become of a delivery after an attempt.

    A pending one is tried again at ``next_at``. With ``disabled_reason``, nothing more is sent to the subscriber until
    it is enabled; with ``paused_until``, nothing until then. With ``hastened``, what else failed of the subscriber and
    waits for longer than a claim lasts is tried again at once. ``blameless``: it says nothing of the subscriber.
    ``taken``: the request was, though this record was refused.
    """

    status: DeliveryStatus
    next_at: datetime | None = None
    paused_until: datetime | None = None
    disabled_reason: str | None = None
    hastened: bool = False
    blameless: bool = False
    taken: bool = False


Judge: TypeAlias = Callable[[Attempt, FailuresBefore], Ruling]


def record_attempts(engine: Engine, attempts: Sequence[Attempt], judge: Judge) -> list[Subscriber]:
    """Keep attempts and what follows from them, as ``judge`` rules; gives the subscribers that this disabled.

    A claim that ran out may have passed to another worker: then a failure is kept, and changes nothing. Recording them
    twice changes nothing either.

    Raises:
        StoreUnavailableError: the database cannot be reached; record them again.
    """
    with open_writer(engine) as session:
        # The subscribers first, in order: whoever hands out deliveries to them waits meanwhile.
        subscribers = _locked(session, SubscriberRow, {attempt.subscriber_id for attempt in attempts})
        known = select(DeliveryAttemptRow.id).where(
            col(DeliveryAttemptRow.id).in_([attempt.id for attempt in attempts])
        )
        kept = set(session.exec(known))
        deliveries = _locked(session, DeliveryRow, {attempt.delivery_id for attempt in attempts})
        recording = _Recording(session, judge)
        for attempt in attempts:
            delivery = deliveries.get(attempt.delivery_id)
            # Of a worker that stood still for days, another may have settled the delivery, and it may be removed since.
            if attempt.id not in kept and delivery is not None:
                recording.add(attempt, delivery, subscribers[attempt.subscriber_id])
        recording.write()
        session.commit()
    return recording.disabled


def _locked(session: Session, table: type[_Row], ids: set[UUID]) -> dict[UUID, _Row]:
    """Rows by their identifiers, locked in the order of these."""
    rows = session.exec(select(table).where(col(table.id).in_(ids)).order_by(col(table.id)).with_for_update())
    return {row.id: row for row in rows}


class _Recording:
    """Attempts that are recorded in one transaction."""

    def __init__(self, session: Session, judge: Judge) -> None:
        self._session = session
        self._judge = judge
        self._made: list[Attempt] = []
        self._changed: dict[UUID, DeliveryRow] = {}
        self._settled: list[tuple[DeliveryRow, Target]] = []
        self._hastened: dict[UUID, datetime] = {}
        self.disabled: list[Subscriber] = []

    def add(self, attempt: Attempt, delivery: DeliveryRow, subscriber: SubscriberRow) -> None:
        """Keep an attempt, and change what it changes."""
        self._made.append(attempt)
        is_current = delivery.attempts == attempt.number
        if delivery.status != DeliveryStatus.PENDING or not (attempt.accepted or is_current):
            return
        before = value_of(
            FailuresBefore, delivery, failing_since=subscriber.failing_since, target=Target(subscriber.target)
        )
        ruling = self._judge(attempt, before)
        self._change_delivery(delivery, attempt, ruling, before.target)
        if not ruling.blameless:
            self._change_subscriber(subscriber, attempt, ruling)

    def write(self) -> None:
        """Write the changes, and let the deliveries go that waited for them."""
        connection = self._session.connection()
        if self._made:
            connection.execute(insert(DeliveryAttemptRow), [_values(attempt, _KEPT) for attempt in self._made])
        if self._changed:
            changes = [{"of": row.id} | _values(row, _CHANGED, "new_") for row in self._changed.values()]
            connection.execute(_CHANGE, changes)
        for row in self._changed.values():
            self._session.expunge(row)  # it is written, all of them in one statement
        self._session.flush()
        if self._settled:
            connection.execute(
                _LET_THE_NEXT_GO,
                [
                    {
                        "of_subscriber": row.subscriber_id,
                        "of_account": row.account_id,
                        "at": row.settled_at,
                        "whole": target is not Target.SALESFORCE,
                        "posts": posts,
                    }
                    for row, target in self._settled
                    # Of both orders, as the release before knows of one and may have let one wait for the other.
                    for posts in ((False, True) if target is Target.SALESFORCE else (False,))
                ],
            )
        for subscriber_id, at in self._hastened.items():
            connection.execute(_HASTEN, {"of_subscriber": subscriber_id, "at": at, "beyond": at + LONGEST_CLAIM})

    def _change_delivery(self, delivery: DeliveryRow, attempt: Attempt, ruling: Ruling, target: Target) -> None:
        self._changed[delivery.id] = delivery
        delivery.status, delivery.next_at = ruling.status, ruling.next_at
        if ruling.status is not DeliveryStatus.DELIVERED:
            delivery.failures += 1
            delivery.first_failed_at = delivery.first_failed_at or attempt.at
        if ruling.status is not DeliveryStatus.PENDING:
            delivery.settled_at = attempt.at
            self._settled.append((delivery, target))

    def _change_subscriber(self, subscriber: SubscriberRow, attempt: Attempt, ruling: Ruling) -> None:
        subscriber.failing_since = None if attempt.accepted or ruling.taken else subscriber.failing_since or attempt.at
        if ruling.paused_until is not None:
            subscriber.paused_until = max(ruling.paused_until, subscriber.paused_until or ruling.paused_until)
        if ruling.hastened:
            self._hastened[subscriber.id] = attempt.at
        if ruling.disabled_reason is not None and subscriber.status == SubscriberStatus.ENABLED:
            subscriber.status = SubscriberStatus.DISABLED
            subscriber.disabled_at, subscriber.disabled_reason = attempt.at, ruling.disabled_reason
            self.disabled.append(subscriber_of(subscriber))


def _values(of: object, names: Iterable[str], prefix: str = "") -> dict[str, Any]:
    return {prefix + name: getattr(of, name) for name in names}


_KEPT = tuple(DeliveryAttemptRow.model_fields)
_CHANGED = ("status", "next_at", "failures", "first_failed_at", "settled_at")
"""What an attempt changes of its delivery."""
_CHANGE = (
    update(DeliveryRow)
    .where(col(DeliveryRow.id) == bindparam("of"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGED})
)
_PENDING = (
    col(DeliveryRow.subscriber_id) == bindparam("of_subscriber"),
    col(DeliveryRow.status) == DeliveryStatus.PENDING,
)
_EARLIEST = aliased(DeliveryRow)
_IN_THE_SAME_ORDER = or_(
    bindparam("whole", type_=Boolean),
    or_(*(col(_EARLIEST.type) == of for of in TO_POST)) == bindparam("posts", type_=Boolean),
)
"""Of Salesforce's, posts follow posts, and fields fields: a post that is refused keeps no owner from being written."""
_LET_THE_NEXT_GO = (
    update(DeliveryRow)
    .where(
        col(DeliveryRow.id)
        == select(_EARLIEST.id)
        .where(
            col(_EARLIEST.subscriber_id) == bindparam("of_subscriber"),
            col(_EARLIEST.account_id) == bindparam("of_account"),
            col(_EARLIEST.status) == DeliveryStatus.PENDING,
            _IN_THE_SAME_ORDER,
        )
        .order_by(col(_EARLIEST.decision_id))
        .limit(1)
        .scalar_subquery(),
        col(DeliveryRow.next_at).is_(None),
    )
    .values(next_at=bindparam("at"))
)
_HASTEN = (
    update(DeliveryRow).where(*_PENDING, col(DeliveryRow.next_at) > bindparam("beyond")).values(next_at=bindparam("at"))
)
