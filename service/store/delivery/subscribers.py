"""Subscribers: made, found, listed, ended, enabled, their secrets rotated. What is found has no secret in it."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from service.domain.acts import Act
from service.domain.subscriptions import DeliveryStatus, Interest, SubscriberStatus
from service.store.acts import add_act
from service.store.engine import newest_first, open_session, open_writer
from service.store.errors import NoSigningSecretError, NotFoundError, SubscriberEndedError
from service.store.rows import value_of
from service.store.tables.events import DeliveryRow, SubscriberRow

_CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """What is known of a subscriber.

    ``failing_since`` is when it last began to accept nothing, ``paused_until`` what it asked to be left alone until,
    ``previous_secret_until`` until when messages are signed with a secret before the newest too.
    """

    id: UUID
    name: str
    url: str
    interest: Interest
    status: SubscriberStatus = SubscriberStatus.ENABLED
    failing_since: datetime | None = None
    paused_until: datetime | None = None
    disabled_at: datetime | None = None
    disabled_reason: str | None = None
    previous_secret_until: datetime | None = None
    created_by: str
    created_at: datetime


def add_subscriber(session: Session, new: Subscriber, secret: str) -> Subscriber:
    """Store a subscriber with its secret, which is empty where nothing is signed."""
    lists = {name: " ".join(getattr(new.interest, name)) for name in ("types", "kinds", "teams", "fields")}
    own = {"target": new.interest.target, **lists, "secret": secret}
    session.add(SubscriberRow.model_validate(new, update=own))
    return new


def rotate_secret(session: Session, subscriber_id: UUID, secret: str, old_until: datetime, at: datetime) -> Subscriber:
    """Let a secret take the place of the newest, which works on until an instant, as others do for which that was said.

    Raises:
        NotFoundError, SubscriberEndedError: nothing is signed for it any more.
        NoSigningSecretError: nothing ever was.
    """
    row = _going_on(session, subscriber_id)
    if not row.secret:
        raise NoSigningSecretError(f"Nothing is signed for the subscriber {subscriber_id}")
    row.earlier_secrets = _written((kept, until) for kept, until in _earlier(row) if at < until)
    row.previous_secret, row.previous_until, row.secret = row.secret, old_until, secret
    return subscriber_of(row)


def enable_subscriber(session: Session, subscriber_id: UUID, at: datetime) -> Subscriber:
    """Send to a subscriber again, what is pending first and from now on, as though nothing had failed before.

    Raises:
        NotFoundError, SubscriberEndedError: there is nobody to send to.
    """
    row = _going_on(session, subscriber_id)
    row.status = SubscriberStatus.ENABLED
    row.failing_since = row.paused_until = row.disabled_at = row.disabled_reason = None
    pending = (col(DeliveryRow.subscriber_id) == subscriber_id, col(DeliveryRow.status) == DeliveryStatus.PENDING)
    at_the_head = col(DeliveryRow.next_at).is_not(None)
    session.exec(update(DeliveryRow).where(*pending, at_the_head).values(next_at=at, failures=0, first_failed_at=None))
    return subscriber_of(row)


def end_subscriber(
    engine: Engine, subscriber_id: UUID, at: datetime, tells: Callable[[Subscriber], Act]
) -> Subscriber | None:
    """Send nothing more to a subscriber, ever, and give up what is pending; None where there is none.

    Few deliveries at a time, so that recording never waits for long. Interrupted, it is finished by doing it again.
    """
    with open_writer(engine) as session:
        row = session.get(SubscriberRow, subscriber_id, with_for_update=True)
        if row is None:
            return None
        goes_on = row.status != SubscriberStatus.ENDED
        row.status, row.secret = SubscriberStatus.ENDED, ""
        row.previous_secret = row.previous_until = row.earlier_secrets = None
        ended = subscriber_of(row)
        if goes_on:
            add_act(session, tells(ended))
        session.commit()
    while _give_up(engine, subscriber_id, at):
        pass
    return ended


def find_subscriber(engine: Engine, subscriber_id: UUID) -> Subscriber | None:
    """One subscriber, or None where there is none of that identifier."""
    with open_session(engine) as session:
        row = session.get(SubscriberRow, subscriber_id)
        return None if row is None else subscriber_of(row)


def page_of_subscribers(engine: Engine, *, limit: int, before: UUID | None = None) -> list[Subscriber]:
    """At most ``limit`` subscribers, newest first; with ``before``, those that come after that one."""
    with open_session(engine) as session:
        page = session.exec(newest_first(select(SubscriberRow), SubscriberRow, limit, before))
        return [subscriber_of(row) for row in page]


def subscriber_of(row: SubscriberRow) -> Subscriber:
    """The subscriber that a row holds, without its secrets."""
    until = max((until for _, until in _earlier(row)), default=None)
    return value_of(Subscriber, row, interest=interest_of(row), previous_secret_until=until)


def secrets_of(row: SubscriberRow, now: datetime) -> tuple[str, ...]:
    """The secrets to sign with for a subscriber, as they are kept, the newest first."""
    return tuple(filter(None, (row.secret, *(kept for kept, until in _earlier(row) if now < until))))


def kept_secrets(engine: Engine) -> list[str]:
    """All signing secrets, as they are kept."""
    with open_session(engine) as session:
        rows = session.exec(select(SubscriberRow).where(SubscriberRow.secret != ""))
        return [kept for row in rows for kept in (row.secret, *(earlier for earlier, _ in _earlier(row)))]


def renew_secrets(engine: Engine, renew: Callable[[str], str]) -> None:
    """Keep all signing secrets as ``renew`` has them kept; nothing is changed where it fails."""
    if all(renew(kept) == kept for kept in kept_secrets(engine)):
        return
    with open_writer(engine) as session:
        rows = select(SubscriberRow).where(SubscriberRow.secret != "").order_by(col(SubscriberRow.id))
        for row in session.exec(rows.with_for_update()):
            row.secret = renew(row.secret)
            row.previous_secret = row.previous_secret and renew(row.previous_secret)
            row.earlier_secrets = _written((renew(kept), until) for kept, until in _written_in(row))
        session.commit()


def _earlier(row: SubscriberRow) -> list[tuple[str, datetime]]:
    """The secrets before the newest, each with the instant until which it works, the newest first."""
    if row.previous_secret is None or row.previous_until is None:
        return _written_in(row)
    return [(row.previous_secret, row.previous_until), *_written_in(row)]


def _written_in(row: SubscriberRow) -> list[tuple[str, datetime]]:
    return [(kept, datetime.fromisoformat(until)) for kept, until in json.loads(row.earlier_secrets or "[]")]


def _written(secrets: Iterable[tuple[str, datetime]]) -> str | None:
    written = [(kept, until.isoformat()) for kept, until in secrets]
    return json.dumps(written) if written else None


def interest_of(row: SubscriberRow) -> Interest:
    """What a subscriber wants."""
    lists = {name: (getattr(row, name) or "").split() for name in ("types", "kinds", "teams", "fields")}
    return value_of(Interest, row, **lists)


def _going_on(session: Session, subscriber_id: UUID) -> SubscriberRow:
    row = session.get(SubscriberRow, subscriber_id, with_for_update=True)
    if row is None:
        raise NotFoundError("subscriber", subscriber_id)
    if row.status == SubscriberStatus.ENDED:
        raise SubscriberEndedError(f"The subscriber {subscriber_id} ended")
    return row


def _give_up(engine: Engine, subscriber_id: UUID, at: datetime) -> int:
    some = (
        select(DeliveryRow.id)
        .where(DeliveryRow.subscriber_id == subscriber_id, DeliveryRow.status == DeliveryStatus.PENDING)
        .limit(_CHUNK)
    )
    with open_writer(engine) as session:
        given_up = session.exec(
            update(DeliveryRow)
            .where(col(DeliveryRow.id).in_(some))
            .values(status=DeliveryStatus.GIVEN_UP, settled_at=at, next_at=None)
        )
        session.commit()
        return given_up.rowcount
