"""What the recorder is given, and what it gives back: jobs of submissions in, recorded decisions and answers out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from service.domain.decision import Decision
from service.domain.errors import DomainError
from service.domain.facts import VpDecision
from service.domain.record import Kind, RecordedDecision


class ReviewStatus(StrEnum):
    """Where a review stands. A superseded one opens again when its counts are posted again."""

    OPEN = "open"
    RESOLVED = "resolved"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewState:
    """A review of one set of counts of an account, as far as deciding needs it."""

    id: UUID
    counts_fingerprint: str
    status: ReviewStatus
    verdict: VpDecision | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What the record holds of an account at the moment of deciding: nothing can change it until this is recorded."""

    previous_decision_id: UUID | None
    review: ReviewState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A decision to be recorded, with what it does to the account's review. ``dedup_requested_by`` names an AE."""

    decision: Decision
    kind: Kind = Kind.CLASSIFICATION
    resolves: VpDecision | None = None
    dedup_requested_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One decision to be taken and recorded. ``decide`` is pure, and may be called again should the batch fail."""

    account_id: str
    counts_fingerprint: str
    actor: str
    source: str
    request_id: str
    decide: Callable[[Standing], Draft]


Result: TypeAlias = RecordedDecision | DomainError


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller is told, and told again for the same idempotency key: a body, and the decision it is about."""

    body: bytes
    reference: str = ""


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A caller's key for one request, whose ``fingerprint`` tells it from any other."""

    caller: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Job:
    """Submissions that are recorded together or not at all, and how to answer for them."""

    submissions: tuple[Submission, ...]
    answer: Callable[[list[Result]], Answer]
    idempotency: IdempotencyKey | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The answer to a job. ``replayed``: it was given before, and nothing new was recorded."""

    answer: Answer
    replayed: bool


Clock: TypeAlias = Callable[[], datetime]
"""The instant, UTC, to the microsecond."""
