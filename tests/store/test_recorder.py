"""The recorder: many jobs, few commits, and every job answered for itself."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from service.store.decisions import page_of_decisions
from service.store.errors import KeyInFlightError, StoreBusyError
from service.store.filters import DecisionFilter
from service.store.once import Done, IdempotencyKey
from tests.store.jobs import failing, job, recorded, recorded_in, recording, submission


def test_jobs_that_arrive_together_share_few_commits(database_url: str) -> None:
    batches: list[int] = []

    async def record() -> int:
        async with recording(database_url, batches=batches) as database:
            outcomes = await recorded_in(database, [job(submission(f"acc-{number}")) for number in range(300)])
            assert all(isinstance(outcome, tuple) for outcome in outcomes)
            return len(page_of_decisions(database.engine, DecisionFilter(), limit=500))

    assert asyncio.run(record()) == 300
    assert sum(batches) == 300
    assert len(batches) <= 3


def test_a_job_that_fails_is_alone_in_failing(database_url: str) -> None:
    jobs = [job(submission(f"acc-{number}")) for number in range(20)]
    jobs[7] = job(submission("acc-7"), failing("acc-7b", RuntimeError("broken")))

    async def record() -> list[str]:
        async with recording(database_url) as database:
            outcomes = await recorded_in(database, jobs)
            assert [number for number, outcome in enumerate(outcomes) if not isinstance(outcome, tuple)] == [7]
            assert isinstance(outcomes[7], RuntimeError)
            return [found.account_id for found in page_of_decisions(database.engine, DecisionFilter(), limit=500)]

    assert sorted(asyncio.run(record())) == sorted(f"acc-{number}" for number in range(20) if number != 7)


def test_a_job_that_the_database_refuses_harms_no_other(database_url: str) -> None:
    """A NUL is what PostgreSQL refuses in text. No entry point lets one pass; a batch must survive it all the same."""
    refused = job(submission("acc-x"), key=IdempotencyKey("crm", "nul", "a\x00b"))

    async def record() -> tuple[list[Any], int]:
        async with recording(database_url) as database:
            outcomes = await recorded_in(database, [job(submission("acc-1")), refused, job(submission("acc-2"))])
            return outcomes, len(page_of_decisions(database.engine, DecisionFilter(), limit=10))

    outcomes, rows = asyncio.run(record())

    assert isinstance(outcomes[0], tuple)
    assert isinstance(outcomes[2], tuple)
    assert rows == (3 if database_url.startswith("sqlite") else 2)
    assert isinstance(outcomes[1], Done) == database_url.startswith("sqlite")


def test_a_key_is_answered_once_and_in_flight_or_replayed_otherwise(database_url: str) -> None:
    keyed = job(submission("acc-1"), key=IdempotencyKey("crm", "key-1", "fingerprint"))

    async def record() -> tuple[list[Any], Done[Any], int]:
        async with recording(database_url) as database:
            together = await recorded_in(database, [keyed] * 20)
            later = await recorded(database, keyed)
            return together, later, len(page_of_decisions(database.engine, DecisionFilter(), limit=50))

    together, later, rows = asyncio.run(record())

    answered = [outcome for outcome in together if isinstance(outcome, Done)]
    assert len(answered) == rows == 1
    assert sum(isinstance(outcome, KeyInFlightError) for outcome in together) == 19
    assert later.made is None
    assert later.answer == answered[0].answer


def test_a_key_outlives_the_process(database_url: str) -> None:
    keyed = job(submission("acc-1"), key=IdempotencyKey("crm", "key-1", "fingerprint"))

    async def record() -> Any:  # noqa: ANN401 - what a job gives
        async with recording(database_url) as database:
            return await recorded(database, keyed)

    first, second = asyncio.run(record()), asyncio.run(record())

    assert first.made is not None
    assert second.made is None
    assert second.answer == first.answer


def test_what_is_waiting_when_the_recorder_stops_is_still_recorded(database_url: str) -> None:
    async def record() -> Any:  # noqa: ANN401 - what a job gives
        async with recording(database_url) as database:
            waiting = asyncio.ensure_future(recorded_in(database, [job(submission("acc-1"))]))
            await asyncio.sleep(0)
        assert isinstance((await waiting)[0], tuple)
        with pytest.raises(StoreBusyError):
            await recorded(database, job(submission("acc-2")))
        return (await waiting)[0]

    assert asyncio.run(record())


def test_more_than_can_be_recorded_soon_is_refused_at_once(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.store.recorder.recorder._MOST_WAITING", 50)
    huge = job(*[submission("acc-1")] * 50)

    async def record() -> list[Any]:
        async with recording(database_url) as database:
            outcomes = await recorded_in(database, [huge, job(submission("acc-2"))])
            with database.engine.connect() as connection:
                assert connection.scalar(text("SELECT count(*) FROM accounts WHERE account_id = 'acc-2'")) == 0
            return outcomes

    outcomes = asyncio.run(record())

    assert isinstance(outcomes[0], tuple)
    assert isinstance(outcomes[1], StoreBusyError)
