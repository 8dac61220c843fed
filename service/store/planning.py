"""Plan what a batch of jobs writes: decide each submission on what stands, in order. Pure; the writers carry it out."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from service.domain.errors import DomainError
from service.domain.identifiers import uuid7
from service.domain.record import RecordedDecision
from service.store.errors import KeyInFlightError, KeyReusedError
from service.store.recording import (
    Answer,
    Clock,
    Done,
    Draft,
    IdempotencyKey,
    Job,
    Result,
    ReviewState,
    ReviewStatus,
    Standing,
    Submission,
)

CallerKey: TypeAlias = tuple[str, str]
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What the record holds of the accounts and idempotency keys of a batch, read under their locks."""

    newest: Mapping[str, tuple[UUID, datetime]]
    reviews: Mapping[str, Mapping[str, ReviewState]]
    answers: Mapping[CallerKey, tuple[str, Answer]]
    in_flight: frozenset[CallerKey] = frozenset()


@dataclass(slots=True)
class Writes:
    """What a batch adds to the record, each list in the order in which it arose."""

    decisions: list[RecordedDecision] = field(default_factory=list)
    opened: list[tuple[ReviewState, RecordedDecision]] = field(default_factory=list)
    reviews: dict[UUID, tuple[ReviewState, RecordedDecision]] = field(default_factory=dict)
    conduct: list[tuple[UUID, str, RecordedDecision]] = field(default_factory=list)
    answers: list[tuple[IdempotencyKey, Answer, datetime]] = field(default_factory=list)


Outcome: TypeAlias = Done | Exception


class Stamp:
    """Instants that strictly rise, and identifiers made from them."""

    def __init__(self, clock: Clock, random_bits: Callable[[], int]) -> None:
        self._clock = clock
        self._random_bits = random_bits
        self._last: datetime | None = None

    def instant(self, after: datetime | None = None) -> datetime:
        """Now, or as soon after ``after`` and every earlier instant as can be."""
        now = self._clock()
        for earlier in (self._last, after):
            if earlier is not None and now <= earlier:
                now = earlier + _MICROSECOND
        self._last = now
        return now

    def identifier(self, instant: datetime) -> UUID:
        """A new identifier of an instant."""
        return uuid7(instant, self._random_bits())


def plan(jobs: Iterable[Job], gathered: Gathered, stamp: Stamp) -> tuple[Writes, list[Outcome]]:
    """Decide every job, and say what is to be written. A job that fails adds nothing, and harms no other."""
    jobs = list(jobs)
    failed: dict[int, Exception] = {}
    while True:
        planned = _Plan(gathered, stamp)
        outcomes: list[Outcome] = []
        for index, job in enumerate(jobs):
            outcome = failed.get(index) or planned.outcome_of(job)
            outcomes.append(outcome)
            if isinstance(outcome, Exception) and index not in failed:
                failed[index] = outcome
                if planned.tainted:
                    break
        else:
            return planned.writes, outcomes


class _Plan:
    """One attempt at a batch, with what its own decisions change for those behind them."""

    def __init__(self, gathered: Gathered, stamp: Stamp) -> None:
        self.gathered = gathered
        self.stamp = stamp
        self.writes = Writes()
        self.tainted = False
        self.newest = dict(gathered.newest)
        self.reviews = {account: dict(reviews) for account, reviews in gathered.reviews.items()}
        self.keys: set[CallerKey] = set()

    def outcome_of(self, job: Job) -> Outcome:
        """The job's answer, or what kept it from one. Tainted: it failed after it had changed this plan."""
        before = len(self.writes.decisions)
        try:
            return self._replayed(job.idempotency) or self._answered(job)
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to this job alone
            self.tainted = len(self.writes.decisions) > before
            return error

    def _replayed(self, key: IdempotencyKey | None) -> Done | None:
        if key is None:
            return None
        name = (key.caller, key.key)
        if name in self.gathered.in_flight or name in self.keys:
            raise KeyInFlightError("The first request with this Idempotency-Key is still being recorded")
        known = self.gathered.answers.get(name)
        if known is None:
            self.keys.add(name)
            return None
        if known[0] != key.fingerprint:
            raise KeyReusedError("This Idempotency-Key was used before, with another request")
        return Done(known[1], replayed=True)

    def _answered(self, job: Job) -> Done:
        answer = job.answer([self._result(submission) for submission in job.submissions])
        if job.idempotency is not None:
            self.writes.answers.append((job.idempotency, answer, self.stamp.instant()))
        return Done(answer, replayed=False)

    def _result(self, submission: Submission) -> Result:
        account_id = submission.account_id
        previous = self.newest.get(account_id)
        review = self.reviews.get(account_id, {}).get(submission.counts_fingerprint)
        try:
            draft = submission.decide(Standing(None if previous is None else previous[0], review))
        except DomainError as error:
            return error
        at = self.stamp.instant(None if previous is None else previous[1])
        review, opens = self._review_of(draft, review, submission, at)
        recorded = RecordedDecision(
            id=self.stamp.identifier(at),
            kind=draft.kind,
            account_id=account_id,
            decision=draft.decision,
            actor=submission.actor,
            source=submission.source,
            request_id=submission.request_id,
            previous_decision_id=None if previous is None else previous[0],
            review_id=None if review is None else review.id,
            recorded_at=at,
        )
        self._write(recorded, draft, review, submission.counts_fingerprint, opens=opens)
        return recorded

    def _review_of(
        self, draft: Draft, review: ReviewState | None, submission: Submission, at: datetime
    ) -> tuple[ReviewState | None, bool]:
        """The review that the decision is about, as it stands from now on, and whether it is new."""
        if review is not None and draft.resolves is not None:
            return replace(review, status=ReviewStatus.RESOLVED, verdict=draft.resolves), False
        if draft.decision.facts.vp_decision is not None:
            return review, False
        if not draft.decision.needs_review:
            return None, False
        if review is not None:
            return replace(review, status=ReviewStatus.OPEN), False
        return (
            ReviewState(
                id=self.stamp.identifier(at),
                counts_fingerprint=submission.counts_fingerprint,
                status=ReviewStatus.OPEN,
                verdict=None,
            ),
            True,
        )

    def _write(
        self, recorded: RecordedDecision, draft: Draft, review: ReviewState | None, fingerprint: str, *, opens: bool
    ) -> None:
        account_id = recorded.account_id
        self.newest[account_id] = (recorded.id, recorded.recorded_at)
        self.writes.decisions.append(recorded)
        if draft.dedup_requested_by is not None:
            matter = self.stamp.identifier(recorded.recorded_at)
            self.writes.conduct.append((matter, draft.dedup_requested_by, recorded))
        if review is None and account_id not in self.reviews:
            return
        reviews = self.reviews.setdefault(account_id, {})
        if review is not None:
            if opens:
                self.writes.opened.append((review, recorded))
            elif review != reviews.get(fingerprint):
                self.writes.reviews[review.id] = (review, recorded)
            reviews[fingerprint] = review
        for other in reviews.values():
            if other.status is ReviewStatus.OPEN and (review is None or other.id != review.id):
                superseded = replace(other, status=ReviewStatus.SUPERSEDED)
                reviews[other.counts_fingerprint] = superseded
                self.writes.reviews[other.id] = (superseded, recorded)
