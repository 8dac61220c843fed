"""Subscribers and their deliveries as every entry point answers them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, JsonValue
from typing_extensions import TypedDict

from service.delivery.outcomes import Failure
from service.domain.decision import Kind
from service.domain.subscriptions import DeliveryStatus, MessageType, SubscriberStatus, Target
from service.domain.terms import Team
from service.store.delivery.deliveries import Delivery, KeptAttempt
from service.store.delivery.subscribers import Subscriber

_OUTCOMES: list[JsonValue] = ["accepted", "declined", "not_sent", *map(str, Failure)]


class SubscriberBody(TypedDict):
    """Who gets recorded decisions. An empty list is everything."""

    id: Annotated[UUID, Field(description="The subscriber's identifier.")]
    name: Annotated[str, Field(description="What people call the subscriber.")]
    target: Annotated[Target, Field(description="A webhook, or the accounts of the Salesforce organization.")]
    url: Annotated[str, Field(description="Where decisions are sent.")]
    types: Annotated[
        Sequence[MessageType], Field(description="The types of message that it gets; empty is decisions alone.")
    ]
    kinds: Annotated[Sequence[Kind], Field(description="The kinds of decision that it gets.")]
    teams: Annotated[Sequence[Team], Field(description="The teams that a decision may name.")]
    fields: Annotated[
        Sequence[str], Field(description="The fields of a decision that it gets, beside `id` and `account_id`.")
    ]
    status: Annotated[SubscriberStatus, Field(description="Whether it is sent anything.")]
    failing_since: Annotated[
        datetime | None, Field(description="Since when it has accepted nothing; null while it does.")
    ]
    paused_until: Annotated[
        datetime | None, Field(description="Until when it asked to be sent nothing (`Retry-After`).")
    ]
    disabled_at: Annotated[datetime | None, Field(description="When it was disabled, where it is.")]
    disabled_reason: Annotated[str | None, Field(description="Why it was disabled, where it is.")]
    previous_secret_until: Annotated[
        datetime | None, Field(description="Until when messages are signed with a secret before the newest too.")
    ]
    created_by: Annotated[str, Field(description="The key that subscribed it.")]
    created_at: Annotated[datetime, Field(description="When it was subscribed.")]


class SubscriberWithSecretBody(SubscriberBody):
    """A subscriber with its new signing secret."""

    secret: Annotated[
        str | None,
        Field(
            description="Shown now and never again: null in the replayed answer of an idempotency key, and for "
            "Salesforce."
        ),
    ]


class SubscriberPage(TypedDict):
    """A page of subscribers, newest first; the `Link` header leads to the next."""

    items: Annotated[Sequence[SubscriberBody], Field(description="The subscribers.")]


class DeliveryBody(TypedDict):
    """A decision or a notice on its way to a subscriber."""

    id: Annotated[UUID, Field(description="The `webhook-id` of the message, the same on every attempt.")]
    type: Annotated[MessageType, Field(description="What the message tells of.")]
    subscriber_id: Annotated[UUID, Field(description="The subscriber.")]
    decision_id: Annotated[UUID | None, Field(description="The decision; null of a notice.")]
    account_id: Annotated[
        str, Field(description="The account's identifier in the CRM; of a lead without one, the lead's.")
    ]
    status: Annotated[DeliveryStatus, Field(description="Where the delivery stands.")]
    attempt_count: Annotated[int, Field(description="How many attempts were begun.")]
    next_attempt_at: Annotated[
        datetime | None,
        Field(
            description="When it is attempted next; null while an earlier one of its account is pending, and at its "
            "end."
        ),
    ]
    created_at: Annotated[datetime, Field(description="When the decision was handed out to the subscriber.")]
    settled_at: Annotated[datetime | None, Field(description="When it was accepted or given up.")]


class AttemptBody(TypedDict):
    """One attempt at a delivery."""

    at: Annotated[datetime, Field(description="When it ended.")]
    outcome: Annotated[
        str,
        Field(
            description="`accepted`, `declined`; `not_sent`: nothing had to be; the others say why no answer came.",
            json_schema_extra={"enum": _OUTCOMES},
        ),
    ]
    http_status: Annotated[int | None, Field(description="The status of the answer, where one came.")]
    detail: Annotated[str | None, Field(description="Why it failed or was not sent, or the answer that declined it.")]
    took_seconds: Annotated[float, Field(description="How long it took.")]


class DeliveryWithAttemptsBody(DeliveryBody):
    """A delivery with its attempts, oldest first."""

    attempts: Annotated[Sequence[AttemptBody], Field(description="The attempts.")]


class DeliveryPage(TypedDict):
    """A page of deliveries, newest first; the `Link` header leads to the next."""

    items: Annotated[Sequence[DeliveryBody], Field(description="The deliveries.")]


def render_subscriber(subscriber: Subscriber) -> SubscriberBody:
    """A subscriber, without its secrets."""
    return {
        "id": subscriber.id,
        "name": subscriber.name,
        "target": subscriber.interest.target,
        "url": subscriber.url,
        "types": subscriber.interest.types,
        "kinds": subscriber.interest.kinds,
        "teams": subscriber.interest.teams,
        "fields": subscriber.interest.fields,
        "status": subscriber.status,
        "failing_since": subscriber.failing_since,
        "paused_until": subscriber.paused_until,
        "disabled_at": subscriber.disabled_at,
        "disabled_reason": subscriber.disabled_reason,
        "previous_secret_until": subscriber.previous_secret_until,
        "created_by": subscriber.created_by,
        "created_at": subscriber.created_at,
    }


def render_subscriber_with_secret(subscriber: Subscriber, secret: str | None) -> SubscriberWithSecretBody:
    """A subscriber with its new secret, or with none to be shown."""
    return {**render_subscriber(subscriber), "secret": secret}


def render_delivery(delivery: Delivery) -> DeliveryBody:
    """A delivery."""
    return {
        "id": delivery.id,
        "type": delivery.type,
        "subscriber_id": delivery.subscriber_id,
        "decision_id": delivery.decision_id if delivery.type.startswith("decision.") else None,
        "account_id": delivery.account_id,
        "status": delivery.status,
        "attempt_count": delivery.attempts,
        "next_attempt_at": delivery.next_at,
        "created_at": delivery.created_at,
        "settled_at": delivery.settled_at,
    }


def render_delivery_with_attempts(delivery: Delivery, made: Iterable[KeptAttempt]) -> DeliveryWithAttemptsBody:
    """A delivery with its attempts, oldest first."""
    attempts: list[AttemptBody] = [
        {
            "at": attempt.at,
            "outcome": attempt.outcome,
            "http_status": attempt.http_status,
            "detail": attempt.detail,
            "took_seconds": round(attempt.took, 6),
        }
        for attempt in made
    ]
    return {**render_delivery(delivery), "attempts": attempts}
