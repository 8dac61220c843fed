"""The tables of what comes in from CRMs, and of what goes out to subscribers."""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, LargeBinary, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from service.domain.subscriptions import MessageType
from service.store.tables.types import instant

_IS_PENDING = text("status = 'pending'")
_IS_KEPT = text("forgotten_at IS NULL")
_IS_REJECTED = text("status = 'rejected'")
_WAITS_FOR, _WAITS_UNTIL = text("waits_for IS NOT NULL"), text("waits_until IS NOT NULL")


class PayloadRow(SQLModel, table=True):
    """What a CRM sent, byte for byte. Triggers refuse every change but that its body is emptied, once.

    ``digest`` is the SHA-256 of the body in hexadecimal digits; earlier releases wrote none.
    """

    __tablename__: ClassVar[Any] = "payloads"
    __table_args__ = (Index("ix_payloads_kept", "received_at", sqlite_where=_IS_KEPT, postgresql_where=_IS_KEPT),)

    id: UUID = Field(primary_key=True)
    source: str
    content_type: str
    body: bytes = Field(sa_type=LargeBinary)
    received_at: datetime = instant()
    digest: str | None = None
    forgotten_at: datetime | None = instant(default=None)


class EventRow(SQLModel, table=True):
    """What a CRM said of one record, and what became of it. ``event_key`` is the same however often it is delivered.

    A rejected one waits, where it says for what, and a superseded one was dismissed, where it says why: the release
    before knows no other status.
    """

    __tablename__: ClassVar[Any] = "events"
    __table_args__ = (
        UniqueConstraint("event_key", name="uq_events_event_key"),
        Index("ix_events_status", "status", "id"),
        Index("ix_events_record_id", "record_id", "id"),
        Index("ix_events_payload_id", "payload_id", "id"),
        Index("ix_events_open", "record_id", sqlite_where=_IS_REJECTED, postgresql_where=_IS_REJECTED),
        Index("ix_events_waits_for", "waits_for", sqlite_where=_WAITS_FOR, postgresql_where=_WAITS_FOR),
        Index("ix_events_waits_until", "waits_until", sqlite_where=_WAITS_UNTIL, postgresql_where=_WAITS_UNTIL),
    )

    id: UUID = Field(primary_key=True)
    event_key: str
    payload_id: UUID
    source: str
    record_kind: str
    record_id: str
    status: str
    problem: str | None = Field(sa_type=Text)
    remarks: str | None = Field(sa_type=Text)
    decision_id: UUID | None
    handoff_id: UUID | None
    actor: str
    request_id: str
    received_at: datetime = instant()
    settled_at: datetime = instant()
    settled_by: str | None
    waits_for: str | None
    waits_until: date | None
    left_out: str | None
    reason: str | None = Field(sa_type=Text)


class EventRetryRow(SQLModel, table=True):
    """Events that are to be tried again, those that match, and how far that is: up to a payload."""

    __tablename__: ClassVar[Any] = "event_retries"

    id: UUID = Field(primary_key=True)
    wanted: str = Field(sa_type=Text)
    requested_by: str
    requested_at: datetime = instant()
    request_id: str
    outcomes: str = Field(sa_type=Text)
    after_payload_id: UUID
    leased_until: datetime | None = instant(nullable=True)
    finished_at: datetime | None = instant(nullable=True)


class CrmRecordRow(SQLModel, table=True):
    """What a CRM's events and people so far say of a record, each statement with what stated it."""

    __tablename__: ClassVar[Any] = "crm_records"

    kind: str = Field(primary_key=True)
    record_id: str = Field(primary_key=True)
    known: str = Field(sa_type=Text)
    changed_at: datetime = instant()


class CrmWriteRow(SQLModel, table=True):
    """What the CRM last accepted of an account, and what is being written. See ``service.store.delivery.writes``."""

    __tablename__: ClassVar[Any] = "crm_writes"

    account_id: str = Field(primary_key=True)
    accepted: str | None = Field(default=None, sa_type=Text)
    team: str | None = None
    since: datetime | None = instant(default=None, nullable=True)
    told: str = ""
    sending: str | None = None
    busy_until: datetime | None = instant(default=None, nullable=True)


