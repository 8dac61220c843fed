"""What the recorder is given and gives back: submissions in, what was recorded out; and what a batch of them takes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, ClassVar, Generic, Literal, TypeAlias, TypeVar
from uuid import UUID

from service.domain.conduct import ConductMatter, RecordedMatter
from service.domain.decision import Decision, Kind, RecordedDecision
from service.domain.errors import DomainError
from service.domain.facts import VpDecision
from service.domain.handoff.state import Handoff
from service.domain.handoff.steps import Answered, Escalated, Step
from service.domain.policies import Policies
from service.domain.reviews import ReviewState
from service.domain.triggers import Move
from service.store.inbox import EventOf, Payload, RecordedEvent, RecordName, Settlement


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

    @property
    def was_settled(self) -> bool:
        """Whether it was completed, or its escalation answered, whatever became of it since (ROUTE-2)."""
        return self.handoff.handed_over_to is not None or any(isinstance(step, Answered) for step in self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the record holds of an account at the moment of deciding: nothing can change it until this is recorded.

    ``at`` is when that is, ``policies`` what is published then; ``reviews`` are by the fingerprint of their counts. A
    submission for the whole account has ``previous`` and ``handoffs``, one about an event what events said: ``known``.
    """

    at: datetime
    policies: Policies
    account: AccountState | None = None
    reviews: Mapping[str, ReviewState] = field(default_factory=dict)
    previous: RecordedDecision | None = None
    handoffs: tuple[RecordedHandoff, ...] = ()
    known: str | None = None


R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")


class Proposal(Generic[R_co]):
    """What is to be recorded, and, as its parameter, what that is once it is. The cases are ``AnyProposal``."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Classify(Proposal[RecordedDecision]):
    """A decision on an account's facts, which opens or supersedes reviews of their counts; with a matter it led to."""

    kind: ClassVar[Kind] = Kind.CLASSIFICATION
    decision: Decision
    counts_fingerprint: str
    conduct: ConductMatter | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveReview(Proposal[RecordedDecision]):
    """The decision that the VP's on a review of employee counts leads to."""

    kind: ClassVar[Kind] = Kind.REVIEW
    decision: Decision
    counts_fingerprint: str
    resolves: VpDecision


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveAccount(Proposal[RecordedDecision]):
    """A decision whether a discovery or a changeover moves the account."""

    kind: Literal[Kind.DISCOVERY, Kind.CHANGEOVER]
    decision: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class StartHandoff(Proposal[RecordedHandoff]):
    """The decision on a won First Order, and the handoff that starts with it."""

    kind: ClassVar[Kind] = Kind.WON
    decision: Decision
    handoff: Handoff


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeStep(Proposal[RecordedHandoff]):
    """A step of a handoff, the state ``after`` it, and the decision that it leads to, if any."""

    step: Step
    after: Handoff
    decision: Decision | None = None

    @property
    def kind(self) -> Kind:
        """That of the decision."""
        return Kind.ESCALATION if isinstance(self.step, Escalated | Answered) else Kind.HANDOFF


@dataclass(frozen=True, slots=True)
class ReportConduct(Proposal[RecordedMatter]):
    """A conduct matter about the account as it stands."""

    matter: ConductMatter


@dataclass(frozen=True, slots=True)
class SettleEvent(Proposal[RecordedEvent]):
    """What becomes of the submission's event, and what it leads to, if anything."""

    settlement: Settlement
    leads_to: Classify | StartHandoff | None = None


@dataclass(frozen=True, slots=True)
class LetStand(Proposal[R_co]):
    """Nothing new: what is on record says it all already."""

    stands: R_co


@dataclass(frozen=True, slots=True)
class Refuse(Proposal[DomainError]):
    """Nothing: the rules refuse it, and what is recorded with it is recorded all the same."""

    error: DomainError


_Decides: TypeAlias = Classify | ResolveReview | MoveAccount | StartHandoff | TakeStep
AnyProposal: TypeAlias = _Decides | ReportConduct | SettleEvent | LetStand[Any] | Refuse
Locked: TypeAlias = tuple[str, ...]
"""What a batch locks: ``("account", id)``, ``("record", kind, id)`` or ``("key", caller, key)``."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, through which entry point, in which request."""

    actor: str
    source: str
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission(Generic[R_co]):
    """One thing to be decided and recorded. ``decide`` is pure, and may be called again should the batch fail.

    ``whole`` asks for the account's newest decision and handoffs.
    """

    account_id: str
    asked: Asked
    decide: Callable[[Standing], Proposal[R_co]]
    whole: bool = False
    event: EventOf | None = None

    @property
    def locked(self) -> tuple[Locked, ...]:
        """What it has locked while it is decided."""
        account = ("account", self.account_id)
        return (account,) if self.event is None else (account, ("record", *self.event.record))


def allow_refusal(submission: Submission[T]) -> Submission[T | DomainError]:
    """The submission, which fails nothing that is recorded with it: a refusal by the rules is what comes of it."""

    def decide(standing: Standing) -> Proposal[T | DomainError]:
        try:
            return submission.decide(standing)
        except DomainError as error:
            return Refuse(error)

    widened: Submission[T | DomainError] = submission
    return replace(widened, decide=decide)


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
class Once(Generic[T]):
    """The key of what is to be done once, and what to answer of what was made: rendered and kept in the same commit."""

    key: IdempotencyKey
    answer: Callable[[T], Answer]


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """What was done once for a key. ``made`` is None where it was done before, and now nothing was."""

    answer: Answer
    made: T | None


@dataclass(frozen=True, slots=True)
class Job(Generic[T]):
    """Submissions that are recorded together or not at all: none is where the rules refuse one."""

    submissions: tuple[Submission[T], ...]
    once: Once[Sequence[T]] | None = None


CallerKey: TypeAlias = tuple[str, str]


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
    handoffs: Mapping[str, tuple[RecordedHandoff, ...]] = field(default_factory=dict)
    events: Mapping[str, RecordedEvent] = field(default_factory=dict)
    records: Mapping[RecordName, str] = field(default_factory=dict)


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
    """What a batch adds to the record, each list in the order in which it arose."""

    decisions: list[RecordedDecision] = field(default_factory=list)
    new_reviews: list[tuple[ReviewState, RecordedDecision]] = field(default_factory=list)
    changed_reviews: dict[UUID, tuple[ReviewState, RecordedDecision]] = field(default_factory=dict)
    conduct: list[RecordedMatter] = field(default_factory=list)
    started: list[RecordedHandoff] = field(default_factory=list)
    steps: list[HandoffStep] = field(default_factory=list)
    accounts: dict[str, AccountState] = field(default_factory=dict)
    payloads: dict[UUID, tuple[Payload, datetime]] = field(default_factory=dict)
    events: list[RecordedEvent] = field(default_factory=list)
    settled: list[RecordedEvent] = field(default_factory=list)
    records: dict[RecordName, tuple[str, datetime]] = field(default_factory=dict)
    answers: list[tuple[IdempotencyKey, Answer, datetime]] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How much is written of what submissions state."""
        about_events = len(self.events) + len(self.settled)
        return len(self.decisions) + len(self.conduct) + len(self.started) + len(self.steps) + about_events


Clock: TypeAlias = Callable[[], datetime]
"""The instant, UTC, to the microsecond."""
