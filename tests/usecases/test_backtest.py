"""A draft against what was recorded, on both databases: who would move, why, and what cannot be said."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count
from random import Random
from typing import Any

import pytest

from service.bulk.history import ReadBy
from service.domain.decide import decide
from service.domain.decision import Decision, RecordedDecision
from service.domain.facts import Facts
from service.domain.fy23 import FY23_PARAMETERS, fy23
from service.domain.lab.backtest import Backtest, Counting, Mover, Obstacle, Recorded, Sample, take_again
from service.domain.lab.backtest_words import backtest_words
from service.domain.lab.verdicts import decided
from service.domain.policy import Policy
from service.domain.terms import Segment, Team
from service.domain.triggers import Before, Discovery, Move
from service.store.database import open_database
from service.store.decisions import chunks_of_decisions
from service.store.engine import connect_engine
from service.store.errors import StoreUnavailableError
from service.store.filters import DecisionFilter
from service.store.history import Extent, count_of_history
from service.store.recording import Asked, Classify, Submission
from service.usecases.backtest import backtest
from tests.builders import ON, facts
from tests.bulk.histories import any_facts, any_parameters
from tests.programs import demanding_a_day
from tests.store.jobs import AT, recording

pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table")

THEN = fy23()
DRAFT = demanding_a_day(
    fy23(replace(FY23_PARAMETERS, first_order_min_employees=600, mid_market_min_employees=90), version=2)
)
AWKWARD = 'Counts "Berlin"\n\tonly; C:\\offices \u2028 \U0001f600'


def test_movements_and_all_that_is_no_movement_are_told_apart(database_url: str) -> None:
    record(database_url, history())

    found = tried(database_url, Extent())

    assert (found.examined, found.moved, found.otherwise_changed, found.stays, found.not_replayed) == (12, 5, 1, 3, 3)
    assert {way: accounts(some.samples) for way, some in found.movements.items()} == {
        (Team.MMKAFO, Team.MM_TERRITORY): ["large", "open", "mql", "vp", "discovered"]
    }
    assert {
        (before.rule, after.rule, after.status, after.segment): some.decisions
        for (before, after), some in found.changes.items()
    } == {
        ("ROUTE-3", "ROUTE-3", "final", "MM"): 1,
        ("ROUTE-3", "ROUTE-3", "provisional", "MM"): 1,
        ("ROUTE-4", "ROUTE-4", "final", "MM"): 1,
        ("ROUTE-6", "ROUTE-6", "final", "MM"): 1,
        ("MOVE-2", "MOVE-2", "final", "MM"): 1,
        ("MOVE-1", "ROUTE-3", "final", "MM"): 1,
    }
    assert found.flips == {
        "ROUTE-3/3": {(True, False): 2},
        "ROUTE-3/test": {(True, False): 1, (True, None): 1},
        "MOVE-2/test": {(True, False): 1},
        "ROUTE-4/test": {(True, False): 1},
        "ROUTE-6/test": {(True, False): 1},
    }
    assert (found.provisional, found.wanted) == (1, {"lam_dev_count": 1})
    assert {obstacle: accounts(some.samples) for obstacle, some in found.obstacles.items()} == {
        Obstacle.UNKNOWN_REVISION: ["elsewhere"],
        Obstacle.NOT_REPEATED: ["otherwise"],
        Obstacle.NOT_COVERED: ["tiny"],
    }
    assert backtest_words(found)[0] == (
        "12 decisions examined: 5 with another team, 1 changed otherwise, 3 the same, 3 not replayed."
    )


def test_the_history_holds_what_no_account_stands_on_any_more(database_url: str) -> None:
    record(
        database_url, [("large", decision(facts(id="large", df=640, max_family_employees=550, lam_dev_count=9)))] * 3
    )
    first = AT + timedelta(days=1)

    every = tried(database_url, Extent(standings=False))
    between = tried(database_url, Extent(standings=False, since=first, until=first + timedelta(days=1)))

    assert [found.moved for found in (every, between)] == [3, 1]
    engine = connect_engine(database_url)
    extents = (Extent(), Extent(standings=False, since=first), Extent(standings=False, until=first))
    assert [count_of_history(engine, extent) for extent in extents] == [1, 2, 1]
    engine.dispose()
    (some,) = every.movements.values()
    assert [sample.decision_id.int for sample in some.samples] == sorted(
        sample.decision_id.int for sample in some.samples
    )


def test_a_record_at_random_comes_out_as_each_decision_by_itself(database_url: str) -> None:
    random = Random(17)
    then, draft = fy23(any_parameters(random)), fy23(any_parameters(random), version=2)
    stated = [any_facts(random, number % 60) for number in range(150)]
    stated.append(facts(id="awkward", wrong={"df": AWKWARD}, df=12, zi=640, name="Ünïcödé, \u2028 \\ 'Straße'"))
    taken = [(each.account.id, made) for each in stated if (made := decided(each, then, ON)) is not None]
    record(database_url, taken)

    movers: list[Mover] = []
    found = tried(database_url, Extent(standings=False), draft, then, movers)

    assert found == one_by_one(database_url, draft, then)
    assert len(movers) == found.moved
    assert in_order(movers) == movers_one_by_one(database_url, draft, then)
    assert found.examined == len(taken)
    assert found.moved
    assert found.not_replayed + found.stays + found.otherwise_changed + found.moved == len(taken)


def test_nothing_recorded_is_nothing_examined(database_url: str) -> None:
    found = tried(database_url, Extent())

    assert found == Counting().result()
    assert backtest_words(found)[0].startswith("0 decisions examined: 0 with")


def test_a_database_that_is_not_there_is_said() -> None:
    with pytest.raises(StoreUnavailableError):
        tried("postgresql://nobody@127.0.0.1:1/none", Extent())


def history() -> Iterator[tuple[str, Decision]]:
    """Decisions under the first revision, by the names of their accounts; it stands on its last one."""
    large: dict[str, Any] = {"df": 640, "max_family_employees": 550, "lam_dev_count": 9}
    new = {"created": "2022-03-01"}
    yield "large", decision(facts(id="large", **large | {"max_family_employees": 400}))
    yield "large", decision(facts(id="large", **large))
    yield "larger", decision(facts(id="larger", **large | {"max_family_employees": 600}))
    yield "open", decision(facts(id="open", **large | {"lam_dev_count": None}))
    yield "mql", decision(facts(id="mql", df=599, created=None, motion="inbound_mql"))
    yield "vp", decision(facts(id="vp", vp="MM", third=[550], **new))
    yield (
        "outbound",
        decision(facts(id="outbound", df=599, motion="outbound", created=None, linkedin_engineering_it=200)),
    )
    yield "tiny", decision(facts(id="tiny", df=95, created=None))
    before = Before(team=Team.MM_TERRITORY, segment=Segment.MM)
    found = Discovery(before=before, discovered_by="An AE", employees=550, potential_users=50, discovered_on=ON)
    yield "discovered", decision(replace(facts(id="discovered", **large), trigger=found))
    move = Move(rule="MOVE-1", moved_from=Team.MMKAFO, moved_to=Team.MM_TERRITORY, moved_on=ON)
    yield "moved", decision(replace(facts(id="moved", **large), move=move))
    yield "elsewhere", decision(facts(id="elsewhere", **large), fy23(version=7))
    yield "otherwise", decision(facts(id="otherwise", **large), fy23(DRAFT.parameters))
    # Under the draft it is open whether it fits; where it does, the move stands, so nothing changes.
    unknown = facts(id="unknown", df=550, motion="outbound", created=None)
    yield "unknown", decision(replace(unknown, move=move))


def decision(stated: Facts, policy: Policy = THEN) -> Decision:
    return decide(stated, policy, ON)


def record(url: str, taken: Sequence[tuple[str, Decision]] | Iterator[tuple[str, Decision]]) -> None:
    """Record decisions, each a day after the one before."""
    days = count()

    async def write() -> None:
        async with recording(url, clock=lambda: AT + timedelta(days=next(days))) as database:
            for account, made in taken:
                await database.recorder.record([_submission(account, made)])

    asyncio.run(write())


def _submission(account: str, made: Decision) -> Submission[RecordedDecision]:
    proposal = Classify(decision=made, counts_fingerprint="")
    return Submission(account_id=account, asked=Asked("crm", "api", "r"), decide=lambda _: proposal)


def tried(
    url: str, extent: Extent, draft: Policy = DRAFT, then: Policy = THEN, movers: list[Mover] | None = None
) -> Backtest:
    seen: list[tuple[int, int]] = []
    database = open_database(url, clock=lambda: AT, random_bits=lambda: 0, observe=lambda _size, _took: None)
    try:
        moved = None if movers is None else movers.extend
        found = backtest(database, draft, published(then), extent, lambda *of: seen.append(of), moved)
    finally:
        database.engine.dispose()
    assert not seen or seen[-1] == (found.examined, found.examined)
    return found


def published(then: Policy) -> ReadBy:
    return lambda policy_id, version, _: then if (policy_id, version) == (then.id, then.version) else None


def movers_one_by_one(url: str, draft: Policy, then: Policy) -> list[Mover]:
    """Who moves, each decision taken again by itself, in the order of recording."""
    engine, movers = connect_engine(url), []
    for chunk in chunks_of_decisions(engine, DecisionFilter()):
        for each in chunk:
            _, change, _, flips = take_again(_recorded(each), then, draft)
            if change is not None and change.moves:
                name = each.decision.facts.account.name
                movers.append(Mover(Sample(each.id, each.account_id), name, change, flips))
    engine.dispose()
    return in_order(movers)


def in_order(movers: list[Mover]) -> list[Mover]:
    """The movers in the order of recording, the clauses of each by their names."""
    told = [mover._replace(flips=" ".join(sorted(mover.flips.split()))) for mover in movers]
    return sorted(told, key=lambda mover: mover.sample)


def one_by_one(url: str, draft: Policy, then: Policy) -> Backtest:
    engine, counting = connect_engine(url), Counting()
    for chunk in chunks_of_decisions(engine, DecisionFilter()):
        for each in chunk:
            sample = Sample(each.id, each.account_id)
            counting.add(take_again(_recorded(each), then, draft), 1, (sample,))
    engine.dispose()
    return counting.result()


def _recorded(found: RecordedDecision) -> Recorded:
    return Recorded(found.decision.effective_on, found.decision.outcome, found.decision.facts)


def accounts(samples: Sequence[Sample]) -> list[str]:
    return [sample.account_id for sample in samples]
