"""What a batch writes: each job by itself, each account in order, and nothing of a job that failed."""

from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from service.domain.decision import RecordedDecision
from service.domain.errors import ReviewClosedError
from service.domain.facts import VpDecision
from service.domain.policies import BUILT_IN
from service.domain.reviews import ReviewStatus, counts_fingerprint
from service.store.batch import Loaded, Writes
from service.store.clock import RisingClock
from service.store.errors import KeyInFlightError, KeyReusedError
from service.store.once import Answer, Done, IdempotencyKey, Once
from service.store.recorder.plan import JobResult, plan
from service.store.recording import AccountState, Job, ResolveReview, Standing, Submission
from service.usecases.classify import propose_classification
from tests.builders import decided, facts, vp_says
from tests.store.jobs import ASKED, AT, counting_bits, failing, job, standing_still, submission

NOTHING = Loaded(policies=BUILT_IN, accounts={}, reviews={}, answers={})
KEY = IdempotencyKey("crm", "key-1", "fingerprint-1")
NEEDS_REVIEW: dict[str, Any] = {"df": 12, "wrong": {"df": "Counts one office"}}


def planned(*jobs: Job[Any], loaded: Loaded = NOTHING) -> tuple[Writes, list[JobResult]]:
    return plan(jobs, loaded, RisingClock(standing_still, counting_bits()))


def accounts_of(decisions: list[RecordedDecision]) -> list[str]:
    return [decision.account_id for decision in decisions]


def test_a_job_that_fails_harms_no_other() -> None:
    writes, results = planned(
        job(submission("a", df=640)), job(failing("b", RuntimeError("broken"))), job(submission("c", df=640))
    )

    assert accounts_of(writes.decisions) == ["a", "c"]
    assert [type(result) for result in results] == [tuple, RuntimeError, tuple]


def test_a_job_that_fails_midway_leaves_nothing_of_itself() -> None:
    half = job(submission("a", **NEEDS_REVIEW), failing("b", RuntimeError("broken")), key=KEY)

    writes, results = planned(job(submission("z", df=640)), half, job(submission("a", df=640)))

    assert accounts_of(writes.decisions) == ["z", "a"]
    assert writes.decisions[1].previous_decision_id is None
    assert (writes.new_reviews, writes.answers, writes.conduct, writes.changed_reviews) == ([], [], [], {})
    assert [type(result) for result in results] == [tuple, RuntimeError, tuple]


def test_a_job_whose_answer_fails_leaves_nothing_of_itself() -> None:
    def unanswerable(_: object) -> Answer:
        raise ValueError("No words for it")

    writes, results = planned(Job((submission("a", df=640),), Once(KEY, unanswerable)))

    assert (writes.decisions, writes.answers) == ([], [])
    assert isinstance(results[0], ValueError)


def test_what_the_rules_refuse_is_told_beside_what_they_decide() -> None:
    too_early = propose_classification(facts(id="a", df=640), date(2022, 1, 31), AT.date(), None, ASKED)
    writes, results = planned(job(too_early, submission("b", df=640), key=KEY))

    assert accounts_of(writes.decisions) == ["b"]
    (done,) = results
    assert isinstance(done, Done)
    assert done.answer == Answer(f"no_policy_in_force {writes.decisions[0].id}".encode())


def test_the_decisions_of_one_account_follow_each_other_within_a_batch() -> None:
    writes, _ = planned(*[job(submission(account, df=640)) for account in ("a", "b", "a", "a", "b")])

    for account in ("a", "b"):
        chain = [decision for decision in writes.decisions if decision.account_id == account]
        assert [link.previous_decision_id for link in chain] == [None, *(link.id for link in chain[:-1])]


def test_instants_rise_strictly_and_identifiers_with_them_though_the_clock_stands_still() -> None:
    writes, _ = planned(*[job(submission(f"acc-{number % 7}", df=640)) for number in range(500)])

    assert len(writes.decisions) == 500
    for earlier, later in pairwise(writes.decisions):
        assert earlier.recorded_at < later.recorded_at
        assert earlier.id < later.id


