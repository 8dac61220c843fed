"""The shapes of answers about subscribers and deliveries, as published in ``openapi.yaml``."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from service.domain.decision import Kind
from service.domain.subscriptions import DeliveryStatus, SubscriberStatus, Target
from service.domain.terms import Team
from service.entrypoints.api.schemas import Shape


class SubscriberBody(Shape):
    """Who gets recorded decisions. An empty list is everything."""

    id: UUID
    name: str
    target: Target
    url: str
    kinds: list[Kind]
    teams: list[Team]
    fields: list[str]
    status: SubscriberStatus
    failing_since: datetime | None = Field(description="Since when it has accepted nothing; null while it does.")
    paused_until: datetime | None = Field(description="Until when it asked to be sent nothing (`Retry-After`).")
    disabled_at: datetime | None
    disabled_reason: str | None
    previous_secret_until: datetime | None = Field(
        description="Until when messages are signed with the secret before the newest too."
    )
    created_by: str
    created_at: datetime


class SubscriberWithSecretBody(SubscriberBody):
    """A subscriber with its new signing secret."""

    secret: str | None = Field(
        description="Shown now and never again: null in the replayed answer of an idempotency key, and for Salesforce."
    )


class SubscriberPage(Shape):
    """A page of subscribers, newest first; the `Link` header leads to the next."""

    items: list[SubscriberBody]


class DeliveryBody(Shape):
    """A decision on its way to a subscriber."""

    id: UUID = Field(description="The `webhook-id` of the message, the same on every attempt.")
    type: Literal["decision.recorded"]
    subscriber_id: UUID
    decision_id: UUID
    account_id: str
    status: DeliveryStatus
    attempt_count: int = Field(description="How many attempts were begun.")
    next_attempt_at: datetime | None = Field(
        description="When it is attempted next; null while an earlier one of its account is pending, and at its end."
    )
    created_at: datetime
    settled_at: datetime | None


class AttemptBody(Shape):
    """One attempt at a delivery."""

    at: datetime
    outcome: Literal[
        "accepted",
        "declined",
        "refused",
        "unresolved",
        "unreachable",
        "tls",
        "timeout",
        "protocol",
        "unauthorized",
        "internal",
    ] = Field(description="`accepted` and `declined` are answers; the others say why none came.")
    http_status: int | None
    detail: str | None = Field(description="Why it failed, or the beginning of the answer that declined it.")
    took_seconds: float


class DeliveryWithAttemptsBody(DeliveryBody):
    """A delivery with its attempts, oldest first."""

    attempts: list[AttemptBody]


class DeliveryPage(Shape):
    """A page of deliveries, newest first; the `Link` header leads to the next."""

    items: list[DeliveryBody]
