"""Subscribers and their deliveries as every entry point answers them."""

from collections.abc import Iterable
from typing import Any

from service.store.delivery.deliveries import Delivery, KeptAttempt
from service.store.delivery.subscribers import Subscriber
from service.usecases.relay import EVENT


def subscriber_body(subscriber: Subscriber) -> dict[str, Any]:
    """A subscriber, without its secrets, of values that ``to_json`` writes."""
    return {
        "id": subscriber.id,
        "name": subscriber.name,
        "target": subscriber.interest.target,
        "url": subscriber.url,
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


def delivery_body(delivery: Delivery) -> dict[str, Any]:
    """A delivery."""
    return {
        "id": delivery.id,
        "type": EVENT,
        "subscriber_id": delivery.subscriber_id,
        "decision_id": delivery.decision_id,
        "account_id": delivery.account_id,
        "status": delivery.status,
        "attempt_count": delivery.attempts,
        "next_attempt_at": delivery.next_at,
        "created_at": delivery.created_at,
        "settled_at": delivery.settled_at,
    }


def whole_delivery_body(delivery: Delivery, made: Iterable[KeptAttempt]) -> dict[str, Any]:
    """A delivery with its attempts, oldest first."""
    return delivery_body(delivery) | {
        "attempts": [
            {
                "at": attempt.at,
                "outcome": attempt.outcome,
                "http_status": attempt.http_status,
                "detail": attempt.detail,
                "took_seconds": round(attempt.took, 6),
            }
            for attempt in made
        ]
    }
