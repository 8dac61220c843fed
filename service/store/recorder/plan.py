"""Plan what a batch of jobs writes: decide each submission on what stands, in order. Pure; the writers carry it out."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from service.domain.conduct import ConductMatter, RecordedMatter
from service.domain.decision import Decision
from service.domain.errors import DomainError, EventNotRejectedError
from service.domain.handoff.state import Handoff
from service.domain.moves import standing_move
from service.domain.record import Kind, RecordedDecision
from service.store.batch import CallerKey, Gathered, HandoffStep, Writes
from service.store.clock import Stamp
from service.store.errors import KeyInFlightError, KeyReusedError
from service.store.inbox import EventOf, EventStatus, RecordedEvent, Verdict
from service.store.recording import (
    AccountState,
    Done,
    Draft,
    IdempotencyKey,
    Job,
    RecordedHandoff,
    Result,
    ReviewState,
    ReviewStatus,
    Standing,
    Submission,
)

_ABOUT_COUNTS = frozenset({Kind.CLASSIFICATION, Kind.REVIEW})
"""What a review of employee counts hangs on; no other decision opens, closes or supersedes one."""

_NO_REVIEWS: Mapping[str, ReviewState] = {}
Outcome: TypeAlias = Done | Exception


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
        self.accounts = dict(gathered.accounts)
        self.decisions = dict(gathered.decisions)
        self.handoffs = dict(gathered.handoffs)
        self.reviews = {account: dict(reviews) for account, reviews in gathered.reviews.items()}
        self.events = dict(gathered.events)
        self.records = dict(gathered.records)
        self.keys: set[CallerKey] = set()

    def outcome_of(self, job: Job) -> Outcome:
        """The job's answer, or what kept it from one. Tainted: it failed after it had changed this plan."""
        before = self.writes.size
        try:
            return self._replayed(job.idempotency) or self._answered(job)
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to this job alone
            self.tainted = self.writes.size > before
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
        event = submission.event
        seen = None if event is None else self.events.get(event.key)
        if event is not None and seen is not None and not event.again:
            return replace(seen, repeated=True)
        if seen is not None and seen.status is not EventStatus.REJECTED:
            return EventNotRejectedError(seen.id, seen.status)
        account_id = submission.account_id
        state = self.accounts.get(account_id)
        at = self.stamp.instant(None if state is None else state.recorded_at)
        standing = Standing(
            at=at,
            policies=self.gathered.policies,
            account=state,
            reviews=self.reviews.get(account_id, _NO_REVIEWS),
            previous=self.decisions.get(account_id),
            handoffs=self.handoffs.get(account_id, ()),
            known=None if event is None else self.records.get(event.record),
        )
        try:
            draft = submission.decide(standing)
        except DomainError as error:
            return error
        recorded = None if draft.decision is None else self._recorded(draft, draft.decision, submission, at)
        matter = None if draft.conduct is None else self._matter(draft.conduct, recorded, submission, at)
        handoff = None if draft.handoff is None else self._handoff(draft, draft.handoff, recorded, submission, at)
        if event is not None and draft.verdict is not None:
            return self._event(event, seen, draft.verdict, (recorded, handoff), submission, at)
        result = handoff or recorded or matter or draft.stands
        if result is None:
            raise ValueError("A draft of nothing")
        return result

    def _recorded(self, draft: Draft, decision: Decision, submission: Submission, at: datetime) -> RecordedDecision:
        state = self.accounts.get(submission.account_id)
        review = self.reviews.get(submission.account_id, _NO_REVIEWS).get(draft.counts_fingerprint)
        reviewable = draft.kind in _ABOUT_COUNTS
        review, opens = self._review_of(draft, decision, review, at) if reviewable else (None, False)
        recorded = RecordedDecision(
            id=self.stamp.identifier(at),
            kind=draft.kind,
            account_id=submission.account_id,
            decision=decision,
            actor=submission.actor,
            source=submission.source,
            request_id=submission.request_id,
            previous_decision_id=None if state is None else state.decision_id,
            review_id=None if review is None else review.id,
            recorded_at=at,
        )
        self._stand_on(recorded, state)
        if reviewable:
            self._write_reviews(recorded, review, draft.counts_fingerprint, opens=opens)
        return recorded

    def _stand_on(self, recorded: RecordedDecision, state: AccountState | None) -> None:
        account_id, decision = recorded.account_id, recorded.decision
        changed_over_on = None if state is None else state.changed_over_on
        if recorded.kind is Kind.CHANGEOVER:
            changed_over_on = decision.effective_on
        after = AccountState(recorded.id, recorded.recorded_at, standing_move(decision), changed_over_on)
        self.accounts[account_id] = self.writes.accounts[account_id] = after
        self.decisions[account_id] = recorded
        self.writes.decisions.append(recorded)

    def _event(
        self,
        event: EventOf,
        seen: RecordedEvent | None,
        verdict: Verdict,
        led_to: tuple[RecordedDecision | None, RecordedHandoff | None],
        submission: Submission,
        at: datetime,
    ) -> RecordedEvent:
        decision, handoff = led_to
        recorded = RecordedEvent(
            id=self.stamp.identifier(at) if seen is None else seen.id,
            key=event.key,
            payload_id=event.payload.id if seen is None else seen.payload_id,
            source=event.payload.source,
            record=event.record,
            status=verdict.status,
            problem=verdict.problem,
            remarks=verdict.remarks,
            decision_id=None if decision is None else decision.id,
            handoff_id=None if handoff is None else handoff.handoff.terms.id,
            actor=submission.actor if seen is None else seen.actor,
            request_id=submission.request_id if seen is None else seen.request_id,
            received_at=at if seen is None else seen.received_at,
            settled_at=at,
        )
        if seen is None:
            self.writes.events.append(recorded)
            self.writes.payloads.setdefault(event.payload.id, (event.payload, at))
        else:
            self.writes.settled.append(recorded)
        if verdict.known is not None:
            self.writes.records[event.record] = (verdict.known, at)
            self.records[event.record] = verdict.known
        self.events[event.key] = recorded
        return recorded

    def _matter(
        self, matter: ConductMatter, recorded: RecordedDecision | None, submission: Submission, at: datetime
    ) -> RecordedMatter:
        about = self.accounts[submission.account_id].decision_id if recorded is None else recorded.id
        written = RecordedMatter(
            id=self.stamp.identifier(at),
            account_id=submission.account_id,
            decision_id=about,
            matter=matter,
            actor=submission.actor,
            recorded_at=at,
        )
        self.writes.conduct.append(written)
        return written

    def _handoff(
        self, draft: Draft, after: Handoff, recorded: RecordedDecision | None, submission: Submission, at: datetime
    ) -> RecordedHandoff:
        account_id = submission.account_id
        others = tuple(each for each in self.handoffs.get(account_id, ()) if each.handoff.terms.id != after.terms.id)
        led_to = () if recorded is None else (recorded.id,)
        if draft.step is None:
            changed = RecordedHandoff(
                handoff=after, steps=(), started_by=submission.actor, started_at=at, decision_ids=led_to
            )
            self.writes.started.append(changed)
        else:
            (before,) = (each for each in self.handoffs[account_id] if each.handoff.terms.id == after.terms.id)
            changed = replace(
                before,
                handoff=after,
                steps=(*before.steps, draft.step),
                decision_ids=before.decision_ids + led_to,
            )
            self.writes.steps.append(
                HandoffStep(
                    id=self.stamp.identifier(at),
                    after=after,
                    step=draft.step,
                    request_id=submission.request_id,
                    decision_id=None if recorded is None else recorded.id,
                )
            )
        self.handoffs[account_id] = (*others, changed)
        return changed

    def _review_of(
        self, draft: Draft, decision: Decision, review: ReviewState | None, at: datetime
    ) -> tuple[ReviewState | None, bool]:
        """The review that the decision is about, as it stands from now on, and whether it is new."""
        if review is not None and draft.resolves is not None:
            return replace(review, status=ReviewStatus.RESOLVED, verdict=draft.resolves), False
        if decision.facts.vp_decision is not None:
            return review, False
        if not decision.needs_review:
            return None, False
        if review is not None:
            return replace(review, status=ReviewStatus.OPEN), False
        return (
            ReviewState(
                id=self.stamp.identifier(at),
                counts_fingerprint=draft.counts_fingerprint,
                status=ReviewStatus.OPEN,
                verdict=None,
            ),
            True,
        )

    def _write_reviews(
        self, recorded: RecordedDecision, review: ReviewState | None, fingerprint: str, *, opens: bool
    ) -> None:
        account_id = recorded.account_id
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
