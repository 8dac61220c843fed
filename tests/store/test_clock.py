"""Instants rise, and a clock that was fast for a moment is followed by nobody but the account that it stamped."""

import asyncio
from datetime import datetime, timedelta

from service.store.clock import RisingClock
from service.store.decisions import standing_decision
from tests.store.jobs import AT, counting_bits, job, recorded, recording, submission

YEAR = timedelta(days=365)


class Times:
    """A clock that shows what it is set to."""

    def __init__(self) -> None:
        self.at = AT

    def __call__(self) -> datetime:
        return self.at


def test_instants_rise_while_the_clock_stands_still_or_goes_back_a_little() -> None:
    times = Times()
    clock = RisingClock(times, counting_bits())
    instants = [clock.instant(), clock.instant()]
    times.at -= timedelta(seconds=9)
    instants.append(clock.instant())

    assert instants == sorted(set(instants))


def test_a_clock_that_was_put_back_is_followed() -> None:
    times = Times()
    clock = RisingClock(times, counting_bits())
    times.at = AT + YEAR
    clock.instant()
    times.at = AT

    assert clock.instant() == AT


def test_an_account_stamped_by_a_fast_clock_is_the_only_one_that_follows_it(database_url: str) -> None:
    times, told = Times(), list[timedelta]()

    async def record() -> None:
        async with recording(database_url, clock=times, ahead=told.append) as database:
            times.at = AT + YEAR
            (first,) = await recorded(database, job(submission("fast")))
            times.at = AT
            (other,) = await recorded(database, job(submission("other")))
            assert told == []
            (second,) = await recorded(database, job(submission("fast")))
        async with recording(database_url, clock=times) as restarted:
            times.at = AT + timedelta(seconds=1)
            (later,) = await recorded(restarted, job(submission("another")))
            found = standing_decision(restarted.engine, "fast")

        assert (first.recorded_at, other.recorded_at, later.recorded_at) == (AT + YEAR, AT, times.at)
        assert second.recorded_at > first.recorded_at
        assert second.previous_decision_id == first.id
        assert found is not None
        assert found.id == second.id
        assert [ahead > YEAR - timedelta(days=1) for ahead in told] == [True]

    asyncio.run(record())
