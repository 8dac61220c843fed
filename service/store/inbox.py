"""What CRMs send, as the record keeps it: payloads byte for byte, and events with what became of each.

And what people state beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from service.domain.facts import Facts
from service.domain.notices import EventRejected, Notice
from service.domain.subscriptions import MessageType

RecordName: TypeAlias = tuple[str, str]
"""What names a record of a CRM: its kind, and its identifier."""


class EventStatus(StrEnum):
    """What became of an event. A superseded one says nothing that newer events had not said already, or say by now.

    A waiting one is applied by itself, once its account is decided or its day has come. A dismissed one was rejected or
    waited, and somebody said why nothing is to be done.
    """

    APPLIED = "applied"
    SUPERSEDED = "superseded"
    REJECTED = "rejected"
    WAITING = "waiting"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """What was sent, byte for byte, through an entry point. ``recorded``: it is on record, with an event of it.

    Where it was forgotten, ``body`` is empty, and ``digest`` is the SHA-256 of what it was, in hexadecimal digits.
    """

    id: UUID
    source: str
    content_type: str
    body: bytes
    recorded: bool = False
    digest: str | None = None
    forgotten_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventOf:
    """The event that a submission is about. ``again`` is the instant of the verdict after which it is tried once more.

    ``former_key`` is the one that it would have from an earlier release, where that is another, and ``stamp`` when its
    record says that it last changed.
    """

    key: str
    payload: Payload
    record: RecordName
    again: datetime | None = None
    former_key: str | None = None
    stamp: datetime | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that it may be on record under."""
        return (self.key,) if self.former_key is None else (self.key, self.former_key)

    def found_in(self, events: Mapping[str, "RecordedEvent"]) -> "RecordedEvent | None":
        """The event as it is on record, from what is recorded under its keys.

        Under its former key another may be: of another record, or of the same before it last changed.
        """
        found = events.get(self.key)
        former = None if found is not None or self.former_key is None else events.get(self.former_key)
        if former is None or former.record != self.record:
            return found
        return None if self.stamp is not None and self.stamp > former.received_at else former

    def received(
        self, event_id: UUID, actor: str, request_id: str, at: datetime, status: EventStatus
    ) -> "RecordedEvent":
        """The event as it is recorded when it comes for the first time, without what it led to."""
        return RecordedEvent(
            id=event_id,
            key=self.key,
            payload_id=self.payload.id,
            source=self.payload.source,
            record=self.record,
            status=status,
            problem=(),
            remarks=(),
            decision_id=None,
            handoff_id=None,
            actor=actor,
            request_id=request_id,
            received_at=at,
            settled_at=at,
            settled_by=actor,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """Which events are wanted; None is any. ``remark``: those that have one, or have none. ``since`` is of receipt."""

    status: EventStatus | None = None
    source: str | None = None
    kind: str | None = None
    record_id: str | None = None
    remark: bool | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a record, as JSON, and when that last changed."""

    json: str
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEvent:
    """An event that was rejected, or waits.

    ``left_out`` names the facts that it states and that are not known by it; None where that is not known either.
    """

    id: UUID
    received_at: datetime
    left_out: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class StatedFacts:
    """The facts by which somebody had an account classified, and the decision that they are recorded with."""

    decision_id: UUID
    at: datetime
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What becomes of an event, and what is known of its record from now on, as JSON; None is as before.

    ``problem`` says why it was rejected or waits, ``remarks`` what was not understood; each a field, or none, and a
    sentence. It waits for a decision on an account, or until a day. ``left_out`` is as in ``OpenEvent``, ``reason`` why
    it is dismissed, and ``closes`` the events of its record that it has made good.
    """

    status: EventStatus
    problem: tuple[tuple[str | None, str], ...] = ()
    remarks: tuple[tuple[str | None, str], ...] = ()
    known: str | None = None
    waits_for: str | None = None
    waits_until: date | None = None
    left_out: tuple[str, ...] | None = None
    reason: str | None = None
    closes: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEvent:
    """A recorded event. ``repeated``: it was recorded before, and this time nothing was."""

    id: UUID
    key: str
    payload_id: UUID
    source: str
    record: RecordName
    status: EventStatus
    problem: tuple[tuple[str | None, str], ...]
    remarks: tuple[tuple[str | None, str], ...]
    decision_id: UUID | None
    handoff_id: UUID | None
    actor: str
    request_id: str
    received_at: datetime
    settled_at: datetime
    settled_by: str
    waits_for: str | None = None
    waits_until: date | None = None
    left_out: tuple[str, ...] | None = None
    reason: str | None = None
    repeated: bool = False

    def rejection(self, notice_id: UUID, account_id: str) -> Notice:
        """The notice that it was rejected, to be told in the order of an account's."""
        kind, record_id = self.record
        said = "; ".join(reason if name is None else f"{name} {reason}" for name, reason in self.problem)
        data: EventRejected = {
            "id": self.id,
            "source": self.source,
            "record_kind": kind,
            "record_id": record_id,
            "problem": [{"field": name, "reason": reason} for name, reason in self.problem],
            "text": f"An event about the {kind} {record_id} was rejected: {said}.",
        }
        of = MessageType.EVENT_REJECTED
        return Notice(id=notice_id, type=of, account_id=account_id, at=self.settled_at, data=data)

    def settled(
        self, settlement: Settlement, decision_id: UUID | None, handoff_id: UUID | None, by: str, at: datetime
    ) -> "RecordedEvent":
        """The event as it is once it is settled. What it led to when it was tried before, it has led to."""
        return replace(
            self,
            status=settlement.status,
            problem=settlement.problem,
            remarks=settlement.remarks,
            decision_id=decision_id or self.decision_id,
            handoff_id=handoff_id or self.handoff_id,
            settled_at=at,
            settled_by=by,
            waits_for=settlement.waits_for,
            waits_until=settlement.waits_until,
            left_out=settlement.left_out,
            reason=settlement.reason,
        )

    @property
    def may_be_tried_again(self) -> bool:
        """Whether another attempt may come to something else."""
        return self.is_open or self.status is EventStatus.DISMISSED or bool(self.remarks)

    @property
    def is_open(self) -> bool:
        """Whether what it tells has come to nothing yet."""
        return self.status in {EventStatus.REJECTED, EventStatus.WAITING}
