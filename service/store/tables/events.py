"""The tables of what comes in from CRMs, and of what goes out to subscribers."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, LargeBinary, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from service.store.tables.types import instant

_IS_PENDING = text("status = 'pending'")


class PayloadRow(SQLModel, table=True):
    """What a CRM sent, byte for byte. Triggers refuse every change."""

    __tablename__: ClassVar[Any] = "payloads"

    id: UUID = Field(primary_key=True)
    source: str
    content_type: str
    body: bytes = Field(sa_type=LargeBinary)
    received_at: datetime = instant()


class EventRow(SQLModel, table=True):
    """What a CRM said of one record, and what became of it. ``event_key`` is the same however often it is delivered."""

    __tablename__: ClassVar[Any] = "events"
    __table_args__ = (
        UniqueConstraint("event_key", name="uq_events_event_key"),
        Index("ix_events_status", "status", "id"),
        Index("ix_events_record_id", "record_id", "id"),
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


class CrmRecordRow(SQLModel, table=True):
    """What a CRM's events and people so far say of a record, each statement with what stated it."""

    __tablename__: ClassVar[Any] = "crm_records"

    kind: str = Field(primary_key=True)
    record_id: str = Field(primary_key=True)
    known: str = Field(sa_type=Text)
    changed_at: datetime = instant()


class SubscriberRow(SQLModel, table=True):
    """Who gets recorded decisions: a webhook with its secrets, or the CRM. Lists are parted by blanks; empty is all."""

    __tablename__: ClassVar[Any] = "subscribers"

    id: UUID = Field(primary_key=True)
    name: str
    target: str
    url: str
    kinds: str
    teams: str
    fields: str
    status: str = Field(index=True)
    secret: str
    previous_secret: str | None = None
    previous_until: datetime | None = instant(default=None)
    failing_since: datetime | None = instant(nullable=True)
    paused_until: datetime | None = instant(nullable=True)
    disabled_at: datetime | None = instant(nullable=True)
    disabled_reason: str | None
    created_by: str
    created_at: datetime = instant()


class OutboxRow(SQLModel, table=True):
    """A decision that is yet to be handed to its subscribers."""

    __tablename__: ClassVar[Any] = "outbox"

    decision_id: UUID = Field(primary_key=True)
    account_id: str


class DeliveryRow(SQLModel, table=True):
    """A decision on its way to one subscriber. The deliveries of one account go in the order of their decisions.

    ``next_at`` is None for as long as an earlier delivery of the account is pending. While an attempt is under way it
    is when another worker takes the delivery up, should this one be gone.
    """

    __tablename__: ClassVar[Any] = "deliveries"
    __table_args__ = (
        UniqueConstraint("subscriber_id", "decision_id", name="uq_deliveries_subscriber_id_decision_id"),
        Index("ix_deliveries_due", "subscriber_id", "next_at", sqlite_where=_IS_PENDING, postgresql_where=_IS_PENDING),
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
