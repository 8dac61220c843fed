"""Plan what a batch of jobs writes: decide each submission on what stands, in order. Pure; the writers carry it out."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias, TypeVar, assert_never, cast
from uuid import UUID

from service.domain.conduct import ConductMatter, RecordedMatter
from service.domain.decision import Decision, Kind, RecordedDecision, holding_on
from service.domain.errors import DomainError, EventNotRejectedError
from service.domain.handoff.recorded import RecordedHandoff
from service.domain.identifiers import next_to
from service.domain.notices import handoff_post_due, review_opened
from service.domain.review_queue import Review
from service.domain.reviews import ReviewState, review_after
from service.domain.sellers import NOBODY
from service.domain.standing_moves import standing_move
from service.domain.triggers import Changeover
from service.store.batch import HandoffStep, Loaded, Writes
from service.store.clock import RisingClock
from service.store.errors import StoreBusyError
from service.store.inbox import EventStatus, Known, OpenEvent, RecordedEvent, RecordName, StatedFacts
from service.store.once import CallerKey, Done
from service.store.recorder.disputing import Disputing
from service.store.recording import (
    AnyProposal,
    Classify,
    Decides,
    Job,
    LetStand,
    MoveAccount,
    PutDispute,
    Refuse,
    ReportConduct,
    ResolveReview,
    SettleEvent,
    Standing,
    StartHandoff,
    Submission,
    TakeStep,
)
from service.store.rows.accounts import standing_on

_NO_REVIEWS: Mapping[str, ReviewState] = {}
JobResult: TypeAlias = tuple[Any, ...] | Done[Any] | Exception
"""What a job's submissions came to; for a job that is done once, together with what is answered."""
_T = TypeVar("_T")
_Made: TypeAlias = RecordedDecision | RecordedHandoff | RecordedMatter | RecordedEvent | Review | DomainError


def plan(jobs: Iterable[Job[Any]], loaded: Loaded, clock: RisingClock) -> tuple[Writes, list[JobResult]]:
    """Decide every job, and say what is to be written. A job that fails adds nothing, and harms no other."""
    jobs = list(jobs)
    failed: dict[int, Exception] = {}
    while True:
        planned = _Plan(loaded, clock)
        results: list[JobResult] = []
        for index, job in enumerate(jobs):
            result = failed.get(index) or planned.result_of(job)
            results.append(result)
            if isinstance(result, Exception) and index not in failed:
                failed[index] = result
                if planned.tainted:
                    break
        else:
            return planned.writes, results


