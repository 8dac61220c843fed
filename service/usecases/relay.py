"""Relay recorded decisions to those who subscribed: hand out, claim, attempt, settle.

Every decision reaches each of its subscribers at least once, and the decisions of one account in their order: the next
one of an account is attempted only after the one before it was accepted, or given up after days.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, TypeAlias, assert_never
from uuid import UUID

from service.crm.signed.standard_webhooks import sign
from service.delivery.backoff import DISABLED_AFTER, left_alone_until, next_attempt
from service.delivery.outcomes import Failed, Failure, SendResult, Sent
from service.delivery.salesforce import SalesforceAccounts
from service.delivery.sender import Sender
from service.domain.decision import RecordedDecision
from service.domain.subscriptions import DeliveryStatus, Target
from service.store.delivery.attempts import Attempt, FailuresBefore, Ruling
from service.store.delivery.claims import Claimed
from service.store.recording import Clock

ALWAYS_THERE = ("id", "account_id", "stands")
AT_ONCE = 8
"""Attempts under way at once for one subscriber."""
AHEAD = 10 * AT_ONCE
"""Deliveries of one subscriber that are claimed at once: those under way, and those that follow."""
IN_ALL = 96
"""Attempts under way at once for all of them; fewer than the connections of the sender."""
MOST_IN_FLIGHT = 1024
"""Deliveries of all of them that are claimed at once."""
PROBED_AFTER = timedelta(minutes=1)
"""How long a subscriber may accept nothing until it is sent one delivery at a time."""

Render: TypeAlias = Callable[[RecordedDecision], Mapping[str, Any]]
"""A decision as the API answers it."""
Encode: TypeAlias = Callable[[object], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    """Carries deliveries out of the building. ``ticks`` gives seconds that only go forward."""

    sender: Sender
    salesforce: SalesforceAccounts | None
    now: Clock
    ticks: Callable[[], float]
    new_id: Callable[[], UUID]
    render: Render
    encode: Encode

    async def attempt(self, claimed: Claimed) -> tuple[Attempt, SendResult]:
        """Send one delivery, and say what came of it."""
        began = self.ticks()
        match claimed.interest.target:
            case Target.WEBHOOK:
                outcome = await self._post(claimed)
            case Target.SALESFORCE:
                outcome = await self._write_back(claimed)
            case _:
                assert_never(claimed.interest.target)
        return self._attempt(claimed, outcome, self.ticks() - began), outcome

    def unsent(self, claimed: Claimed) -> tuple[Attempt, SendResult]:
        """What came of a delivery that a fault of our own kept from being sent."""
        outcome = Failed(fault=Failure.INTERNAL, reason="It could not be sent because of a fault here, which is logged")
        return self._attempt(claimed, outcome, 0), outcome

    async def _post(self, claimed: Claimed) -> SendResult:
        body, sent_at = self.message(claimed), self.now()
        message_id = str(claimed.delivery_id)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(sent_at.timestamp())),
            "webhook-signature": " ".join(sign(secret, message_id, sent_at, body) for secret in claimed.secrets),
        }
        return await self.sender.send(claimed.url, body, headers)

    def message(self, claimed: Claimed) -> bytes:
        """The body: the same at every attempt."""
        told: dict[str, Any] = {} if claimed.body is None else json.loads(claimed.body)
        if claimed.decision is None:
            return self.encode({"type": claimed.type, "timestamp": told.pop("at"), "data": told})
        whole, chosen = self.render(claimed.decision), claimed.interest.fields
        names = [name for name in whole if not chosen or name in chosen or name in ALWAYS_THERE]
        data = {name: whole[name] for name in names} | told
        return self.encode({"type": claimed.type, "timestamp": claimed.decision.recorded_at, "data": data})

    async def _write_back(self, claimed: Claimed) -> SendResult:
        if self.salesforce is None or claimed.decision is None:
            return Failed(fault=Failure.REFUSED, reason="No Salesforce organization is set up to be written to")
        decided = self.render(claimed.decision)
        reason = f"{decided['rule']}: {decided['summary']}"
        return await self.salesforce.write_owner(decided["account_id"], decided["team"], reason)

    def _attempt(self, claimed: Claimed, outcome: SendResult, took: float) -> Attempt:
        accepted = isinstance(outcome, Sent) and outcome.accepted
        return Attempt(
            id=self.new_id(),
            delivery_id=claimed.delivery_id,
            subscriber_id=claimed.subscriber_id,
            number=claimed.number,
            at=self.now(),
            accepted=accepted,
            outcome="accepted" if accepted else "declined" if isinstance(outcome, Sent) else outcome.fault,
            http_status=outcome.status if isinstance(outcome, Sent) else None,
            detail=None if accepted else outcome.reason if isinstance(outcome, Failed) else outcome.excerpt,
            took=took,
        )


def room_for(due: Mapping[UUID, datetime | None], in_flight: Mapping[UUID, int], now: datetime) -> dict[UUID, int]:
    """How many deliveries of each subscriber to claim. One that hangs or fails takes no room from the others.

    ``due`` says since when each has failed, where it has.
    """
    left = MOST_IN_FLIGHT - sum(in_flight.values())
    room: dict[UUID, int] = {}
    for subscriber_id in sorted(due, key=lambda subscriber_id: in_flight.get(subscriber_id, 0)):
        most = 1 if _is_failing(due[subscriber_id], now) else AHEAD
        free = min(left, most - in_flight.get(subscriber_id, 0))
        if free > 0:
            room[subscriber_id] = free
            left -= free
    return room


def _is_failing(since: datetime | None, now: datetime) -> bool:
    return since is not None and now - since >= PROBED_AFTER


def rule_on(outcome: SendResult, at: datetime, before: FailuresBefore, jitter: float) -> Ruling:
    """What follows from the outcome of an attempt that ended at that instant. ``jitter`` is drawn from [0, 1)."""
    status, asked = (outcome.status, outcome.retry_after) if isinstance(outcome, Sent) else (None, None)
    if isinstance(outcome, Sent) and outcome.accepted:
        return Ruling(status=DeliveryStatus.DELIVERED, hastened=_is_failing(before.failing_since, at))
    if status == HTTPStatus.GONE:
        return _disable("The endpoint answered 410: it is gone", at)
    if before.failing_since is not None and at - before.failing_since >= DISABLED_AFTER:
        return _disable(f"The endpoint has accepted nothing for {DISABLED_AFTER.days} days", at)
    again = next_attempt(
        before.failures + 1,
        failed_at=at,
        first_failed_at=before.first_failed_at or at,
        retry_after=asked,
        jitter=jitter,
    )
    return Ruling(
        status=DeliveryStatus.GIVEN_UP if again is None else DeliveryStatus.PENDING,
        next_at=again,
        paused_until=left_alone_until(outcome, at),
    )


def _disable(reason: str, at: datetime) -> Ruling:
    """The delivery is the first to be tried again, once somebody enables the subscriber."""
    return Ruling(status=DeliveryStatus.PENDING, next_at=at, disabled_reason=reason)