class ChatterPostRow(SQLModel, table=True):
    """A text for Chatter that was tried on an account, once a notice. See ``service.store.delivery.posts``."""

    __tablename__: ClassVar[Any] = "chatter_posts"
    __table_args__ = (
        Index("ix_chatter_posts_account_id", "account_id", "type", "posted_at"),
        Index("ix_chatter_posts_subject_id", "subject_id", "id"),
    )

    id: UUID = Field(primary_key=True)
    account_id: str
    type: str
    subject_id: UUID
    mark: str
    text: str = Field(sa_type=Text)
    began_at: datetime = instant()
    busy_until: datetime | None = instant(default=None, nullable=True)
    post_id: str | None = None
    posted_at: datetime | None = instant(default=None, nullable=True)


class SubscriberRow(SQLModel, table=True):
    """Who gets recorded decisions: a webhook with its secrets, or the CRM. Lists are parted by blanks; empty is all.

    ``earlier_secrets`` are those before the previous one that work on, as JSON: each with its instant, newest first.
    """

    __tablename__: ClassVar[Any] = "subscribers"

    id: UUID = Field(primary_key=True)
    name: str
    target: str
    url: str
    kinds: str
    teams: str
    fields: str
    types: str | None
    status: str = Field(index=True)
    secret: str
    previous_secret: str | None = None
    previous_until: datetime | None = instant(default=None)
    earlier_secrets: str | None = Field(None, sa_type=Text)
    failing_since: datetime | None = instant(nullable=True)
    paused_until: datetime | None = instant(nullable=True)
    disabled_at: datetime | None = instant(nullable=True)
    disabled_reason: str | None
    created_by: str
    created_at: datetime = instant()


class OutboxRow(SQLModel, table=True):
    """A decision, or a notice, that is yet to be handed to its subscribers.

    A notice has a type and its data as JSON, and an identifier of its own in place of the decision's.
    """

    __tablename__: ClassVar[Any] = "outbox"

    decision_id: UUID = Field(primary_key=True)
    account_id: str
    type: str | None = None
    body: str | None = Field(default=None, sa_type=Text)


class DeliveryRow(SQLModel, table=True):
    """A decision, or a notice, on its way to one subscriber: those of one account go in the order of ``decision_id``.

    ``body`` is what the message has beside the decision, or all that it has, as JSON. ``next_at`` is None for as long
    as an earlier delivery of the account is pending. While an attempt is under way it is when another worker takes the
    delivery up, should this one be gone.
    """

    __tablename__: ClassVar[Any] = "deliveries"
    __table_args__ = (
        UniqueConstraint("subscriber_id", "decision_id", name="uq_deliveries_subscriber_id_decision_id"),
        Index(
            "ix_deliveries_due",
            "subscriber_id",
            "next_at",
            "decision_id",
            sqlite_where=_IS_PENDING,
            postgresql_where=_IS_PENDING,
        ),
        Index(
            "ix_deliveries_in_order",
            "subscriber_id",
            "account_id",
            "decision_id",
            sqlite_where=_IS_PENDING,
            postgresql_where=_IS_PENDING,
        ),
        Index("ix_deliveries_subscriber_id", "subscriber_id", "id"),
        Index("ix_deliveries_account_id", "account_id", "id"),
        Index("ix_deliveries_status", "status", "id"),
    )

    id: UUID = Field(primary_key=True)
    subscriber_id: UUID
    decision_id: UUID
    account_id: str
    status: str
    attempts: int
    failures: int
    next_at: datetime | None = instant(nullable=True)
    first_failed_at: datetime | None = instant(nullable=True)
    created_at: datetime = instant()
    settled_at: datetime | None = instant(nullable=True)
    type: str = Field(default=MessageType.RECORDED, sa_column_kwargs={"server_default": MessageType.RECORDED.value})
    body: str | None = Field(default=None, sa_type=Text)


class DeliveryAttemptRow(SQLModel, table=True):
    """One attempt at a delivery, and how it came out."""

    __tablename__: ClassVar[Any] = "delivery_attempts"
    __table_args__ = (Index("ix_delivery_attempts_delivery_id", "delivery_id", "id"),)

    id: UUID = Field(primary_key=True)
    delivery_id: UUID
    at: datetime = instant()
    outcome: str
    http_status: int | None
    detail: str | None = Field(sa_type=Text)
    took: float
