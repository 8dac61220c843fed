"""Counts that are ranges are kept with what was decided and moved on them, and read again as they were."""

import asyncio
from dataclasses import replace
from functools import partial

from service.domain.decision import RecordedDecision
from service.domain.facts import Facts
from service.domain.ranges import Range
from service.domain.report import report
from service.domain.triggers import Discovery
from service.store.database import Database
from service.store.decisions import find_decision, standing_state
from service.store.recording import Submission
from service.usecases.classify import propose_classification
from service.usecases.record_discovery import propose_discovery
from service.usecases.replay import replay
from tests.builders import ON, stated
from tests.store.jobs import ASKED, AT, recording

TODAY = AT.date()
STATED = {"max_family_employees": "501+", "lam_dev_count": "51-80", "linkedin_engineering_it": "11-50"}


def classified(facts: Facts) -> Submission[RecordedDecision]:
    return propose_classification(facts, ON, TODAY, None, ASKED)


def discovered(employees: Range, users: Range) -> Submission[RecordedDecision]:
    found = partial(
        Discovery, discovered_by="An AE", employees=employees, potential_users=users, evidence=None, discovered_on=ON
    )
    return propose_discovery("acc-1", found, ON, TODAY, ASKED)


async def recorded(database: Database, *submissions: Submission[RecordedDecision]) -> list[RecordedDecision]:
    return [made for each in submissions for made in await database.recorder.record([each])]


def test_a_decision_and_a_move_on_ranges_come_back_and_are_replayed(database_url: str) -> None:
    kept = stated(df="501-1,000", zi="201-5000", li="10,001+", third=["51-200"], **STATED)

    async def record() -> None:
        async with recording(database_url) as database:
            first, moved, again = await recorded(
                database, classified(kept), discovered(Range(201, 499), Range(10, 99)), classified(kept)
            )
            account = standing_state(database.engine, "acc-1")

            assert (first.decision.team, first.decision.leading_range) == ("MMKAFO", Range(501, 1000))
            assert (moved.decision.rule, moved.decision.team) == ("MOVE-1", "MM_TERRITORY")
            assert (again.decision.team, again.decision.facts.move) == ("MM_TERRITORY", account and account.move)
            assert account is not None
            assert account.move is not None
            assert (account.move.employees, account.move.potential_users) == (Range(201, 499), Range(10, 99))
            for made in (first, moved, again):
                assert find_decision(database.engine, made.id) == made
                taken = replay(database, made.id, TODAY)
                assert taken is not None
                assert taken.under_recorded_policy.agrees
                assert taken.under_policy_in_force.agrees
            assert "Datafox has 501 to 1,000 employees." in report(first.decision, first.decision.policy)

    asyncio.run(record())


def test_the_same_counts_as_a_range_and_as_a_number_are_other_counts_to_the_vp(database_url: str) -> None:
    async def record() -> list[RecordedDecision]:
        async with recording(database_url) as database:
            ranges = replace(stated(df="51-200"), account=stated(df="51-200", max_family_employees=640).account)
            return await recorded(
                database, classified(ranges), classified(stated(df="51-200")), classified(stated(df=51))
            )

    of_ranges, of_the_same, of_a_number = asyncio.run(record())

    assert (of_ranges.decision.status, of_ranges.decision.needs_review) == ("pending_review", True)
    assert of_ranges.review_id == of_the_same.review_id
    assert (of_a_number.decision.segment, of_a_number.review_id) == ("SMB", None)
