"""Two processes record into one PostgreSQL: every account still has one history, without a fork."""

import asyncio
from datetime import timedelta
from typing import Any

from service.domain.reviews import ReviewStatus
from service.store.decisions import page_of_decisions
from service.store.errors import KeyInFlightError
from service.store.filters import DecisionFilter
from service.store.once import Done, IdempotencyKey
from service.store.reviews import page_of_reviews
from tests.databases import PostgresDatabases
from tests.store.jobs import AT, job, recorded_in, recording, submission

ACCOUNTS = ("a", "b", "c")
NEEDS_REVIEW: dict[str, Any] = {"df": 12, "wrong": {"df": "Counts one office"}}


def test_interleaved_writes_to_the_same_accounts_give_each_one_chain(postgres: PostgresDatabases) -> None:
    async def record(url: str) -> None:
        ahead = AT + timedelta(minutes=5)
        async with recording(url) as one, recording(url, clock=lambda: ahead) as other:
            for _ in range(5):
                jobs = [job(submission(account)) for account in ACCOUNTS for _ in range(5)]
                outcomes = await asyncio.gather(recorded_in(one, jobs), recorded_in(other, jobs[::-1]))
                assert all(isinstance(outcome, tuple) for side in outcomes for outcome in side)
            for account in ACCOUNTS:
                newest_first = page_of_decisions(one.engine, DecisionFilter(account_id=account), limit=500)
                history = newest_first[::-1]
                assert len(history) == 50
                assert [link.previous_decision_id for link in history] == [None, *(link.id for link in history[:-1])]
                instants = [link.recorded_at for link in history]
                assert instants == sorted(set(instants))

    with postgres.fresh() as url:
        asyncio.run(record(url))


def test_the_same_counts_posted_to_both_open_one_review(postgres: PostgresDatabases) -> None:
    async def record(url: str) -> None:
        async with recording(url) as one, recording(url) as other:
            jobs = [job(submission("a", **NEEDS_REVIEW)) for _ in range(10)]
            await asyncio.gather(recorded_in(one, jobs), recorded_in(other, jobs))
            (review,) = page_of_reviews(one.engine, limit=10)
            assert review.status is ReviewStatus.OPEN
            found = page_of_decisions(one.engine, DecisionFilter(account_id="a"), limit=50)
            assert [decision.review_id for decision in found] == [review.id] * 20

    with postgres.fresh() as url:
        asyncio.run(record(url))


def test_one_idempotency_key_sent_to_both_is_recorded_once(postgres: PostgresDatabases) -> None:
    keyed = job(submission("a"), key=IdempotencyKey("crm", "key-1", "fingerprint"))

    async def record(url: str) -> None:
        async with recording(url) as one, recording(url) as other:
            sides = await asyncio.gather(*[recorded_in(side, [keyed] * 5) for side in (one, other) * 3])
            outcomes = [outcome for side in sides for outcome in side]
            done = [outcome for outcome in outcomes if isinstance(outcome, Done)]
            assert len({outcome.answer for outcome in done}) == 1
            assert sum(outcome.made is not None for outcome in done) == 1
            assert all(isinstance(outcome, Done | KeyInFlightError) for outcome in outcomes)
            assert len(page_of_decisions(one.engine, DecisionFilter(), limit=50)) == 1

    with postgres.fresh() as url:
        asyncio.run(record(url))
