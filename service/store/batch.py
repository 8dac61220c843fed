"""A batch of submissions: what the record holds that they are decided on, and what they add to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from service.domain.conduct import RecordedMatter
from service.domain.decision import Kind, RecordedDecision
from service.domain.handoff.recorded import RecordedHandoff
from service.domain.handoff.state import Handoff
from service.domain.handoff.steps import Step
from service.domain.notices import Notice
from service.domain.policies import Policies
from service.domain.review_queue import Review
from service.domain.reviews import ReviewState, ReviewStatus
from service.store.errors import KeyInFlightError, KeyReusedError
from service.store.inbox import Known, OpenEvent, Payload, RecordedEvent, RecordName, StatedFacts
from service.store.once import Answer, CallerKey, IdempotencyKey
from service.store.recording import AccountState, Locked


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What the record holds of the accounts and idempotency keys of a batch, read under their locks.

    But for those that are ``held``: others have locked them, and nothing can be recorded of them now.
    """

    policies: Policies
    accounts: Mapping[str, AccountState]
    reviews: Mapping[str, Mapping[str, ReviewState]]
    answers: Mapping[CallerKey, tuple[str, Answer]]
    held: frozenset[Locked] = frozenset()
    decisions: Mapping[str, RecordedDecision] = field(default_factory=dict)
    past: Mapping[str, Sequence[RecordedDecision]] = field(default_factory=dict)
    handoffs: Mapping[str, tuple[RecordedHandoff, ...]] = field(default_factory=dict)
    events: Mapping[str, RecordedEvent] = field(default_factory=dict)
    records: Mapping[RecordName, Known] = field(default_factory=dict)
    stated: Mapping[str, Sequence[StatedFacts]] = field(default_factory=dict)
    open_events: Mapping[RecordName, Sequence[OpenEvent]] = field(default_factory=dict)
    matters: Mapping[str, Sequence[RecordedMatter]] = field(default_factory=dict)
    disputes: Mapping[str, Mapping[UUID, ReviewStatus]] = field(default_factory=dict)

    def answer_to(self, key: IdempotencyKey, asked: set[CallerKey]) -> Answer | None:
        """What was answered to a key before; None for a new one, which is added to those ``asked`` in this batch.

        Raises:
            KeyInFlightError: the first request with the key is being recorded.
            KeyReusedError: that was another request.
        """
        name = (key.caller, key.key)
        if ("key", *name) in self.held or name in asked:
            raise KeyInFlightError("The first request with this Idempotency-Key is still being recorded")
        known = self.answers.get(name)
        if known is None:
            asked.add(name)
            return None
        if known[0] != key.fingerprint:
            raise KeyReusedError("This Idempotency-Key was used before, with another request")
        return known[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffStep:
    """A step to be written, with the handoff as it stands after it, and the decision that it led to."""

    id: UUID
    after: Handoff
    step: Step
    request_id: str
    decision_id: UUID | None


@dataclass(slots=True)
class Writes:
    """What a batch adds to the record, each list in the order in which it arose.

    ``closed`` are the events that have been made good, each with the one that did so. New disputes have the
    request that opened them.
    """

    decisions: list[RecordedDecision] = field(default_factory=list)
    new_reviews: list[tuple[ReviewState, RecordedDecision]] = field(default_factory=list)
    changed_reviews: dict[UUID, tuple[ReviewState, RecordedDecision]] = field(default_factory=dict)
    new_disputes: list[tuple[Review, str]] = field(default_factory=list)
    closed_disputes: list[Review] = field(default_factory=list)
    conduct: list[RecordedMatter] = field(default_factory=list)
    started: list[RecordedHandoff] = field(default_factory=list)
    steps: list[HandoffStep] = field(default_factory=list)
    accounts: dict[str, AccountState] = field(default_factory=dict)
    payloads: dict[UUID, tuple[Payload, datetime]] = field(default_factory=dict)
    events: list[RecordedEvent] = field(default_factory=list)
    settled: list[RecordedEvent] = field(default_factory=list)
    closed: dict[UUID, RecordedEvent] = field(default_factory=dict)
    records: dict[RecordName, Known] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    answers: list[tuple[IdempotencyKey, Answer, datetime]] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How much is written of what submissions state."""
        about_events = len(self.events) + len(self.settled)
        about_disputes = len(self.new_disputes) + len(self.closed_disputes)
        made = len(self.decisions) + len(self.conduct) + len(self.started) + len(self.steps)
        return made + about_events + about_disputes

    def put_reviews(
        self, recorded: RecordedDecision, review: ReviewState | None, fingerprint: str, reviews: dict[str, ReviewState]
    ) -> list[ReviewState]:
        """Write, and keep among those of the account, the review of a decision's counts; others that are open end.

        Gives the review where that opens it.
        """
        before = reviews.get(fingerprint)
        if review is not None:
            if before is None:
                self.new_reviews.append((review, recorded))
            is_decided = recorded.kind is Kind.REVIEW  # what is said again, is said now
            if is_decided or (before is not None and review != before):
                self.changed_reviews[review.id] = (review, recorded)
            reviews[fingerprint] = review
        for other in reviews.values():
            if other.status is ReviewStatus.OPEN and (review is None or other.id != review.id):
                superseded = replace(other, status=ReviewStatus.SUPERSEDED)
                reviews[other.counts_fingerprint] = superseded
                self.changed_reviews[other.id] = (superseded, recorded)
        return [review] if review is not None and review != before and review.status is ReviewStatus.OPEN else []

    def close(self, events: frozenset[UUID], by: RecordedEvent) -> None:
        """Close events that one of them, or another, has made good: nobody is told of them any more."""
        self.closed.pop(by.id, None)
        self.closed |= dict.fromkeys(events - {by.id}, by)
        self.notices = [each for each in self.notices if each.data["id"] not in events]