def test_an_account_whose_newest_decision_was_stamped_by_a_faster_clock_is_still_followed_by_a_later_one() -> None:
    ahead = AT.replace(hour=10)
    loaded = replace(
        NOTHING, accounts={"a": AccountState(planned(job(submission("a")))[0].decisions[0].id, ahead, AT.date())}
    )

    writes, _ = planned(job(submission("a", df=640)), loaded=loaded)

    assert writes.decisions[0].recorded_at > ahead


def test_one_idempotency_key_twice_in_a_batch_is_in_flight_the_second_time() -> None:
    writes, results = planned(job(submission("a", df=640), key=KEY), job(submission("a", df=640), key=KEY))

    assert len(writes.decisions) == len(writes.answers) == 1
    assert isinstance(results[1], KeyInFlightError)


def test_a_known_key_gives_its_first_answer_and_records_nothing() -> None:
    first = Answer(b"the first answer", "reference")
    loaded = replace(NOTHING, answers={("crm", "key-1"): ("fingerprint-1", first)})

    writes, results = planned(
        job(submission("a", df=640), key=KEY),
        job(submission("a", df=640), key=replace(KEY, fingerprint="another")),
        job(submission("a", df=640), key=replace(KEY, caller="somebody else")),
        loaded=loaded,
    )

    assert results[0] == Done(first, None)
    assert isinstance(results[1], KeyReusedError)
    assert isinstance(results[2], Done)
    assert len(writes.decisions) == 1


def test_a_key_that_another_process_holds_is_in_flight() -> None:
    loaded = replace(NOTHING, held=frozenset({("key", "crm", "key-1")}))

    writes, results = planned(job(submission("a", df=640), key=KEY), loaded=loaded)

    assert isinstance(results[0], KeyInFlightError)
    assert writes.decisions == []


def test_the_same_counts_open_one_review_however_often_they_come_in_a_batch() -> None:
    writes, _ = planned(*[job(submission("a", **NEEDS_REVIEW)) for _ in range(3)])

    assert len(writes.new_reviews) == 1
    assert {decision.review_id for decision in writes.decisions} == {writes.new_reviews[0][0].id}


def test_other_counts_supersede_an_open_review_and_the_old_ones_open_it_again() -> None:
    others = job(submission("a", df=640))

    superseded, _ = planned(job(submission("a", **NEEDS_REVIEW)), others)
    reopened, _ = planned(job(submission("a", **NEEDS_REVIEW)), others, job(submission("a", **NEEDS_REVIEW)))

    assert [review.status for review, _ in superseded.changed_reviews.values()] == [ReviewStatus.SUPERSEDED]
    assert [review.status for review, _ in reopened.changed_reviews.values()] == [ReviewStatus.OPEN]
    assert len(reopened.new_reviews) == 1


@pytest.mark.parametrize("verdicts", [("MM", "SMB"), ("SMB", "LARGE")])
def test_a_review_is_resolved_once_even_within_a_batch(verdicts: tuple[str, str]) -> None:
    asked = submission("a", **NEEDS_REVIEW)

    writes, results = planned(job(asked), *[job(_resolution(asked, vp_says(verdict))) for verdict in verdicts])

    made = [each for result in results if isinstance(result, tuple) for each in result]
    assert [type(each) for each in made] == [RecordedDecision, RecordedDecision, ReviewClosedError]
    ((review, by),) = writes.changed_reviews.values()
    assert review.verdict == vp_says(verdicts[0])
    assert by is writes.decisions[-1]


def _resolution(asked: Submission[RecordedDecision], verdict: VpDecision) -> Submission[RecordedDecision]:
    def decide(standing: Standing) -> ResolveReview:
        decision = decided(vp=verdict.segment, **NEEDS_REVIEW)
        fingerprint = counts_fingerprint(decision.facts.employee_counts)
        review = standing.reviews.get(fingerprint)
        if review is None or review.status is not ReviewStatus.OPEN:
            raise ReviewClosedError("closed")
        return ResolveReview(decision=decision, counts_fingerprint=fingerprint, resolves=verdict)

    return replace(asked, decide=decide)
