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
from service.domain.handoff.recorded import RecordedHandoff
from service.domain.handoff.state import Handoff
from service.domain.handoff.steps import Answered, Escalated, Step
from service.domain.origins import Origin, OriginKind, Origins, Told
from service.domain.policies import Policies
from service.domain.review_queue import Review
from service.domain.reviews import ReviewState, ReviewStatus
from service.domain.sellers import Sellers
from service.domain.terms import Team
from service.domain.triggers import Move
from service.store.inbox import EventOf, Known, OpenEvent, RecordedEvent, Settlement, StatedFacts
from service.store.once import Once


@dataclass(frozen=True, slots=True)
class AccountState:
    """Where an account stands: on which decision of which day, the move that stands, the last changeover that moved it.

    ``recorded_at`` is when anything was last recorded of it, history too. ``team``, ``facet``, ``name`` and
    ``owner_id`` are those of the decision, as lists of accounts ask for them.
    """

    decision_id: UUID
    recorded_at: datetime
    effective_on: date
    move: Move | None = None
    changed_over_on: date | None = None
    team: Team | None = None
    facet: int | None = None
    name: str | None = None
    owner_id: str | None = None

    def stands_on(self, today: date) -> date:
        """The day of the decision that it stands on.

        One of a day to come, which an earlier release took and a clock that was ahead may leave, is as though of today.
        """
        return min(self.effective_on, today)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the record holds of an account at the moment of deciding: nothing can change it until this is recorded.

    ``at`` is when that is, ``policies`` what is published then; ``reviews`` are by the fingerprint of their counts. A
    submission for the whole account has ``previous`` and ``handoffs``. One about an event has what events said,
    ``known``, and its record's ``open_events``; one about an account's event what others have ``stated`` of it since.
    ``then`` is what stood on the day that a submission states, where the account stands on a later one. One of a
    dispute has where the account's ``disputes`` stand.
    """

    at: datetime
    policies: Policies
    account: AccountState | None = None
    reviews: Mapping[str, ReviewState] = field(default_factory=dict)
    previous: RecordedDecision | None = None
    handoffs: tuple[RecordedHandoff, ...] = ()
    known: Known | None = None
    stated: Sequence[StatedFacts] = ()
    open_events: Sequence[OpenEvent] = ()
    then: RecordedDecision | None = None
    disputes: Mapping[UUID, ReviewStatus] = field(default_factory=dict)

    def effective_day(self, own: date, today: date) -> date:
        """The day on which an act takes effect: its own, but never before the decision that it follows."""
        return own if self.account is None else max(own, self.account.stands_on(today))


R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")


class Proposal(Generic[R_co]):
    """What is to be recorded, and, as its parameter, what that is once it is. The cases are ``AnyProposal``."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Classify(Proposal[RecordedDecision]):
    """A decision on an account's facts, which opens or supersedes reviews of their counts; with a matter it led to.

    One that does not stand is history: the account, its reviews and its moves stay as they are. ``told_by`` is None
    where whoever asks for it tells the facts; the application of a policy has those of the decision before.
    """

    kind: Literal[Kind.CLASSIFICATION, Kind.APPLICATION] = Kind.CLASSIFICATION
    decision: Decision
    counts_fingerprint: str
    conduct: ConductMatter | None = None
    stands: bool = True
    told_by: Told = None

    def tellers(self, asked: "Asked") -> Told:
        """Who told its facts, where those are not the facts of the decision before."""
        return None if self.kind is Kind.APPLICATION else self.told_by or asked.told_by


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveReview(Proposal[RecordedDecision]):
    """The decision that the VP's on a review leads to: of a ``dispute`` it leads over the counts put forward, too."""

    kind: ClassVar[Kind] = Kind.REVIEW
    decision: Decision
    counts_fingerprint: str
    resolves: VpDecision
    dispute: Review | None = None
    put_forward: str | None = None


@dataclass(frozen=True, slots=True)
class PutDispute(Proposal[Review]):
    """A dispute as it is opened, by the identifier that it gets, or rejected: no decision follows."""

    named: Callable[[UUID], Review]


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


Decides: TypeAlias = Classify | ResolveReview | MoveAccount | StartHandoff | TakeStep
"""What leads to a decision."""
AnyProposal: TypeAlias = Decides | PutDispute | ReportConduct | SettleEvent | LetStand[Any] | Refuse
Locked: TypeAlias = tuple[str, ...]
"""What a batch locks: ``("account", id)``, ``("record", kind, id)`` or ``("key", caller, key)``."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, through which entry point, in which request. ``file``: what is stated stands in that line of it."""

    actor: str
    source: str
    request_id: str
    file: Origin | None = None

    @property
    def told_by(self) -> Origins:
        """Who tells what is stated."""
        return Origins(self.file or Origin(OriginKind.KEY, self.actor))


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission(Generic[R_co]):
    """One thing to be decided and recorded. ``decide`` is pure, and may be called again should the batch fail.

    ``whole`` asks for the decision that the account stands on and its handoffs, ``on`` for what stood on a day.
    ``weight`` says as how many usual ones it takes to be written. What is ``of_conduct`` records no incident that is on
    record of one of these people; ``of_dispute`` asks for where the account's disputes stand.
    """

    account_id: str
    asked: Asked
    decide: Callable[[Standing], Proposal[R_co]]
    whole: bool = False
    event: EventOf | None = None
    on: date | None = None
    weight: int = 1
    of_conduct: Sellers | None = None
    of_dispute: bool = False

    def recorded(
        self,
        decision: Decision,
        kind: Kind,
        new_id: UUID,
        at: datetime,
        before: AccountState | None,
        review: UUID | None = None,
        told_by: Told = None,
    ) -> RecordedDecision:
        """A decision that it leads to, as it is recorded, with the review of its counts; ``before`` is what stood."""
        return RecordedDecision(
            id=new_id,
            kind=kind,
            account_id=self.account_id,
            decision=decision,
            actor=self.asked.actor,
            source=self.asked.source,
            request_id=self.asked.request_id,
            previous_decision_id=None if before is None else before.decision_id,
            review_id=review,
            recorded_at=at,
            told_by=told_by,
            team_before=None if before is None else before.team,
        )

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
class Job(Generic[T]):
    """Submissions that are recorded together or not at all: none is where the rules refuse one."""

    submissions: tuple[Submission[T], ...]
    once: Once[Sequence[T]] | None = None


Clock: TypeAlias = Callable[[], datetime]
"""The instant, UTC, to the microsecond."""
