"""The outbox: recorded decisions, and notices, that are yet to be handed to their subscribers."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import Engine, delete, func, insert, text
from sqlalchemy import select as sa_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from service.domain.decision import Kind
from service.domain.identifiers import instant_of
from service.domain.subscriptions import DeliveryStatus, Interest, MessageType, SubscriberStatus, Target, is_post
from service.domain.terms import Team
from service.store.delivery.subscribers import interest_of
from service.store.engine import open_session, open_writer
from service.store.recorder.postgres_connection import lock_number
from service.store.tables.decisions import DecisionRow
from service.store.tables.events import CrmWriteRow, DeliveryRow, OutboxRow, SubscriberRow

_MOST = 500
_LOCK = lock_number("outbox")
_BEFORE = aliased(DecisionRow)
_COLUMNS: list[Any] = [OutboxRow.decision_id, OutboxRow.account_id, OutboxRow.type, OutboxRow.body]
_COLUMNS += [DecisionRow.kind, DecisionRow.team, DecisionRow.stands, _BEFORE.team, DecisionRow.unchanged]
_COLUMNS += [col(CrmWriteRow.accepted).is_not(None) | col(CrmWriteRow.sending).is_not(None)]
_WAITING = (
    sa_select(*_COLUMNS)
    .join_from(OutboxRow, DecisionRow, col(OutboxRow.decision_id) == col(DecisionRow.id), isouter=True)
    .join(_BEFORE, col(_BEFORE.id) == col(DecisionRow.previous_decision_id), isouter=True)
    .join(CrmWriteRow, col(CrmWriteRow.account_id) == col(OutboxRow.account_id), isouter=True)
    .order_by(col(OutboxRow.decision_id))
)


class _Waiting(NamedTuple):
    """A row of ``_WAITING``: a notice, which has a type, or a decision with the team that was before it."""

    decision_id: UUID
    account_id: str
    type: str | None
    body: str | None
    kind: str | None
    team: str | None
    stands: bool | None
    team_before: str | None
    unchanged: bool | None
    was_written: bool | None


def hand_out(
    engine: Engine, at: datetime, new_id: Callable[[], UUID], most: int = _MOST, *, posting: bool = False
) -> int:
    """Make a delivery of each of the oldest that wait for each subscriber that wants it; gives how many waited.

    With ``posting``, the first subscriber of Salesforce's has what is to be posted to Chatter.

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
        waiting = [_Waiting(*row) for row in session.execute(_WAITING.limit(most))]
        posted_by = next((each.id for each in subscribers if posting and each.target == Target.SALESFORCE), None)
        deliveries = _deliveries(session, subscribers, waiting, at, new_id, posted_by)
        if deliveries:
            session.execute(insert(DeliveryRow), deliveries)
        session.exec(delete(OutboxRow).where(col(OutboxRow.decision_id).in_([each.decision_id for each in waiting])))
        session.commit()
        return len(waiting)


def decisions_waiting(engine: Engine, most: int | None = None) -> int:
    """How many decisions and notices wait to be handed out, counted up to a bound where there is one."""
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
    waiting: Sequence[_Waiting],
    at: datetime,
    new_id: Callable[[], UUID],
    posted_by: UUID | None,
) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for subscriber in subscribers:
        interest, posts = interest_of(subscriber), subscriber.id == posted_by
        wanted = [(each, told) for each in waiting if (told := _told(each, interest, posts=posts)) is not None]
        accounts = {each.account_id for each, _ in wanted}
        busy = _busy(session, subscriber.id, interest.target, accounts) if wanted else set()
        for each, (of, body) in wanted:
            account, its_order = each.account_id, (each.account_id, is_post(interest.target, of))
            made.append(
                {
                    "id": new_id(),
                    "subscriber_id": subscriber.id,
                    "decision_id": each.decision_id,
                    "account_id": account,
                    "type": of,
                    "body": body,
                    "status": DeliveryStatus.PENDING,
                    "attempts": 0,
                    "failures": 0,
                    "next_at": None if its_order in busy else at,
                    "created_at": at,
                }
            )
            busy.add(its_order)
    return made


def _told(waiting: _Waiting, interest: Interest, *, posts: bool) -> tuple[MessageType, str | None] | None:
    """As what a subscriber is told of it, with what the message has beside the decision; None: it is not."""
    if waiting.type is not None:
        of = MessageType(waiting.type)
        wanted = interest.has(of) or (posts and interest.posts(of, waiting.account_id))
        return (of, waiting.body) if wanted else None
    kind, stands = Kind(waiting.kind or ""), waiting.stands is not False
    team, before = (None if each is None else Team(each) for each in (waiting.team, waiting.team_before))
    unchanged = bool(waiting.unchanged)
    if interest.takes(kind, team, waiting.account_id, stands=stands, unchanged=unchanged):
        return MessageType.RECORDED, None
    if not unchanged and interest.loses(kind, before, team, stands=stands, was_written=bool(waiting.was_written)):
        return MessageType.LEFT_TEAM, orjson.dumps({"team_before": before}).decode()
    return None


def _busy(session: Session, subscriber_id: UUID, target: Target, accounts: set[str]) -> set[tuple[str, bool]]:
    """The accounts of which something is pending already, so that what is newer has to wait; posts by themselves."""
    query = (
        select(DeliveryRow.account_id, DeliveryRow.type)
        .distinct()
        .where(
            DeliveryRow.subscriber_id == subscriber_id,
            DeliveryRow.status == DeliveryStatus.PENDING,
            col(DeliveryRow.account_id).in_(accounts),
        )
    )
    return {(account_id, is_post(target, MessageType(of))) for account_id, of in session.exec(query)}