class _Plan:
    """One attempt at a batch, with what its own decisions change for those behind them."""

    def __init__(self, loaded: Loaded, clock: RisingClock) -> None:
        self.loaded = loaded
        self.clock = clock
        self.writes = Writes()
        self.tainted = False
        self.accounts = dict(loaded.accounts)
        self.decisions = dict(loaded.decisions)
        self.past = {account: list(decisions) for account, decisions in loaded.past.items()}
        self.handoffs = dict(loaded.handoffs)
        self.reviews = {account: dict(reviews) for account, reviews in loaded.reviews.items()}
        self.events = dict(loaded.events)
        self.records = dict(loaded.records)
        self.stated = {account: list(stated) for account, stated in loaded.stated.items()}
        self.open_events = dict(loaded.open_events)
        self.matters = {account: list(matters) for account, matters in loaded.matters.items()}
        disputes = {account: dict(statuses) for account, statuses in loaded.disputes.items()}
        self.disputing = Disputing(self.writes, disputes, clock.identifier)
        self.keys: set[CallerKey] = set()
        self.led_to: dict[tuple[UUID, RecordName], UUID] = {}

    def result_of(self, job: Job[Any]) -> JobResult:
        """What the job came to, or what kept it from that. Tainted: it failed after it had changed this plan."""
        if any(not self.loaded.held.isdisjoint(submission.locked) for submission in job.submissions):
            return StoreBusyError("Another process is recording about the account; nothing was recorded")
        before = self.writes.size
        try:
            if job.once is None:
                return self._record_all(job.submissions)
            known = self.loaded.answer_to(job.once.key, self.keys)
            if known is not None:
                return Done(known, None)
            made = self._record_all(job.submissions)
            # What renders the answer is the entry point's own, and runs under the locks: its bytes are in the commit.
            answer = job.once.answer(made)
            self.writes.answers.append((job.once.key, answer, self.clock.instant()))
            return Done(answer, made)
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to this job alone
            self.tainted = self.writes.size > before
            return error

    def _record_all(self, submissions: Iterable[Submission[_T]]) -> tuple[_T, ...]:
        return tuple([self._record(submission) for submission in submissions])

    def _record(self, submission: Submission[_T]) -> _T:
        event = submission.event
        seen = None if event is None else event.found_in(self.events)
        if event is not None and seen is not None:
            # Tried by two at once, it is tried once.
            if event.again != seen.settled_at:
                return cast("_T", replace(seen, repeated=True))
            if not seen.may_be_tried_again:
                raise EventNotRejectedError(seen.id, seen.status)
        account_id = submission.account_id
        state = self.accounts.get(account_id)
        at = self.clock.instant(None if state is None else state.recorded_at)
        stood = [*self.past.get(account_id, ()), *filter(None, [self.decisions.get(account_id)])]
        standing = Standing(
            at=at,
            policies=self.loaded.policies,
            account=state,
            reviews=self.reviews.get(account_id, _NO_REVIEWS),
            previous=self.decisions.get(account_id),
            handoffs=self.handoffs.get(account_id, ()),
            known=None if event is None else self.records.get(event.record),
            stated=() if event is None else tuple(self.stated.get(account_id, ())),
            open_events=() if event is None else self.open_events.get(event.record, ()),
            then=None if submission.on is None else holding_on(stood, submission.on),
            disputes=self.disputing.statuses.get(account_id, {}),
        )
        # A proposal's parameter is what the branch for it below gives; a type checker cannot follow that.
        proposal = cast("AnyProposal", submission.decide(standing))
        return cast("_T", self._carry_out(proposal, submission, at))

    def _carry_out(self, proposal: AnyProposal, submission: Submission[Any], at: datetime) -> _Made:
        match proposal:
            case Classify() | ResolveReview():
                return self._decide_on_counts(proposal, submission, at)
            case PutDispute():
                return self.disputing.put(proposal, submission.asked.request_id, at)
            case MoveAccount(decision=decision):
                return self._add_decision(decision, proposal, submission, at)
            case StartHandoff():
                return self._start_handoff(proposal, submission, at)
            case TakeStep():
                return self._take_step(proposal, submission, at)
            case ReportConduct(matter=matter):
                return self._add_matter(matter, submission, at, self.accounts[submission.account_id].decision_id)
            case SettleEvent():
                return self._settle_event(proposal, submission, at)
            case LetStand(stands=made) | Refuse(error=made):
                return cast("_Made", made)
        assert_never(proposal)

    def _decide_on_counts(
        self, proposal: Classify | ResolveReview, submission: Submission[Any], at: datetime
    ) -> RecordedDecision:
        account_id, fingerprint = submission.account_id, proposal.counts_fingerprint
        if isinstance(proposal, Classify) and not proposal.stands:
            return self._add_history(proposal, submission, at)
        if isinstance(proposal, ResolveReview) and proposal.dispute is not None:
            recorded = self._add_decision(proposal.decision, proposal, submission, at, proposal.dispute.id)
            reviews = self.reviews.setdefault(account_id, {})
            self.disputing.resolve(proposal, proposal.dispute, recorded, reviews)
            return recorded
        before = self.reviews.get(account_id, _NO_REVIEWS).get(fingerprint)
        resolved = proposal.resolves if isinstance(proposal, ResolveReview) else None
        review = review_after(proposal.decision, fingerprint, before, resolved, lambda: self.clock.identifier(at))
        review_id = None if review is None else review.named
        recorded = self._add_decision(proposal.decision, proposal, submission, at, review_id)
        if review is not None or account_id in self.reviews:
            opened = self.writes.put_reviews(recorded, review, fingerprint, self.reviews.setdefault(account_id, {}))
            self.writes.notices += [review_opened(next_to(recorded.id), each.id, recorded) for each in opened]
        if isinstance(proposal, Classify) and proposal.conduct is not None:
            self._add_matter(proposal.conduct, submission, at, recorded.id)
        return recorded

    def _add_history(self, proposal: Classify, submission: Submission[Any], at: datetime) -> RecordedDecision:
        """Record what moves nothing: of the account's row only the newest instant changes."""
        account_id = submission.account_id
        state = self.accounts[account_id]
        new_id, told_by = self.clock.identifier(at), proposal.tellers(submission.asked)
        recorded = submission.recorded(proposal.decision, proposal.kind, new_id, at, state, told_by=told_by)
        recorded = replace(recorded, stands=False)
        after = replace(state, recorded_at=at)
        self.accounts[account_id] = self.writes.accounts[account_id] = after
        self.past.setdefault(account_id, []).append(recorded)
        self.writes.decisions.append(recorded)
        if proposal.conduct is not None:
            self._add_matter(proposal.conduct, submission, at, recorded.id)
        return recorded

    def _add_decision(
        self, decision: Decision, by: Decides, submission: Submission[Any], at: datetime, review_id: UUID | None = None
    ) -> RecordedDecision:
        account_id = submission.account_id
        state, stood = self.accounts.get(account_id), self.decisions.get(account_id)
        changed_over_on = None if state is None else state.changed_over_on
        told_by = by.tellers(submission.asked) if isinstance(by, Classify) else None
        if told_by is None and stood is not None:
            told_by = stood.told_by  # it rests on the facts of what stood
        recorded = submission.recorded(decision, by.kind, self.clock.identifier(at), at, state, review_id, told_by)
        recorded = recorded.after(stood)
        if isinstance(decision.facts.trigger, Changeover):
            changed_over_on = decision.facts.trigger.on
        after = standing_on(recorded, standing_move(decision), changed_over_on)
        self.accounts[account_id] = self.writes.accounts[account_id] = after
        if stood is not None:
            self.past.setdefault(account_id, []).append(stood)
        if by.kind is Kind.CLASSIFICATION and submission.event is None:
            self.stated.setdefault(account_id, []).append(StatedFacts(recorded.id, at, decision.facts))
        self.decisions[account_id] = recorded
        self.writes.decisions.append(recorded)
        return recorded

    def _settle_event(self, proposal: SettleEvent, submission: Submission[Any], at: datetime) -> RecordedEvent:
        event, settlement = submission.event, proposal.settlement
        if event is None:
            raise ValueError("There is no event to settle")
        made = None if proposal.leads_to is None else self._carry_out(proposal.leads_to, submission, at)
        seen, asked, told_with = event.found_in(self.events), submission.asked, (event.payload.id, event.record)
        decision_id = None if made is None else self.decisions[submission.account_id].id
        if isinstance(made, RecordedDecision):
            self.led_to[told_with] = made.id
        elif made is None and settlement.status is EventStatus.APPLIED:
            decision_id = self.led_to.get(told_with)  # taken with the first event of the payload about the account
        before = seen or event.received(self.clock.identifier(at), asked.actor, asked.request_id, at, settlement.status)
        handoff_id = made.handoff.terms.id if isinstance(made, RecordedHandoff) else None
        settled = before.settled(settlement, decision_id, handoff_id, asked.actor, at)
        if settled.status is EventStatus.REJECTED and (seen is None or seen.status is not EventStatus.REJECTED):
            self.writes.notices.append(settled.rejection(self.clock.identifier(at), submission.account_id))
        if seen is None:
            self.writes.events.append(settled)
            if not event.payload.recorded:
                self.writes.payloads.setdefault(event.payload.id, (event.payload, at))
        else:
            self.writes.settled.append(settled)
        if settlement.known is not None:
            self.writes.records[event.record] = self.records[event.record] = Known(settlement.known, at)
        self.events[event.key] = settled
        self._close(settled, settlement.closes)
        return settled

    def _close(self, settled: RecordedEvent, closes: frozenset[UUID]) -> None:
        """Keep the events of a record that are open still: an event has been settled, and has made good others."""
        gone = closes | {settled.id}
        still = [each for each in self.open_events.get(settled.record, ()) if each.id not in gone]
        if settled.is_open:
            still.append(OpenEvent(id=settled.id, received_at=settled.received_at, left_out=settled.left_out))
        self.open_events[settled.record] = still
        self.writes.close(closes, settled)

    def _add_matter(self, matter: ConductMatter, of: Submission[Any], at: datetime, about: UUID) -> RecordedMatter:
        reported = self.matters.setdefault(of.account_id, [])
        sellers = of.of_conduct or NOBODY
        for first in reported:
            if first.matter.incident(sellers) == matter.incident(sellers):
                return replace(first, repeated=True)
        new_id, account_id, by = self.clock.identifier(at), of.account_id, of.asked.actor
        recorded = RecordedMatter(
            id=new_id, account_id=account_id, decision_id=about, matter=matter, actor=by, recorded_at=at
        )
        reported.append(recorded)
        self.writes.conduct.append(recorded)
        return recorded

    def _start_handoff(self, proposal: StartHandoff, submission: Submission[Any], at: datetime) -> RecordedHandoff:
        recorded = self._add_decision(proposal.decision, proposal, submission, at)
        by, made = submission.asked.actor, (recorded.id,)
        started = RecordedHandoff(handoff=proposal.handoff, steps=(), started_by=by, started_at=at, decision_ids=made)
        self.writes.started.append(started)
        self.handoffs[submission.account_id] = (*self.handoffs.get(submission.account_id, ()), started)
        return started

    def _take_step(self, proposal: TakeStep, submission: Submission[Any], at: datetime) -> RecordedHandoff:
        decision = proposal.decision
        made = None if decision is None else self._add_decision(decision, proposal, submission, at).id
        after, new_id, request_id = proposal.after, self.clock.identifier(at), submission.asked.request_id
        (before,) = (each for each in self.handoffs[submission.account_id] if each.handoff.terms.id == after.terms.id)
        changed = before.after(proposal.step, after, made, None if decision is None else decision.effective_on)
        step = HandoffStep(id=new_id, after=after, step=proposal.step, request_id=request_id, decision_id=made)
        self.writes.steps.append(step)
        if after.asks_for_its_post and not before.handoff.asks_for_its_post:
            self.writes.notices.append(handoff_post_due(self.clock.identifier(at), after, at))
        others = (each for each in self.handoffs[submission.account_id] if each is not before)
        self.handoffs[submission.account_id] = (*others, changed)
        return changed
