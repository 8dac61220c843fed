"""Samples of subscribers and deliveries, for the published document."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from service.domain.decision import Kind
from service.domain.subscriptions import DeliveryStatus, Interest, SubscriberStatus
from service.domain.terms import Team
from service.entrypoints.api.openapi.document import SAMPLE_RECORDED, sample
from service.entrypoints.views.subscribers import delivery_body, subscriber_body, whole_delivery_body
from service.store.delivery.deliveries import Delivery, KeptAttempt
from service.store.delivery.subscribers import Subscriber

_AT = datetime(2022, 3, 15, 9, 30, tzinfo=UTC)
_ID = UUID("0198c0de-0000-7000-a000-000000000007")
_FIELDS = ("team", "summary", "status")

SAMPLE_SUBSCRIPTION = {
    "name": "Territory planning",
    "url": "https://hooks.example.com/chalkline",
    "kinds": ["classification", "discovery"],
    "teams": ["MMKAFO", "MMKAN"],
    "fields": list(_FIELDS),
}
SAMPLE_SUBSCRIBER: dict[str, Any] = sample(
    subscriber_body(
        Subscriber(
            id=_ID,
            name="Territory planning",
            url="https://hooks.example.com/chalkline",
            interest=Interest(
                kinds=(Kind.CLASSIFICATION, Kind.DISCOVERY), teams=(Team.MMKAFO, Team.MMKAN), fields=_FIELDS
            ),
            status=SubscriberStatus.ENABLED,
            failing_since=None,
            paused_until=None,
            disabled_at=None,
            disabled_reason=None,
            previous_secret_until=None,
            created_by="sample-administrator",
            created_at=_AT,
        )
    )
)
SAMPLE_SECRET = SAMPLE_SUBSCRIBER | {"secret": "whsec_c2FtcGxlLXNhbXBsZS1zYW1wbGUtc2FtcGxlLXNhbXA="}
_DELIVERY = Delivery(
    id=UUID("0198c0de-0000-7000-a000-000000000008"),
    subscriber_id=_ID,
    decision_id=SAMPLE_RECORDED.id,
    account_id=SAMPLE_RECORDED.account_id,
    status=DeliveryStatus.DELIVERED,
    attempts=2,
    next_at=None,
    created_at=_AT,
    settled_at=_AT + timedelta(seconds=8),
)
SAMPLE_DELIVERY: dict[str, Any] = sample(delivery_body(_DELIVERY))
_MADE = (
    KeptAttempt(at=_AT, outcome="declined", http_status=503, detail="Back in a moment", took=0.042),
    KeptAttempt(at=_AT + timedelta(seconds=8), outcome="accepted", http_status=204, detail=None, took=0.038),
)
SAMPLE_ATTEMPTS: dict[str, Any] = sample(whole_delivery_body(_DELIVERY, _MADE))
