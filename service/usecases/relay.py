"""Relay recorded decisions to those who subscribed: hand out, claim, attempt, settle.

Every decision reaches each of its subscribers at least once, and the decisions of one account in their order: the next
one of an account is attempted only after the one before it was accepted, or given up after days.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, TypeAlias, assert_never
from uuid import UUID

from service.crm.signed.standard_webhooks import sign
from service.delivery.backoff import DISABLED_AFTER, left_alone_until, next_attempt, rested_until
from service.delivery.encryption import Encryption
from service.delivery.outcomes import Declined, Failed, Failure, NotSent, Outcome, SendResult, Sent
from service.delivery.salesforce import AT_ONCE as AT_ONCE_IN_SALESFORCE
from service.delivery.sender import Sender
from service.domain.decision import RecordedDecision
from service.domain.subscriptions import DeliveryStatus, Target
from service.store.delivery.attempts import Attempt, FailuresBefore, Ruling
from service.store.delivery.claims import Claimed, Due
from service.store.recording import Clock
from service.usecases.post_to_chatter import ChatterPosting
from service.usecases.write_back import WriteBack

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


Ended: TypeAlias = tuple[Attempt, Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    """Carries deliveries out of the building. ``ticks`` gives seconds that only go forward.

    Without ``chatter``, nothing is posted there.
    """

    sender: Sender
    write_back: WriteBack | None
    chatter: ChatterPosting | None = None
    now: Clock
    ticks: Callable[[], float]
    new_id: Callable[[], UUID]
    render: Render
    encode: Encode
    encryption: Encryption = field(default_factory=Encryption)

    async def attempt(self, claims: Sequence[Claimed]) -> list[Ended]:
        """Send deliveries to one subscriber, as many as ``together`` says, and say what came of each."""
        began = self.ticks()
        target = claims[0].interest.target
        outcomes: list[Outcome]
        match target:
            case Target.WEBHOOK:
                outcomes = [await self._post(claimed) for claimed in claims]
            case Target.SALESFORCE if claims[0].is_post:
                outcomes = [await self._post_to_chatter(claimed) for claimed in claims]
            case Target.SALESFORCE:
                outcomes = await self._write_back(claims)
            case _:
                assert_never(target)
        took = self.ticks() - began
        return [self._ended(claimed, outcome, took) for claimed, outcome in zip(claims, outcomes, strict=True)]

    def unsent(self, claims: Sequence[Claimed]) -> list[Ended]:
        """What came of deliveries that a fault of our own kept from being sent."""
        outcome = Failed(fault=Failure.INTERNAL, reason="It could not be sent because of a fault here, which is logged")
        return [self._ended(claimed, outcome, 0) for claimed in claims]

    async def close(self) -> None:
        """Close every connection."""
        await self.sender.close()
        if self.write_back is not None:
            await self.write_back.crm.close()

    async def _post(self, claimed: Claimed) -> SendResult:
        body, sent_at = self.message(claimed), self.now()
        secrets = map(self.encryption.decrypt, claimed.secrets)
        message_id = str(claimed.delivery_id)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(sent_at.timestamp())),
            "webhook-signature": " ".join(sign(secret, message_id, sent_at, body) for secret in secrets),
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

    async def _write_back(self, claims: Sequence[Claimed]) -> list[Outcome]:
        if self.write_back is None:
            nowhere = Failed(fault=Failure.REFUSED, reason="No Salesforce organization is set up to be written to")
            return [nowhere] * len(claims)
        accounts = [claimed.account_id for claimed in claims]
        outcomes = await self.write_back.write(accounts)
        return [outcomes[account_id] for account_id in accounts]

    async def _post_to_chatter(self, claimed: Claimed) -> Outcome:
        if self.chatter is None:
            return NotSent(reason="Nothing is to be posted to Chatter any more")
        return await self.chatter.post(claimed)

    def _ended(self, claimed: Claimed, outcome: Outcome, took: float) -> Ended:
        accepted = isinstance(outcome, Sent) and outcome.accepted
        match outcome:
            case Sent():
                named, detail = ("accepted", outcome.note) if accepted else ("declined", outcome.excerpt)
            case Failed():
                named, detail = outcome.fault.value, outcome.reason
            case Declined():
                named, detail = "declined", outcome.reason
            case NotSent():
                named, detail = "not_sent", outcome.reason
            case _:
                assert_never(outcome)
        attempt = Attempt(
            id=self.new_id(),
            delivery_id=claimed.delivery_id,
            subscriber_id=claimed.subscriber_id,
            number=claimed.number,
            at=self.now(),
            accepted=accepted,
            outcome=named,
            http_status=outcome.status if isinstance(outcome, Sent | Declined) else None,
            detail=detail,
            took=took,
        )
        return attempt, outcome


def together(claimed: Claimed) -> int:
    """How many deliveries like it are attempted as one."""
    return AT_ONCE_IN_SALESFORCE if claimed.interest.target is Target.SALESFORCE and not claimed.is_post else 1


def room_for(due: Mapping[UUID, Due], in_flight: Mapping[UUID, int], now: datetime) -> dict[UUID, int]:
    """How many deliveries of each subscriber to claim. One that hangs or fails takes no room from the others."""
    left = MOST_IN_FLIGHT - sum(in_flight.values())
    room: dict[UUID, int] = {}
    for subscriber_id in sorted(due, key=lambda subscriber_id: in_flight.get(subscriber_id, 0)):
        subscriber = due[subscriber_id]
        ahead = max(AHEAD, AT_ONCE_IN_SALESFORCE) if subscriber.target is Target.SALESFORCE else AHEAD
        most = 1 if _is_failing(subscriber.failing_since, now) else ahead
        free = min(left, most - in_flight.get(subscriber_id, 0))
        if free > 0:
            room[subscriber_id] = free
            left -= free
    return room


def _is_failing(since: datetime | None, now: datetime) -> bool:
    return since is not None and now - since >= PROBED_AFTER


def rule_on(outcome: Outcome, at: datetime, before: FailuresBefore, jitter: float) -> Ruling:
    """What follows from the outcome of an attempt that ended at that instant. ``jitter`` is drawn from [0, 1)."""
    if before.is_post:
        return _rule_on_post(outcome, at, before, jitter)
    if isinstance(outcome, Declined):
        return replace(_try_again(at, before, None, jitter), taken=True, hastened=_is_failing(before.failing_since, at))
    if isinstance(outcome, NotSent) and not outcome.again:
        return Ruling(status=DeliveryStatus.DELIVERED, blameless=True)
    if isinstance(outcome, NotSent) or (isinstance(outcome, Failed) and outcome.fault is Failure.INTERNAL):
        return replace(_try_again(at, before, None, jitter), blameless=True)
    status, asked = (outcome.status, outcome.retry_after) if isinstance(outcome, Sent) else (None, None)
    if isinstance(outcome, Sent) and outcome.accepted:
        return Ruling(status=DeliveryStatus.DELIVERED, hastened=_is_failing(before.failing_since, at))
    if status == HTTPStatus.GONE:
        return _disable("The endpoint answered 410: it is gone", at)
    if before.failing_since is not None and at - before.failing_since >= DISABLED_AFTER:
        return _disable(f"The endpoint has accepted nothing for {DISABLED_AFTER.days} days", at)
    paused_until = left_alone_until(outcome, at)
    if before.target is Target.SALESFORCE:
        paused_until = rested_until(outcome, at, before.failing_since)
    return replace(_try_again(at, before, asked, jitter), paused_until=paused_until)


def _rule_on_post(outcome: Outcome, at: datetime, before: FailuresBefore, jitter: float) -> Ruling:
    """As of any delivery, but that it says nothing of what is written into fields: who posts rests by itself."""
    is_over = outcome.accepted if isinstance(outcome, Sent) else isinstance(outcome, NotSent) and not outcome.again
    if is_over:
        return Ruling(status=DeliveryStatus.DELIVERED, blameless=True)
    asked = outcome.retry_after if isinstance(outcome, Sent | NotSent) else None
    return replace(_try_again(at, before, asked, jitter), blameless=True)


def _try_again(at: datetime, before: FailuresBefore, asked: float | None, jitter: float) -> Ruling:
    again = next_attempt(
        before.failures + 1,
        failed_at=at,
        first_failed_at=before.first_failed_at or at,
        retry_after=asked,
        jitter=jitter,
    )
    return Ruling(status=DeliveryStatus.GIVEN_UP if again is None else DeliveryStatus.PENDING, next_at=again)


def _disable(reason: str, at: datetime) -> Ruling:
    """The delivery is the first to be tried again, once somebody enables the subscriber."""
    return Ruling(status=DeliveryStatus.PENDING, next_at=at, disabled_reason=reason)
