"""What is kept of counts is what a count of the decisions gives, whoever recorded or changed them, and when."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text

from service.domain.calendar import day_of
from service.domain.terms import Team
from service.store.counts import Period, count_decisions, fold_counts
from service.store.decisions import page_of_decisions
from service.store.engine import connect_engine
from service.store.filters import DecisionFilter
from service.store.guards import unguarded
from service.store.refacet import facet_anew
from service.usecases.counts import By, counts_of_decisions
from tests.store.jobs import AT, job, recorded, recording, submission

COLUMNS = ("team", "status", "region", "moved", "missing_facts")
ONE_BY_ONE = DecisionFilter(effective_since=date.min)
"""Holds of every decision, and nothing is kept by it."""
KINDS: Sequence[dict[str, Any]] = (
    {"df": 60},
    {"df": 640, "max_family_employees": 640},
    {"zi": 700, "region": "DACH"},
    {"df": None, "region": None},
    {"df": 12, "wrong": {"df": "Counts one office"}},
)
ZONES = [ZoneInfo("Europe/Amsterdam"), ZoneInfo("Asia/Kathmandu"), ZoneInfo("America/St_Johns")]


def record_at_random(url: str, seed: int, *, at_once: int = 3) -> None:
    """Record decisions about a few accounts over a change of the clock, some of them many at once."""
    chance = random.Random(seed)
    now = AT.replace(month=3, day=26, microsecond=seed)

    async def record() -> None:
        nonlocal now
        async with recording(url, clock=lambda: now) as database:
            for _ in range(40):
                now += timedelta(minutes=chance.choice([0, 1, 14, 60, 400]), seconds=chance.randrange(60))
                told = [
                    (f"acc-{seed}-{chance.randrange(8)}", chance.choice(KINDS))
                    for _ in range(chance.randint(1, at_once))
                ]
                await recorded(database, job(*(submission(account, **stated) for account, stated in told)))

    asyncio.run(record())


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = connect_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def counted(engine: Engine, wanted: DecisionFilter, periods: Sequence[Period] = ()) -> Counter[tuple[object, ...]]:
    found = count_decisions(engine, wanted, COLUMNS, periods)
    assert len({(*each.values.values(), each.period) for each in found}) == len(found)
    return Counter({(*each.values.values(), each.period and each.period.name): each.count for each in found})


def days_of(engine: Engine, zone: ZoneInfo) -> list[Period]:
    days = sorted({day_of(each.recorded_at, zone) for each in page_of_decisions(engine, DecisionFilter(), limit=500)})
    starts = [datetime.combine(day, datetime.min.time(), zone) for day in [*days, days[-1] + timedelta(days=1)]]
    return [Period(str(one), one.astimezone(UTC), other.astimezone(UTC)) for one, other in pairwise(starts)]


def in_agreement(engine: Engine) -> bool:
    everything = counted(engine, ONE_BY_ONE)
    assert everything
    for zone in ZONES:
        days = days_of(engine, zone)
        assert counted(engine, DecisionFilter(), days) == counted(engine, ONE_BY_ONE, days)
    return counted(engine, DecisionFilter()) == everything


@pytest.mark.parametrize("seed", range(3))
def test_kept_counts_are_those_of_the_decisions_before_and_after_they_are_put_together(
    database_url: str, seed: int
) -> None:
    record_at_random(database_url, seed)

    with opened(database_url) as engine:
        assert in_agreement(engine)
        while fold_counts(engine):
            pass
        assert in_agreement(engine)
        record_at_random(database_url, seed + 100)
        assert in_agreement(engine)


def test_a_filter_of_facets_and_time_is_counted_as_its_list(database_url: str) -> None:
    record_at_random(database_url, 7)
    middle = AT.replace(month=3, day=28)

    with opened(database_url) as engine:
        for bound in (middle, middle + timedelta(minutes=7, seconds=3)):  # also within a quarter of an hour
            wanted = DecisionFilter(team=(Team.SMB,), recorded_since=bound)
            listed = page_of_decisions(engine, wanted, limit=500)
            assert listed
            assert sum(counted(engine, wanted).values()) == len(listed)


@pytest.mark.parametrize("since", [datetime.min.replace(tzinfo=UTC), datetime(1969, 12, 31, 23, 45, tzinfo=UTC)])
def test_what_was_recorded_since_before_1970_is_counted_once(database_url: str, since: datetime) -> None:
    record_at_random(database_url, 3)

    with opened(database_url) as engine:
        assert counted(engine, DecisionFilter(recorded_since=since)) == counted(engine, DecisionFilter())


def test_the_last_instant_of_a_quarter_is_counted_in_it(database_url: str) -> None:
    last = AT.replace(hour=23, minute=59, second=59, microsecond=999_900)

    async def record() -> None:
        async with recording(database_url, clock=lambda: last) as database:
            await recorded(database, job(submission("acc-1")))

    asyncio.run(record())
    midnight = last + timedelta(microseconds=100)
    with opened(database_url) as engine:
        assert sum(counted(engine, DecisionFilter(recorded_until=midnight)).values()) == 1
        assert not counted(engine, DecisionFilter(recorded_since=midnight))


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_days_of_an_organisation_are_those_of_its_zone(database_url: str, zone: ZoneInfo) -> None:
    record_at_random(database_url, 11)

    async def count() -> None:
        async with recording(database_url) as database:
            listed = page_of_decisions(database.engine, DecisionFilter(), limit=500)
            found = counts_of_decisions(database, DecisionFilter(), [By.DAY], zone)
            expected = Counter(day_of(each.recorded_at, zone).isoformat() for each in listed)
            assert {each["day"]: each["count"] for each in found} == expected

    asyncio.run(count())


def test_decisions_that_get_another_facet_are_counted_by_that(database_url: str) -> None:
    record_at_random(database_url, 5)

    with opened(database_url) as engine:
        fold_counts(engine)
        before = counted(engine, DecisionFilter())
        with engine.begin() as connection:
            # As the release before left them, which made facets of less.
            former = "UPDATE facets SET facet = facet / 2, policy_version = NULL, region = 'nowhere'"
            with unguarded(connection, "decisions"), unguarded(connection, "facets"):
                connection.execute(text("UPDATE decisions SET facet = facet / 2"))
                connection.execute(text(former))
            facet_anew(connection)

        assert in_agreement(engine)
        assert counted(engine, DecisionFilter()) == before


def test_several_workers_put_counts_together_while_others_record(database_url: str) -> None:
    with ThreadPoolExecutor(4) as pool, opened(database_url) as engine:
        seeds = (21, 22, 23) if engine.dialect.name == "postgresql" else (21,)
        under_way = [pool.submit(record_at_random, database_url, seed, at_once=8) for seed in seeds]
        while not all(each.done() for each in under_way):
            fold_counts(engine)
        for each in under_way:
            each.result()

        assert in_agreement(engine)
        fold_counts(engine)
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM decision_count_changes")) == 0
        assert in_agreement(engine)
