"""What is recorded beside much else waits for little of it, whatever was there before."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from service.store.recording import Job
from tests.store.jobs import job, recorded_in, recording, submission

SMALL = job(submission("small"))


def large(name: str) -> Job[Any]:
    """Several of these do not fit into one batch."""
    return job(*[submission(f"{name}-{number}") for number in range(60)])


def recorded_together(url: str, jobs: Sequence[Job[Any]]) -> tuple[list[str], list[int]]:
    """The first account of each job, in the order in which they were recorded, and how many jobs each commit had."""
    batches: list[int] = []

    async def record() -> list[Any]:
        async with recording(url, batches=batches) as database:
            return await recorded_in(database, jobs)

    made = sorted((outcome[0] for outcome in asyncio.run(record())), key=lambda recorded: recorded.id)
    return [recorded.account_id for recorded in made], batches


def test_a_small_job_waits_for_no_more_than_one_large_one(database_url: str) -> None:
    order, batches = recorded_together(database_url, [large("a"), large("b"), large("c"), SMALL])

    assert order.index("small") <= 1
    assert [account for account in order if account != "small"] == ["a-0", "b-0", "c-0"]
    assert batches == [1, 1, 1, 1]


def test_small_jobs_without_end_keep_no_large_one_waiting(database_url: str) -> None:
    small = [job(submission(f"small-{number}")) for number in range(300)]

    order, batches = recorded_together(database_url, [*small, large("a")])

    assert order.index("a-0") == 100
    assert batches == [100, 1, 100, 100]


@pytest.mark.parametrize(("counts", "together"), [(1, [60]), (47, [12, 12, 12, 12, 12])])
def test_the_more_there_is_to_write_of_each_the_fewer_are_recorded_together(
    database_url: str, counts: int, together: list[int]
) -> None:
    filings = [640 + number for number in range(counts)]
    jobs = [job(submission(f"acc-{number}", third=filings)) for number in range(60)]

    assert recorded_together(database_url, jobs)[1] == together
