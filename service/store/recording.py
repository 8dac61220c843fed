"""What the recorder is given, and what it gives back: jobs of submissions in, recorded decisions and answers out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from service.domain.conduct import ConductMatter, RecordedMatter
from service.domain.decision import Decision
from service.domain.errors import DomainError
from service.domain.facts import VpDecision
from service.domain.handoff.state import Handoff
from service.domain.handoff.steps import Step
from service.domain.occasions import Move
from service.domain.policies import Policies
from service.domain.record import Kind, RecordedDecision
from service.store.inbox import EventOf, RecordedEvent, Verdict


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
class AccountState:
    """Where an account stands: its newest decision, the move that stands, and the last changeover that moved it."""

    decision_id: UUID
    recorded_at: datetime
    move: Move | None = None
    changed_over_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedHandoff:
    """A handoff with its steps so far. ``decision_ids`` are those of the decisions that it led to, in order."""

    handoff: Handoff
    steps: tuple[Step, ...]
    started_by: str
    started_at: datetime
    decision_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the record holds of an account at the moment of deciding: nothing can change it until this is recorded.

    ``at`` is the instant at which that is, ``policies`` what is published at it. ``reviews`` are by the fingerprint of
    their counts. ``previous`` and ``handoffs`` are there for a submission that asks for the whole account, ``known``
    for one about an event: what the CRM's events so far say of the record, as JSON.
    """

    at: datetime
    policies: Policies
    account: AccountState | None = None
    reviews: Mapping[str, ReviewState] = field(default_factory=dict)
    previous: RecordedDecision | None = None
    handoffs: tuple[RecordedHandoff, ...] = ()
    known: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is to be recorded: a decision with what it does to the account's review, a handoff's step, a conduct matter.

    ``counts_fingerprint`` names the review that the decision is about, should there be one. ``handoff`` is the state
    that the step leads to; without a step, it is a handoff that starts. ``verdict`` is that on the submission's event.
    ``stands`` is a decision on record that says it all already, in place of anything new.
    """

    decision: Decision | None = None
    kind: Kind = Kind.CLASSIFICATION
    counts_fingerprint: str = ""
    resolves: VpDecision | None = None
    conduct: ConductMatter | None = None
    handoff: Handoff | None = None
    step: Step | None = None
    verdict: Verdict | None = None
    stands: RecordedDecision | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One thing to be decided and recorded. ``decide`` is pure, and may be called again should the batch fail.

    ``whole`` asks for the account's newest decision and handoffs.
    """

    account_id: str
    actor: str
    source: str
    request_id: str
    decide: Callable[[Standing], Draft]
    whole: bool = False
    event: EventOf | None = None


Result: TypeAlias = RecordedDecision | RecordedHandoff | RecordedMatter | RecordedEvent | DomainError


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller is told, and told again for the same idempotency key: a body, and where to find its subject."""

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
