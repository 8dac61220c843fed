"""Let others have recorded decisions: subscribers made, their secrets rotated, enabled again, ended; deliveries resent.

A secret is in the clear in what making and rotating give, and nowhere else: what is remembered for an idempotency key
is without it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias
from urllib.parse import urlsplit
from uuid import UUID

from service.delivery.addresses import Allowance, check_url
from service.delivery.encryption import Encryption
from service.domain.acts import Act, ActKind
from service.domain.errors import DomainError
from service.domain.subscriptions import Interest, Target, signing_secret
from service.store.acts import recording
from service.store.database import Database
from service.store.delivery.deliveries import Delivery, resend_delivery
from service.store.delivery.subscribers import (
    Subscriber,
    add_subscriber,
    enable_subscriber,
    end_subscriber,
    rotate_secret,
)
from service.store.idempotency import do_once
from service.store.once import Answer, Done, IdempotencyKey
from service.store.recording import Asked, Clock

Told: TypeAlias = Callable[[Subscriber], Answer]
"""What is answered, and remembered, of a subscriber: without its secret."""


class NoSalesforceError(DomainError):
    """No Salesforce organization is known to write to. Set ``CHALKLINE_SALESFORCE_INSTANCE_URL`` and the others."""

    code = "salesforce_not_configured"
    pointer = "/target"


@dataclass(frozen=True, slots=True)
class Signed:
    """What came of it. ``secret`` is None where it was shown before, and where nothing is signed."""

    acted: Done[Subscriber]
    secret: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberOffice:
    """Makes subscribers from the machine's randomness and clock.

    ``salesforce_url`` is where the organization is that owners are written back to, None where there is none.
    """

    database: Database
    now: Clock
    new_id: Callable[[], UUID]
    secret: Callable[[], bytes]
    allowance: Allowance
    salesforce_url: str | None
    encryption: Encryption = field(default_factory=Encryption)

    def subscribe(
        self, name: str, url: str | None, interest: Interest, by: Asked, key: IdempotencyKey | None, told: Told
    ) -> Signed:
        """Make a subscriber. Those of Salesforce have the organization's own URL, and no secret.

        Raises:
            AddressRefusedError: nothing may be sent to the URL.
            NoSalesforceError: the target is Salesforce, of which no organization is known.
            StoreError: see ``do_once``.
        """
        to_salesforce = interest.target is Target.SALESFORCE
        secret = "" if to_salesforce else signing_secret(self.secret())
        new = Subscriber(
            id=self.new_id(),
            name=name,
            url=self._salesforce() if to_salesforce else check_url(url or "", self.allowance).url,
            interest=interest,
            created_by=by.actor,
            created_at=self.now(),
        )
        add = partial(add_subscriber, new=new, secret=self.encryption.encrypt(secret))
        act = recording(add, partial(self._act, ActKind.SUBSCRIBER_MADE, by))
        acted = do_once(self.database.engine, key, new.created_at, act, told)
        return Signed(acted, secret if acted.made and secret else None)

    def rotate(
        self, subscriber_id: UUID, overlap: timedelta, by: Asked, key: IdempotencyKey | None, told: Told
    ) -> Signed:
        """Make a new secret; messages are signed with the old one too for ``overlap``, with others as was promised.

        Raises:
            StoreError: there is nothing to rotate, or see ``do_once``.
        """
        secret, now = signing_secret(self.secret()), self.now()
        kept = self.encryption.encrypt(secret)
        rotate = partial(rotate_secret, subscriber_id=subscriber_id, secret=kept, old_until=now + overlap, at=now)
        act = recording(rotate, partial(self._act, ActKind.SECRET_ROTATED, by))
        acted = do_once(self.database.engine, key, now, act, told)
        return Signed(acted, secret if acted.made else None)

    def enable(self, subscriber_id: UUID, by: Asked, key: IdempotencyKey | None, told: Told) -> Done[Subscriber]:
        """Send to a subscriber again.

        Raises:
            StoreError: there is nobody to send to, or see ``do_once``.
        """
        now = self.now()
        enable = partial(enable_subscriber, subscriber_id=subscriber_id, at=now)
        act = recording(enable, partial(self._act, ActKind.SUBSCRIBER_ENABLED, by))
        return do_once(self.database.engine, key, now, act, told)

    def end(self, subscriber_id: UUID, by: Asked) -> Subscriber | None:
        """Send nothing more to a subscriber, ever; None where there is none."""
        tells = partial(self._act, ActKind.SUBSCRIBER_ENDED, by)
        return end_subscriber(self.database.engine, subscriber_id, self.now(), tells)

    def resend(
        self, delivery_id: UUID, key: IdempotencyKey | None, told: Callable[[Delivery], Answer]
    ) -> Done[Delivery]:
        """Send a delivery again.

        Raises:
            StoreError: there is none, or it cannot be sent, or see ``do_once``.
        """
        now: datetime = self.now()
        act = partial(resend_delivery, delivery_id=delivery_id, at=now)
        return do_once(self.database.engine, key, now, act, told)

    def _act(self, kind: ActKind, by: Asked, subscriber: Subscriber) -> Act:
        """What is recorded of an act: of the URL the host alone, for the rest may be what opens it."""
        body = {
            "subscriber_id": str(subscriber.id),
            "name": subscriber.name,
            "target": subscriber.interest.target,
            "host": urlsplit(subscriber.url).hostname,
        }
        return Act(id=self.new_id(), kind=kind, actor=by.actor, at=self.now(), request_id=by.request_id, body=body)

    def _salesforce(self) -> str:
        if self.salesforce_url is None:
            raise NoSalesforceError("No Salesforce organization is set up to be written to")
        return self.salesforce_url
